//  The specification of every kernel: plain loops, one sum after another, no fused multiply-add.

#include "families.h"
#include "noise.h"
#include "philox.h"
#include "reference_maths.h"
#include "reference_single.h"

#pragma STDC FP_CONTRACT OFF

#define LANES SWK_LANES

static void s_activate(
    double *value, double *slope, const double *x, size_t count, swk_activation kind)
{
    for (size_t i = 0; i < count; i++) {
        swk_jet jet = swk_reference_activation(x[i], kind);
        value[i] = jet.value;
        if (slope) {
            slope[i] = jet.slope;
        }
    }
}

void swk_philox4x32_10(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t key0 = key[0], key1 = key[1];
    for (int round = 0; round < SWK_PHILOX_ROUNDS; round++) {
        uint64_t product0 = (uint64_t)SWK_PHILOX_MULTIPLIER_0 * c0;
        uint64_t product1 = (uint64_t)SWK_PHILOX_MULTIPLIER_1 * c2;
        c0 = (uint32_t)(product1 >> 32) ^ c1 ^ key0;
        c1 = (uint32_t)product1;
        c2 = (uint32_t)(product0 >> 32) ^ c3 ^ key1;
        c3 = (uint32_t)product0;
        key0 += SWK_PHILOX_WEYL_0;
        key1 += SWK_PHILOX_WEYL_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

static void s_normals(double *out, size_t count, swk_random_key key, uint64_t first_block)
{
    const uint32_t words[2] = {key.key0, key.key1};
    for (size_t i = 0; i < count; i += 2) {
        uint64_t block = first_block + i / 2;
        const uint32_t counter[4] = {
            (uint32_t)block, (uint32_t)(block >> 32), (uint32_t)key.stream,
            (uint32_t)(key.stream >> 32)};
        uint32_t random[4];
        swk_philox4x32_10(random, counter, words);
        double pair[2];
        swk_reference_box_muller(pair, random);
        out[i] = pair[0];
        if (i + 1 < count) {
            out[i + 1] = pair[1];
        }
    }
}

//  lower[a][b] = sum over tiles and lanes of x[a] y[b], b <= a: one sum per lane, then the lanes.
static void s_lower_products(double *lower, const double *x, const double *y, size_t tiles, size_t P)
{
    for (size_t a = 0; a < P; a++) {
        for (size_t b = 0; b <= a; b++) {
            double sum[LANES] = {0};
            for (size_t tile = 0; tile < tiles; tile++) {
                const double *row = x + (tile * P + a) * LANES;
                const double *column = y + (tile * P + b) * LANES;
                for (size_t lane = 0; lane < LANES; lane++) {
                    sum[lane] += row[lane] * column[lane];
                }
            }
            lower[a * P + b] = ((sum[0] + sum[4]) + (sum[2] + sum[6]))
                + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
        }
    }
}

//  One row of one tile: row = sum over j, first <= j < last, of matrix[j * stride] x_j.
static void s_combine(
    double row[LANES], const double *matrix, size_t stride, const double *tile, size_t first,
    size_t last)
{
    for (size_t lane = 0; lane < LANES; lane++) {
        row[lane] = 0;
    }
    for (size_t j = first; j < last; j++) {
        double weight = matrix[j * stride];
        for (size_t lane = 0; lane < LANES; lane++) {
            row[lane] += weight * tile[j * LANES + lane];
        }
    }
}

static double s_dot(const double *x, const double *y, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += x[i] * y[i];
    }
    return sum;
}

//  Rows first ... last - 1 of phi(factor xi) of one tile.
static void s_activated_rows(
    double *rows, const double *tile, const double *factor, size_t P, size_t first, size_t last,
    swk_activation kind)
{
    for (size_t a = first; a < last; a++) {
        s_combine(rows + (a - first) * LANES, factor + a * P, 1, tile, 0, a + 1);
    }
    s_activate(rows, 0, rows, (last - first) * LANES, kind);
}

//  The gram matrix when there is no room for phi: a block of rows against a block of columns, both
//  made anew for every tile.
static void s_gram_alone(
    double *gram, const double *xi, const double *factor, size_t tiles, size_t P,
    swk_activation kind)
{
    enum { BLOCK = 64 };
    double rows[BLOCK * LANES], columns[BLOCK * LANES];
    for (size_t i = 0; i < P * P; i++) {
        if (i % P <= i / P) {
            gram[i] = 0;
        }
    }
    for (size_t first = 0; first < P; first += BLOCK) {
        size_t last = first + BLOCK < P ? first + BLOCK : P;
        for (size_t left = 0; left <= first; left += BLOCK) {
            size_t right = left + BLOCK < P ? left + BLOCK : P;
            for (size_t tile = 0; tile < tiles; tile++) {
                const double *panel = xi + tile * P * LANES;
                s_activated_rows(rows, panel, factor, P, first, last, kind);
                s_activated_rows(columns, panel, factor, P, left, right, kind);
                for (size_t a = first; a < last; a++) {
                    for (size_t b = left; b < right && b <= a; b++) {
                        gram[a * P + b] += s_dot(
                            rows + (a - first) * LANES, columns + (b - left) * LANES, LANES);
                    }
                }
            }
        }
    }
}

static void s_forward(
    double *phi, double *slope, double *gram, const double *xi, const double *factor, size_t tiles,
    size_t P, swk_activation kind)
{
    if (phi) {
        for (size_t tile = 0; tile < tiles; tile++) {
            const size_t start = tile * P * LANES;
            for (size_t a = 0; a < P; a++) {
                s_combine(phi + start + a * LANES, factor + a * P, 1, xi + start, 0, a + 1);
            }
        }
        s_activate(phi, slope, phi, tiles * P * LANES, kind);
        if (gram) {
            s_lower_products(gram, phi, phi, tiles, P);
        }
    } else {
        s_gram_alone(gram, xi, factor, tiles, P, kind);
    }
}

static void s_backward(
    double *gradient, double *projection, const double *phi, const double *slope, const double *xi,
    const double *weight, const double *factor, size_t tiles, size_t P)
{
    for (size_t tile = 0; tile < tiles; tile++) {
        const size_t start = tile * P * LANES;
        double *rows = gradient + start;
        for (size_t a = 0; a < P; a++) {
            s_combine(rows + a * LANES, weight + a * P, 1, phi + start, 0, P);
            for (size_t lane = 0; lane < LANES; lane++) {
                rows[a * LANES + lane] *= slope[start + a * LANES + lane];
            }
        }
        //  Row a of factor^T hbar needs the rows from a on, so it can replace hbar's row a.
        for (size_t a = 0; a < P; a++) {
            double row[LANES];
            s_combine(row, factor + a, P, rows, a, P);
            for (size_t lane = 0; lane < LANES; lane++) {
                rows[a * LANES + lane] = row[lane];
            }
        }
    }
    if (projection) {
        s_lower_products(projection, gradient, xi, tiles, P);
    }
}

static void s_rotate(double *x, double *v, double c, double s, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double position = x[i];
        x[i] = c * position + s * v[i];
        v[i] = c * v[i] - s * position;
    }
}

