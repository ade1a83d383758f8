//  Dense layers in single precision, for training and for dynamics of weights. Included once by
//  each vector family.
//
//  Going forward, DENSE_POINTS points share what is loaded of four rows of weights. Going backward
//  each weight is read from memory and written once, and the pass begins at the end, where the one
//  forward ended: what the layer below needs, the gradient, the decay and the noise are one pass.
//  From five points on the pass back has code of its own, template_dense_tall.h, and so have
//  mini-batches, template_dense_many.h.

#define DENSE_ROWS 4
#define DENSE_POINTS 3

//  Up to so many points weights stay in registers going backward; beyond, sums do, of so many points
//  or rows by so many vectors, for so many rows of weights at a time.
#define DENSE_FEW 4
#define DENSE_VECTORS (16 / F_WIDTH)
#define DENSE_BLOCK (12 / DENSE_VECTORS)
#define DENSE_TALL 12

//  Bytes of a block of columns of all points of two panels and of the weights, for the first-level
//  cache; and normals in memory at a time.
#define DENSE_BYTES 24576
#define DENSE_NOISE 2048

//  Bytes ahead of the weights in use that are asked for, at least: whole blocks of rows.
#define DENSE_AHEAD 8192

INLINE size_t s_dense_ahead(size_t stride)
{
    const size_t block = DENSE_ROWS * stride;
    return (DENSE_AHEAD / sizeof(float) + block - 1) / block * block;
}

//  rows × points entries of out; both, and how many of the rows to come are asked for, from `first` on,
//  are constants where it is inlined.
INLINE void f_dense_block(
    float *out, size_t out_stride, const float *weights, const float *bias, const float *in,
    size_t stride, const int rows, const int points, const int asks, const size_t first)
{
    vf sum[DENSE_ROWS][DENSE_POINTS];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (int p = 0; p < points; p++) {
            sum[r][p] = f_splat(0);
        }
    }
    const float *next = weights + s_dense_ahead(stride) + first * stride;
    for (size_t j = 0; j < stride; j += F_WIDTH) {
        vf entry[DENSE_POINTS];
#pragma clang loop unroll(full)
        for (int p = 0; p < points; p++) {
            entry[p] = f_load(in + (size_t)p * stride + j);
        }
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            if (r < asks && j % 16 == 0) {
                __builtin_prefetch(next + (size_t)r * stride + j);
            }
            const vf weight = f_load(weights + (size_t)r * stride + j);
#pragma clang loop unroll(full)
            for (int p = 0; p < points; p++) {
                sum[r][p] = f_fma(weight, entry[p], sum[r][p]);
            }
        }
    }
#pragma clang loop unroll(full)
    for (int p = 0; p < points; p++) {
        double total[DENSE_ROWS];
        f_store_sums(
            total, sum[0][p], rows > 1 ? sum[1][p] : f_splat(0), rows > 2 ? sum[2][p] : f_splat(0),
            rows > 3 ? sum[3][p] : f_splat(0));
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            out[(size_t)p * out_stride + (size_t)r] = (float)(total[r] + (bias ? bias[r] : 0));
        }
    }
}

INLINE void f_dense_rows(
    float *out, size_t out_stride, const float *weights, const float *bias, const float *in,
    size_t P, size_t stride, const int rows)
{
    size_t p = 0;
    for (; p + DENSE_POINTS <= P; p += DENSE_POINTS) {
        //  Where there are as many blocks as rows each asks for one row.
        if (p == 0 && P <= DENSE_POINTS * (DENSE_ROWS - 1)) {
            f_dense_block(
                out, out_stride, weights, bias, in, stride, rows, DENSE_POINTS, rows, 0);
        } else {
            f_dense_block(
                out + p * out_stride, out_stride, weights, bias, in + p * stride, stride, rows,
                DENSE_POINTS, 1, p / DENSE_POINTS % (size_t)rows);
        }
    }
    const size_t first = p / DENSE_POINTS % (size_t)rows;
    out += p * out_stride;
    in += p * stride;
    if (P == 2) {
        f_dense_block(out, out_stride, weights, bias, in, stride, rows, 2, rows, 0);
    } else if (P == 1) {
        f_dense_block(out, out_stride, weights, bias, in, stride, rows, 1, rows, 0);
    } else if (P - p == 2) {
        f_dense_block(out, out_stride, weights, bias, in, stride, rows, 2, 1, first);
    } else if (P - p == 1) {
        f_dense_block(out, out_stride, weights, bias, in, stride, rows, 1, 1, first);
    }
}

//  Columns 0 ... columns - 1 of `rows` rows: see dense_backward. noise has a row of `columns` for
//  each of them, or is NULL. For few points: each weight is loaded once, and the deltas and the rate
//  times the inputs stay in registers. `rows`, `points` and `is_top` (below is NULL) are constants
//  where it is inlined.
INLINE void f_dense_update(
    float *weights, float *below, const float *delta, size_t delta_stride, const float *in,
    const swk_dense_step *step, const float *noise, size_t stride, size_t columns, const int rows,
    const int points, const int is_top)
{
    const vf decay = f_splat(step->decay), rate = f_splat(-step->rate);
    const vf scale = f_splat(step->noise);
    const size_t ahead = s_dense_ahead(stride);
    vf d[DENSE_ROWS][DENSE_FEW];
#pragma clang loop unroll(full)
    for (int n = 0; n < rows * points; n++) {
        d[n / points][n % points]
            = f_splat(delta[(size_t)(n % points) * delta_stride + (size_t)(n / points)]);
    }
    for (size_t j = 0; j < columns; j += F_WIDTH) {
        vf entry[DENSE_FEW], passed[DENSE_FEW];
#pragma clang loop unroll(full)
        for (int p = 0; p < points; p++) {
            entry[p] = rate * f_load(in + (size_t)p * stride + j);
            passed[p] = is_top ? f_splat(0) : f_load(below + (size_t)p * stride + j);
        }
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            float *at = weights + (size_t)r * stride + j;
            if (j % 16 == 0) {
                __builtin_prefetch(at - ahead, 1);
            }
            const vf weight = f_load(at);
            vf moved = decay * weight;
            if (noise) {
                moved = f_fma(scale, f_load(noise + (size_t)r * columns + j), moved);
            }
#pragma clang loop unroll(full)
            for (int p = 0; p < points; p++) {
                moved = f_fma(d[r][p], entry[p], moved);
                passed[p] = is_top ? passed[p] : f_fma(d[r][p], weight, passed[p]);
            }
            f_store(at, moved);
        }
#pragma clang loop unroll(full)
        for (int p = 0; p < points && !is_top; p++) {
            f_store(below + (size_t)p * stride + j, passed[p]);
        }
    }
}

