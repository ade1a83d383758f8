//  The specification of the kernels in single precision: plain loops over floats, activations by
//  way of the double ones, sums over neurons in double precision.

#include "reference_single.h"

#include "noise.h"
#include "philox.h"
#include "reference_maths.h"
#include "single_coefficients.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

#define LANES SWK_SINGLE_LANES

void swk_reference_single_activate(
    float *value, float *slope, const float *x, size_t count, swk_activation kind)
{
    for (size_t i = 0; i < count; i++) {
        swk_jet jet = swk_reference_activation(x[i], kind);
        value[i] = (float)jet.value;
        if (slope) {
            slope[i] = (float)jet.slope;
        }
    }
}

static void s_lower_products(double *lower, const float *x, const float *y, size_t tiles, size_t P)
{
    for (size_t a = 0; a < P; a++) {
        for (size_t b = 0; b <= a; b++) {
            double sum = 0;
            for (size_t tile = 0; tile < tiles; tile++) {
                sum += swk_reference_single_dot(
                    x + (tile * P + a) * LANES, y + (tile * P + b) * LANES, LANES);
            }
            lower[a * P + b] = sum;
        }
    }
}

//  One row of one tile: row = sum over j, first <= j < last, of matrix[j * stride] x_j.
static void s_combine(
    float row[LANES], const float *matrix, size_t stride, const float *tile, size_t first,
    size_t last)
{
    for (size_t lane = 0; lane < LANES; lane++) {
        row[lane] = 0;
    }
    for (size_t j = first; j < last; j++) {
        for (size_t lane = 0; lane < LANES; lane++) {
            row[lane] += matrix[j * stride] * tile[j * LANES + lane];
        }
    }
}

void swk_reference_single_forward(
    float *phi, float *slope, double *gram, const float *xi, const float *factor, size_t tiles,
    size_t P, swk_activation kind)
{
    for (size_t tile = 0; tile < tiles; tile++) {
        const size_t start = tile * P * LANES;
        for (size_t a = 0; a < P; a++) {
            s_combine(phi + start + a * LANES, factor + a * P, 1, xi + start, 0, a + 1);
        }
    }
    swk_reference_single_activate(phi, slope, phi, tiles * P * LANES, kind);
    if (gram) {
        s_lower_products(gram, phi, phi, tiles, P);
    }
}

void swk_reference_single_backward(
    float *gradient, double *projection, const float *phi, const float *slope, const float *xi,
    const float *weight, const float *factor, size_t tiles, size_t P)
{
    for (size_t tile = 0; tile < tiles; tile++) {
        const size_t start = tile * P * LANES;
        float *rows = gradient + start;
        for (size_t a = 0; a < P; a++) {
            s_combine(rows + a * LANES, weight + a * P, 1, phi + start, 0, P);
            for (size_t lane = 0; lane < LANES; lane++) {
                rows[a * LANES + lane] *= slope[start + a * LANES + lane];
            }
        }
        //  Row a of factor^T hbar needs the rows from a on, so it can replace hbar's row a.
        for (size_t a = 0; a < P; a++) {
            float row[LANES];
            s_combine(row, factor + a, P, rows, a, P);
            memcpy(rows + a * LANES, row, sizeof row);
        }
    }
    if (projection) {
        s_lower_products(projection, gradient, xi, tiles, P);
    }
}

void swk_reference_single_kick_rotate(
    float *x, float *v, float a, const float *g, float c, float s, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        float position = x[i], velocity = v[i] + a * g[i];
        x[i] = c * position + s * velocity;
        v[i] = c * velocity - s * position;
    }
}

void swk_reference_single_axpy(float *y, float a, const float *x, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        y[i] += a * x[i];
    }
}

double swk_reference_single_dot(const float *x, const float *y, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)x[i] * (double)y[i];
    }
    return sum;
}

//  Pairs of terms in powers of x^2.
static float s_polynomial(const float *coefficient, int count, float x)
{
    float square = x * x;
    int i = (count - 1) / 2 * 2;
    float sum = i + 1 < count ? coefficient[i] + coefficient[i + 1] * x : coefficient[i];
    for (i -= 2; i >= 0; i -= 2) {
        sum = (coefficient[i] + coefficient[i + 1] * x) + square * sum;
    }
    return sum;
}

