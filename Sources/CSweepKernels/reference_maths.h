//  Scalar mathematics from IEEE additions, multiplications, divisions and square roots only, so
//  that every CPU gives the same bits.

#ifndef SWK_REFERENCE_MATHS_H
#define SWK_REFERENCE_MATHS_H

#include "CSweepKernels.h"

#include <stdint.h>

//  A function and its derivative at one point.
typedef struct {
    double value, slope;
} swk_jet;

//  phi and phi' of each activation.
swk_jet swk_reference_erf(double x);
swk_jet swk_reference_tanh(double x);
swk_jet swk_reference_silu(double x);
swk_jet swk_reference_gelu(double x);
swk_jet swk_reference_elu(double x);

//  exp(x), x <= 0; 0 below -708.
double swk_reference_exp(double x);

//  The two normals of one Philox block.
void swk_reference_box_muller(double out[2], const uint32_t word[4]);

//  Any of them, with its slope.
swk_jet swk_reference_activation(double x, swk_activation kind);

#endif