INLINE void f_dense_low(
    float *weights, float *below, const float *delta, size_t delta_stride, const float *in,
    const swk_dense_step *step, const float *noise, size_t stride, size_t columns, const int rows,
    const int points)
{
    if (below) {
        f_dense_update(
            weights, below, delta, delta_stride, in, step, noise, stride, columns, rows, points, 0);
    } else {
        f_dense_update(
            weights, below, delta, delta_stride, in, step, noise, stride, columns, rows, points, 1);
    }
}

INLINE void f_dense_few(
    float *weights, float *below, const float *delta, size_t delta_stride, const float *in,
    const swk_dense_step *step, const float *noise, size_t P, size_t stride, size_t columns,
    const int rows)
{
    switch (P) {
    case 1:
        f_dense_low(weights, below, delta, delta_stride, in, step, noise, stride, columns, rows, 1);
        return;
    case 2:
        f_dense_low(weights, below, delta, delta_stride, in, step, noise, stride, columns, rows, 2);
        return;
    case 3:
        f_dense_low(weights, below, delta, delta_stride, in, step, noise, stride, columns, rows, 3);
        return;
    case 4:
        f_dense_low(weights, below, delta, delta_stride, in, step, noise, stride, columns, rows, 4);
        return;
    }
}

#include "template_dense_tall.h"

//  Rows row ... row + rows - 1 of a block of columns.
static void s_dense_columns(
    float *weights, float *below, const float *delta, size_t delta_stride, const float *in,
    const swk_dense_step *step, size_t row, size_t column, size_t P, size_t stride, size_t columns,
    size_t rows)
{
    float buffer[DENSE_NOISE], *noise = 0;
    if (step->noise != 0) {
        noise = buffer;
        swk_x86_noise_rows(
            noise, rows, columns, step->key, step->first_group + (row * stride + column) / 16,
            stride / 16);
    }
    weights += row * stride + column;
    below = below ? below + column : below;
    delta += row;
    in += column;
    if (P > DENSE_FEW) {
        f_dense_tall(
            weights, below, delta, delta_stride, in, step, noise, P, stride, columns, rows);
    } else if (rows == DENSE_ROWS) {
        f_dense_few(
            weights, below, delta, delta_stride, in, step, noise, P, stride, columns, DENSE_ROWS);
    } else {
        for (size_t r = 0; r < rows; r++) {
            f_dense_few(
                weights + r * stride, below, delta + r, delta_stride, in, step,
                noise ? noise + r * columns : noise, P, stride, columns, 1);
        }
    }
}

#include "template_dense_many.h"

static void s_dense_forward(
    float *out, size_t out_stride, const float *weights, const float *bias, const float *in,
    size_t P, size_t rows, size_t stride)
{
    for (; P >= DENSE_MANY; P -= DENSE_MANY) {
        s_many_forward(out, out_stride, weights, bias, in, rows, stride);
        out += DENSE_MANY * out_stride;
        in += DENSE_MANY * stride;
    }
    size_t i = 0;
    for (; i + DENSE_ROWS <= rows; i += DENSE_ROWS) {
        f_dense_rows(
            out + i, out_stride, weights + i * stride, bias ? bias + i : bias, in, P, stride,
            DENSE_ROWS);
    }
    for (; i < rows; i++) {
        f_dense_rows(
            out + i, out_stride, weights + i * stride, bias ? bias + i : bias, in, P, stride, 1);
    }
}

static void s_dense_backward(
    float *weights, float *below, const float *delta, size_t delta_stride, const float *in,
    const swk_dense_step *step, size_t P, size_t rows, size_t stride)
{
    const size_t height = P > DENSE_FEW ? DENSE_TALL : DENSE_ROWS;
    const size_t limit = DENSE_NOISE / height;
    size_t block = DENSE_BYTES / (sizeof(float) * (2 * P + 2 * height)) / 32 * 32;
    block = block < 64 ? 64 : block > limit ? limit : block;
    if (below) {
        memset(below, 0, P * stride * sizeof *below);
    }
    if (P >= DENSE_MANY && step->noise == 0) {
        s_many_backward(weights, below, delta, delta_stride, in, step, P, rows, stride);
        return;
    }
    for (size_t column = 0; column < stride; column += block) {
        const size_t columns = stride - column < block ? stride - column : block;
        for (size_t left = rows; left > 0;) {
            const size_t now = left % height ? left % height : height;
            left -= now;
            s_dense_columns(
                weights, below, delta, delta_stride, in, step, left, column, P, stride, columns,
                now);
        }
    }
}