//  sqrt(-2 ln u), u from the 31 top bits of a word; the exponent and the mantissa 1 + f of u are
//  such that sqrt(1/2) <= 1 + f < sqrt(2).
static float s_radius(uint32_t word)
{
    float u = (float)(int32_t)(word >> 1) * 0x1p-31f + 0x1p-32f;
    uint32_t bits;
    memcpy(&bits, &u, sizeof bits);
    bits += 0x3F800000 - SWK_SINGLE_BITS_SQRT_HALF;
    float exponent = (float)((int32_t)(bits >> 23) - 127);
    bits = (bits & 0x007FFFFF) + SWK_SINGLE_BITS_SQRT_HALF;
    float mantissa;
    memcpy(&mantissa, &bits, sizeof mantissa);
    float f = mantissa - 1;
    float square = f * f;
    float rest = (square * f) * s_polynomial(swk_single_log_coefficients, 8, f);
    float low = exponent * 0x1.7f7d1cp-20f + (rest - 0.5f * square);
    float logarithm = exponent * 0x1.62e4p-1f + (f + low);
    return __builtin_sqrtf(-2 * logarithm);
}

static void s_turned(float pair[2], float radius, uint32_t word)
{
    uint32_t quarter = (word + (1u << 29)) >> 30;
    float f = (float)(int32_t)(word - (quarter << 30)) * 0x1p-32f;
    float z = f * f;
    float sine = f * s_polynomial(swk_single_sine_coefficients, 4, z);
    float cosine = s_polynomial(swk_single_cosine_coefficients, 5, z);
    float x = quarter & 1 ? sine : cosine;
    float y = quarter & 1 ? cosine : sine;
    pair[0] = radius * ((quarter + 1) & 2 ? -x : x);
    pair[1] = radius * (quarter & 2 ? -y : y);
}

void swk_reference_single_normals(
    float *out, size_t count, swk_random_key key, uint64_t first_block)
{
    const uint32_t words[2] = {key.key0, key.key1};
    for (size_t i = 0; i < count; i += 4) {
        uint64_t block = first_block + i / 4;
        const uint32_t counter[4] = {
            (uint32_t)block, (uint32_t)(block >> 32), (uint32_t)key.stream,
            (uint32_t)(key.stream >> 32)};
        uint32_t random[4];
        swk_philox4x32_10(random, counter, words);
        float four[4];
        s_turned(four, s_radius(random[0]), random[1]);
        s_turned(four + 2, s_radius(random[2]), random[3]);
        memcpy(out + i, four, (count - i < 4 ? count - i : 4) * sizeof *out);
    }
}

void swk_reference_dense_forward(
    float *out, size_t out_stride, const float *weights, const float *bias, const float *in,
    size_t P, size_t rows, size_t stride)
{
    for (size_t p = 0; p < P; p++) {
        for (size_t i = 0; i < rows; i++) {
            double sum = swk_reference_single_dot(weights + i * stride, in + p * stride, stride);
            out[p * out_stride + i] = (float)(sum + (bias ? bias[i] : 0));
        }
    }
}

void swk_reference_dense_backward(
    float *weights, float *below, const float *delta, size_t delta_stride, const float *in,
    const swk_dense_step *step, size_t P, size_t rows, size_t stride)
{
    for (size_t n = 0; below && n < P * stride; n++) {
        below[n] = 0;
    }
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < stride; j++) {
            float *weight = weights + i * stride + j;
            float gradient = 0;
            for (size_t p = 0; p < P; p++) {
                if (below) {
                    below[p * stride + j] += delta[p * delta_stride + i] * *weight;
                }
                gradient += delta[p * delta_stride + i] * in[p * stride + j];
            }
            *weight = step->decay * *weight - step->rate * gradient;
            if (step->noise != 0) {
                const size_t place = i * stride + j;
                enum { GROUP = SWK_NOISE_GROUP };
                float group[GROUP];
                swk_reference_noise(group, GROUP, step->key, step->first_group + place / GROUP);
                *weight += step->noise * group[place % GROUP];
            }
        }
    }
}

void swk_reference_narrow(float *out, const double *x, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = (float)x[i];
    }
}

void swk_reference_widen(double *out, const float *x, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = x[i];
    }
}