static void s_kick_rotate(
    double *x, double *v, double a, const double *g, double c, double s, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double position = x[i], velocity = v[i] + a * g[i];
        x[i] = c * position + s * velocity;
        v[i] = c * velocity - s * position;
    }
}

static void s_axpy(double *y, double a, const double *x, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        y[i] += a * x[i];
    }
}

static int s_is_finite(double x)
{
    return x - x == 0;
}

static double s_cholesky(double *factor, double *inverse, const double *matrix, size_t P)
{
    double smallest = __builtin_inf();
    for (size_t i = 0; i < P; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = matrix[i * P + j];
            for (size_t k = 0; k < j; k++) {
                sum -= factor[i * P + k] * factor[j * P + k];
            }
            if (j < i) {
                factor[i * P + j] = sum / factor[j * P + j];
                continue;
            }
            if (!(sum > 0) || !s_is_finite(sum)) {
                return 0;
            }
            double ratio = sum / matrix[i * P + i];
            smallest = ratio < smallest ? ratio : smallest;
            factor[i * P + i] = __builtin_sqrt(sum);
        }
        for (size_t j = i + 1; j < P; j++) {
            factor[i * P + j] = 0;
        }
    }
    for (size_t j = 0; inverse && j < P; j++) {
        for (size_t i = 0; i < j; i++) {
            inverse[i * P + j] = 0;
        }
        for (size_t i = j; i < P; i++) {
            double sum = i == j ? 1 : 0;
            for (size_t k = j; k < i; k++) {
                sum -= factor[i * P + k] * inverse[k * P + j];
            }
            inverse[i * P + j] = sum / factor[i * P + i];
        }
    }
    return smallest;
}

