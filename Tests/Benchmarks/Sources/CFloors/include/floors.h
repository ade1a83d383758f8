//  Floors: what one core does when nothing holds it up.

#ifndef FLOORS_H
#define FLOORS_H

#include <stddef.h>

//  Fused multiply-adds of the widest registers of a family ("avx2", "avx512"; anything else: of one
//  entry), in chains long and many enough that only the units limit them. Each returns the floating
//  point operations of `rounds` rounds (two for each multiply-add).
double floor_fma_double(const char *family, size_t rounds);
double floor_fma_single(const char *family, size_t rounds);

#endif
