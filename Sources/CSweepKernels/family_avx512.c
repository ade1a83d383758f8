//  The AVX-512 family: the templates, eight doubles at a time.

#include "families.h"

#if SWK_HAS_X86_FAMILIES

#include "coefficients.h"
#include "noise.h"
#include "philox.h"
#include "single_coefficients.h"
#include "tables.h"

#include <immintrin.h>
#include <string.h>

//  Multiplications and additions are fused where the templates say so, and nowhere else.
#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))

#include "vector_avx512.h"

//  In this order.
#include "template_maths.h"
#include "template_nodes.h"
#include "template_activations.h"
#include "template_matrices.h"
#include "template_small_matrices.h"
#include "template_cholesky.h"
#include "template_normals.h"

#define REAL double
#define VECTOR vd
#define LANES SWK_LANES
#define R_WIDTH WIDTH
#define R_FORWARD forward
#define s_named(function) s_##function
#define r_load v_load
#define r_store v_store
#define r_splat v_splat
#define r_fma v_fma
#define r_store_sums v_store_sums
#define r_note s_greatest
#define r_activate(value, slope, x, count, kind, greatest)                                       \
    s_activate_knowing(value, slope, x, count, kind, !s_is_far(greatest))
#include "template_panels.h"

#include "template_weighted.h"

#include "template_single.h"

#define REAL float
#define VECTOR vf
#define LANES SWK_SINGLE_LANES
#define R_WIDTH F_WIDTH
#define R_FORWARD single_forward
#define s_named(function) s_single_##function
#define r_load f_load
#define r_store f_store
#define r_splat f_splat
#define r_fma f_fma
#define r_store_sums f_store_sums
#define r_note(greatest, x) (greatest)
#define r_activate(value, slope, x, count, kind, greatest)                                       \
    s_single_activate(value, slope, x, count, kind)
#include "template_panels.h"

#include "template_dense.h"

#pragma clang attribute pop

const swk_kernels swk_avx512 = {
    .name = "avx512",
    .activate = s_activate,
    .normals = s_normals,
    .forward = s_forward,
    .backward = s_backward,
    .rotate = s_rotate,
    .kick_rotate = s_kick_rotate,
    .axpy = s_axpy,
    .dot = s_dot,
    .cholesky = s_cholesky,
    .cholesky_adjoint = s_cholesky_adjoint,
    .inverse_from_factor = s_inverse_from_factor,
    .quadratic_forms = s_quadratic_forms,
    .weighted_products = s_weighted_products,
    .exponentials = s_exponentials,
    .single_activate = s_single_activate,
    .single_normals = s_single_normals,
    .noise = swk_x86_noise,
    .single_forward = s_single_forward,
    .single_backward = s_single_backward,
    .single_kick_rotate = s_single_kick_rotate,
    .single_axpy = s_single_axpy,
    .single_dot = s_single_dot,
    .dense_forward = s_dense_forward,
    .dense_backward = s_dense_backward,
    .narrow = s_narrow,
    .widen = s_widen,
};

#endif