//  out[i][j] = sum over k >= max(i, j) of inverse[k][i] right[k][j]; right is lower triangular.
static void s_transposed_product(double *out, const double *inverse, const double *right, size_t P)
{
    for (size_t i = 0; i < P; i++) {
        for (size_t j = 0; j < P; j++) {
            double sum = 0;
            for (size_t k = i > j ? i : j; k < P; k++) {
                sum += inverse[k * P + i] * right[k * P + j];
            }
            out[i * P + j] = sum;
        }
    }
}

static void s_cholesky_adjoint(
    double *out, const double *projection, const double *inverse, double *scratch, size_t P)
{
    double *right = scratch;
    for (size_t i = 0; i < P; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (size_t k = j; k <= i; k++) {
                sum += (k == i ? 0.5 : 1) * projection[i * P + k] * inverse[k * P + j];
            }
            right[i * P + j] = sum;
        }
    }
    double *whole = scratch + P * P;
    s_transposed_product(whole, inverse, right, P);
    for (size_t i = 0; i < P; i++) {
        for (size_t j = 0; j < P; j++) {
            out[i * P + j] = 0.5 * (whole[i * P + j] + whole[j * P + i]);
        }
    }
}

static void s_inverse_from_factor(double *out, const double *inverse, size_t P)
{
    s_transposed_product(out, inverse, inverse, P);
}

static void s_quadratic_forms(
    double *out, const double *x, const double *matrix, size_t tiles, size_t P)
{
    for (size_t tile = 0; tile < tiles; tile++) {
        const double *from = x + tile * P * LANES;
        for (size_t lane = 0; lane < LANES; lane++) {
            out[tile * LANES + lane] = 0;
        }
        for (size_t a = 0; a < P; a++) {
            double row[LANES];
            s_combine(row, matrix + a * P, 1, from, 0, P);
            for (size_t lane = 0; lane < LANES; lane++) {
                out[tile * LANES + lane] += row[lane] * from[a * LANES + lane];
            }
        }
    }
}

static void s_weighted_products(
    double *lower, const double *x, const double *weights, size_t tiles, size_t P)
{
    for (size_t a = 0; a < P; a++) {
        for (size_t b = 0; b <= a; b++) {
            double sum = 0;
            for (size_t i = 0; i < tiles * LANES; i++) {
                const double *column = x + i / LANES * P * LANES + i % LANES;
                sum += weights[i] * column[a * LANES] * column[b * LANES];
            }
            lower[a * P + b] = sum;
        }
    }
}

static void s_exponentials(double *out, const double *x, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = swk_reference_exp(x[i]);
    }
}

const swk_kernels swk_reference = {
    .name = "reference",
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
    .single_activate = swk_reference_single_activate,
    .single_forward = swk_reference_single_forward,
    .single_backward = swk_reference_single_backward,
    .single_kick_rotate = swk_reference_single_kick_rotate,
    .single_axpy = swk_reference_single_axpy,
    .single_dot = swk_reference_single_dot,
    .single_normals = swk_reference_single_normals,
    .noise = swk_reference_noise,
    .dense_forward = swk_reference_dense_forward,
    .dense_backward = swk_reference_dense_backward,
    .narrow = swk_reference_narrow,
    .widen = swk_reference_widen,
};
