//  Dense layers in single precision, for training and for dynamics of weights. Included once by
//  each vector family.
//
//  Four rows of weights at a time. Going forward, DENSE_POINTS points share what is loaded of them.
//  Going backward each weight is read and written once: what the layer below needs, the gradient,
//  the decay and the noise are one pass.

#define DENSE_ROWS 4
#define DENSE_POINTS 3

//  Columns handled at once, so that the rows of all points of two panels stay in the first-level
//  cache beside the noise.
#define DENSE_BYTES 16384
#define DENSE_COLUMNS 512

//  Bytes ahead of the weights in use that are asked for.
#define DENSE_AHEAD 4096

//  rows × points entries of out; both are constants where it is inlined.
INLINE void f_dense_block(
    float *out, size_t out_stride, const float *weights, const float *bias, const float *in,
    size_t stride, const int rows, const int points)
{
    vf sum[DENSE_ROWS][DENSE_POINTS];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (int p = 0; p < points; p++) {
            sum[r][p] = f_splat(0);
        }
    }
    for (size_t j = 0; j < stride; j += F_WIDTH) {
        vf entry[DENSE_POINTS];
#pragma clang loop unroll(full)
        for (int p = 0; p < points; p++) {
            entry[p] = f_load(in + (size_t)p * stride + j);
        }
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            const float *at = weights + (size_t)r * stride + j;
            if (j % 16 == 0) {
                __builtin_prefetch(at + DENSE_AHEAD / sizeof(float));
            }
            const vf weight = f_load(at);
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
        f_dense_block(
            out + p * out_stride, out_stride, weights, bias, in + p * stride, stride, rows,
            DENSE_POINTS);
    }
    if (P - p == 2) {
        f_dense_block(
            out + p * out_stride, out_stride, weights, bias, in + p * stride, stride, rows, 2);
    } else if (P - p == 1) {
        f_dense_block(
            out + p * out_stride, out_stride, weights, bias, in + p * stride, stride, rows, 1);
    }
}

static void s_dense_forward(
    float *out, size_t out_stride, const float *weights, const float *bias, const float *in,
    size_t P, size_t rows, size_t stride)
{
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

//  Columns 0 ... columns - 1 of `rows` rows: see dense_backward. noise has a row of `columns` for
//  each of them, or is NULL.
INLINE void f_dense_update(
    float *weights, float *below, const float *delta, size_t delta_stride, const float *in,
    const swk_dense_step *step, const float *noise, size_t P, size_t stride, size_t columns,
    const int rows)
{
    const vf decay = f_splat(step->decay), rate = f_splat(-step->rate);
    const vf scale = f_splat(step->noise);
    for (size_t j = 0; j < columns; j += F_WIDTH) {
        vf weight[DENSE_ROWS], gradient[DENSE_ROWS];
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            const float *at = weights + (size_t)r * stride + j;
            if (j % 16 == 0) {
                __builtin_prefetch(at + DENSE_AHEAD / sizeof(float), 1);
            }
            weight[r] = f_load(at);
            gradient[r] = f_splat(0);
        }
        for (size_t p = 0; p < P; p++) {
            const float *deltas = delta + p * delta_stride;
            const vf entry = f_load(in + p * stride + j);
            vf passed = below ? f_load(below + p * stride + j) : f_splat(0);
#pragma clang loop unroll(full)
            for (int r = 0; r < rows; r++) {
                const vf d = f_splat(deltas[r]);
                passed = f_fma(d, weight[r], passed);
                gradient[r] = f_fma(d, entry, gradient[r]);
            }
            if (below) {
                f_store(below + p * stride + j, passed);
            }
        }
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            vf moved = f_fma(rate, gradient[r], decay * weight[r]);
            if (noise) {
                moved = f_fma(scale, f_load(noise + (size_t)r * columns + j), moved);
            }
            f_store(weights + (size_t)r * stride + j, moved);
        }
    }
}

INLINE void f_dense_columns(
    float *weights, float *below, const float *delta, size_t delta_stride, const float *in,
    const swk_dense_step *step, size_t row, size_t column, size_t P, size_t stride, size_t columns,
    const int rows)
{
    float noise[DENSE_ROWS * DENSE_COLUMNS];
    if (step->noise != 0) {
        for (int r = 0; r < rows; r++) {
            s_single_normals(
                noise + (size_t)r * columns, columns, step->key,
                step->first_block + ((row + (size_t)r) * stride + column) / 4);
        }
    }
    f_dense_update(
        weights + row * stride + column, below ? below + column : below, delta + row, delta_stride,
        in + column, step, step->noise != 0 ? noise : 0, P, stride, columns, rows);
}

static void s_dense_backward(
    float *weights, float *below, const float *delta, size_t delta_stride, const float *in,
    const swk_dense_step *step, size_t P, size_t rows, size_t stride)
{
    size_t block = DENSE_BYTES / (2 * sizeof(float) * P) / 32 * 32;
    block = block < 64 ? 64 : block > DENSE_COLUMNS ? DENSE_COLUMNS : block;
    if (below) {
        memset(below, 0, P * stride * sizeof *below);
    }
    for (size_t column = 0; column < stride; column += block) {
        const size_t columns = stride - column < block ? stride - column : block;
        size_t i = 0;
        for (; i + DENSE_ROWS <= rows; i += DENSE_ROWS) {
            f_dense_columns(
                weights, below, delta, delta_stride, in, step, i, column, P, stride, columns,
                DENSE_ROWS);
        }
        for (; i < rows; i++) {
            f_dense_columns(
                weights, below, delta, delta_stride, in, step, i, column, P, stride, columns, 1);
        }
    }
}
