//  CSweepKernels: the hot loops of the samplers, one table of functions per CPU family.
//
//  No allocation, no threads, no input or output, no failure other than a returned code.
//
//  A **panel** holds one layer: P rows (data points) by N columns (neurons). It is stored as
//  `tiles` = ceil(N / 8) blocks of P × 8 doubles, so that neuron i of row a is at
//  panel[((i / 8) * P + a) * 8 + i % 8]. Lanes beyond N are padding: they hold 0 in xi, and since
//  every activation here has phi(0) = 0 they stay 0 and add nothing to any sum.
//  A P × P matrix is row-major; "lower" means that only entries j <= i are read or written.
//  Panels are 64-byte aligned. No argument may overlap another unless it says so.
//
//  `swk_reference` is the specification: plain loops and its own mathematics, no libm beyond sqrt,
//  no fused multiply-add, so that it gives the same bits on every CPU. The other families may be
//  clever, and agree with it to rounding.

#ifndef CSWEEPKERNELS_H
#define CSWEEPKERNELS_H

#include <stddef.h>
#include <stdint.h>

#define SWK_LANES 8

//  Lanes of a panel of floats: `tiles` = ceil(N / 16) blocks of P × 16.
#define SWK_SINGLE_LANES 16

//  phi; leaky_relu has slope 0.01 for x < 0, elu has alpha 1, gelu is x Phi(x) with the normal
//  distribution function Phi. The slope of a kinked activation at exactly 0 is that of x < 0:
//  a point at the origin sits there in all layers when training begins.
typedef enum {
    SWK_ERF = 0,
    SWK_TANH = 1,
    SWK_RELU = 2,
    SWK_LEAKY_RELU = 3,
    SWK_LINEAR = 4,
    SWK_SILU = 5,
    SWK_GELU = 6,
    SWK_ELU = 7,
} swk_activation;

//  Where a stream of random numbers is: Philox4x32-10 with this key; block b of stream s has the
//  counter words { b low, b high, s low, s high }.
typedef struct {
    uint32_t key0, key1;
    uint64_t stream;
} swk_random_key;

//  How weights move: weight <- decay weight - rate gradient + noise z. The z of the weight at place n
//  of its matrix (row times stride plus column) is number n of the kernel `noise` from first_group on.
typedef struct {
    float decay, rate, noise;
    swk_random_key key;
    uint64_t first_group;
} swk_dense_step;

