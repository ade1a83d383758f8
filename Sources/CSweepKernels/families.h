//  The tables of the families that this build contains.

#ifndef SWK_FAMILIES_H
#define SWK_FAMILIES_H

#include "CSweepKernels.h"

extern const swk_kernels swk_reference;

#if defined(__x86_64__) && defined(__clang__)
#define SWK_HAS_X86_FAMILIES 1
extern const swk_kernels swk_avx2;
extern const swk_kernels swk_avx512;
#endif

#endif
