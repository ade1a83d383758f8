//  The AVX2 family: the templates, four doubles at a time.

#include "families.h"

#if SWK_HAS_X86_FAMILIES

#include "coefficients.h"
#include "philox.h"
#include "tables.h"

#include <immintrin.h>
#include <string.h>

//  Multiplications and additions are fused where the templates say so, and nowhere else.
#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))

#include "vector_avx2.h"

//  In this order.
#include "template_maths.h"
#include "template_activations.h"
#include "template_matrices.h"
#include "template_small_matrices.h"
#include "template_cholesky.h"
#include "template_normals.h"
#include "template_panels.h"

#pragma clang attribute pop

const swk_kernels swk_avx2 = {
    .name = "avx2",
    .activate = s_activate,
    .normals = s_normals,
    .forward = s_forward,
    .backward = s_backward,
    .rotate = s_rotate,
    .axpy = s_axpy,
    .dot = s_dot,
    .cholesky = s_cholesky,
    .cholesky_adjoint = s_cholesky_adjoint,
    .inverse_from_factor = s_inverse_from_factor,
};

#endif