typedef struct {
    //  "reference", "avx2" or "avx512"; recorded with every result.
    const char *name;

    //  value[i] = phi(x[i]) and, unless slope is NULL, slope[i] = phi'(x[i]), i < count.
    void (*activate)(double *value, double *slope, const double *x, size_t count, swk_activation kind);

    //  out[i], i < count: standard normals number 2 * first_block + i of the stream. One Philox block
    //  gives two normals (Box-Muller on two 53-bit uniforms u1 in (0,1], u2 in [0,1)):
    //  r = sqrt(-2 ln u1); out[2b] = r cos(2 pi u2), out[2b+1] = r sin(2 pi u2).
    void (*normals)(double *out, size_t count, swk_random_key key, uint64_t first_block);

    //  One layer forward. h = factor xi (factor P × P, lower triangular), then per entry
    //  phi = phi(h) and, unless slope is NULL, slope = phi'(h), and
    //  gram (P × P, lower) = sum over all neurons of phi phi^T.
    //  phi may be NULL when slope is NULL (only gram is wanted), gram when phi is not.
    void (*forward)(
        double *phi, double *slope, double *gram, const double *xi, const double *factor, size_t tiles,
        size_t P, swk_activation kind);

    //  One layer backward. With hbar = (weight phi) * slope entry by entry (weight P × P, symmetric,
    //  both triangles given): gradient = factor^T hbar (panel), and
    //  projection (P × P, lower) = lower triangle of gradient xi^T.
    //  projection may be NULL (first layer). phi, slope, xi, factor as in forward.
    void (*backward)(
        double *gradient, double *projection, const double *phi, const double *slope, const double *xi,
        const double *weight, const double *factor, size_t tiles, size_t P);

    //  Exact flow of the Gaussian part: (x, v) <- (c x + s v, c v - s x), i < count. In place.
    void (*rotate)(double *x, double *v, double c, double s, size_t count);

    //  v += a g, and then rotate. x, v and g do not overlap.
    void (*kick_rotate)(
        double *x, double *v, double a, const double *g, double c, double s, size_t count);

    //  y += a x, i < count.
    void (*axpy)(double *y, double a, const double *x, size_t count);

    //  sum of x[i] y[i], i < count; x and y may be the same.
    double (*dot)(const double *x, const double *y, size_t count);

    //  factor (P × P, lower, upper set to 0) with factor factor^T = matrix (lower read), and unless
    //  inverse is NULL inverse = factor^-1 (lower, upper set to 0). Returns the smallest ratio of a
    //  pivot (squared diagonal entry of factor) to the diagonal entry of matrix in its row; a pivot
    //  that is not positive or not finite stops it and returns 0 (factor and inverse are then
    //  undefined).
    double (*cholesky)(double *factor, double *inverse, const double *matrix, size_t P);

    //  Reverse mode through the Cholesky factor: given projection = lower triangle of L^T Lbar (which
    //  is what backward computes) and inverse = L^-1,
    //  out = sym( L^-T Phi(projection) L^-1 ), both triangles, where Phi takes the lower triangle and
    //  halves the diagonal, sym(A) = (A + A^T) / 2. scratch: 2 P^2 doubles.
    void (*cholesky_adjoint)(
        double *out, const double *projection, const double *inverse, double *scratch, size_t P);

    //  out = inverse^T inverse, symmetric, both triangles: the inverse of the matrix whose Cholesky
    //  factor has this inverse (lower).
    void (*inverse_from_factor)(double *out, const double *inverse, size_t P);

    //  out[i] = x_i^T matrix x_i for the column x_i of each neuron (matrix P × P, symmetric, both
    //  triangles given), i < 8 tiles.
    void (*quadratic_forms)(
        double *out, const double *x, const double *matrix, size_t tiles, size_t P);

    //  lower (P × P, lower) = sum over i < 8 tiles of weights[i] x_i x_i^T.
    void (*weighted_products)(
        double *lower, const double *x, const double *weights, size_t tiles, size_t P);

    //  out[i] = exp(x[i]) for x[i] <= 0, 0 below -708, i < count; in place allowed.
    void (*exponentials)(double *out, const double *x, size_t count);

    //  The same in single precision: panels of floats with SWK_SINGLE_LANES lanes. What is summed
    //  over neurons (gram, projection, dot) is given in double precision, and P × P algebra has no
    //  single-precision form. factor and weight are narrowed copies. phi and slope may not be NULL.
    void (*single_activate)(
        float *value, float *slope, const float *x, size_t count, swk_activation kind);
    void (*single_forward)(
        float *phi, float *slope, double *gram, const float *xi, const float *factor, size_t tiles,
        size_t P, swk_activation kind);
    void (*single_backward)(
        float *gradient, double *projection, const float *phi, const float *slope, const float *xi,
        const float *weight, const float *factor, size_t tiles, size_t P);
    void (*single_kick_rotate)(
        float *x, float *v, float a, const float *g, float c, float s, size_t count);
    void (*single_axpy)(float *y, float a, const float *x, size_t count);
    double (*single_dot)(const float *x, const float *y, size_t count);

    //  out[i], i < count: normals number 4 * first_block + i of the stream, four to a block: words 0
    //  and 1 give the first two, words 2 and 3 the others, as in normals with u1 = (2 k + 1) / 2^32, k
    //  the top 31 bits of the even word, rounded to single precision, and u2 = odd word / 2^32.
    void (*single_normals)(float *out, size_t count, swk_random_key key, uint64_t first_block);

    //  out[i], i < count: normals number 16 * first_group + i of a stream of the second generator,
    //  ARS-7 (noise.h), for where normals are most of the work. Group g is made of the generator's
    //  blocks 4 g ... 4 g + 3, with counter words as in a Philox stream and key words { key0, key1, 0,
    //  0 }. first_group < 2^62.
    void (*noise)(float *out, size_t count, swk_random_key key, uint64_t first_group);

    //  A dense layer of a network in single precision. weights has `rows` rows of `stride` floats, in
    //  and below P rows of `stride`; out and delta P rows of out_stride or delta_stride >= rows.
    //  stride is a multiple of 16; beyond the layer's inputs weights and in are 0 (and what moves
    //  weights there is of no consequence as long as in is).
    //  out[p][i] = bias[i] + sum over j of weights[i][j] in[p][j]; bias may be NULL.
    void (*dense_forward)(
        float *out, size_t out_stride, const float *weights, const float *bias, const float *in,
        size_t P, size_t rows, size_t stride);

    //  below[p][j] = sum over i of delta[p][i] weights[i][j], unless below is NULL, and then
    //  weights[i][j] <- decay weights[i][j] - rate sum over p of delta[p][i] in[p][j] + noise z.
    void (*dense_backward)(
        float *weights, float *below, const float *delta, size_t delta_stride, const float *in,
        const swk_dense_step *step, size_t P, size_t rows, size_t stride);

    //  Conversions, i < count.
    void (*narrow)(float *out, const double *x, size_t count);
    void (*widen)(double *out, const float *x, size_t count);
} swk_kernels;

//  One raw Philox4x32-10 block: out[0..3] from counter[0..3] and key[0..1].
void swk_philox4x32_10(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]);

//  One raw ARS-7 block: out[0..3] from counter[0..3] and key[0..3].
void swk_ars4x32_7(uint32_t out[4], const uint32_t counter[4], const uint32_t key[4]);

//  The kernel noise by given instructions; 0 where this CPU does not have them. For tests: tables
//  choose by themselves.
typedef enum { SWK_NOISE_PLAIN = 0, SWK_NOISE_AES = 1, SWK_NOISE_VAES = 2 } swk_noise_code;
int swk_noise_by(
    swk_noise_code code, float *out, size_t count, swk_random_key key, uint64_t first_group);

//  The table of a family ("reference", "avx2", "avx512"), or NULL when this CPU or this build
//  cannot run it or the name is unknown.
const swk_kernels *swk_kernels_named(const char *name);

//  The fastest table that this CPU can run.
const swk_kernels *swk_kernels_best(void);

#endif
