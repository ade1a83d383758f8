//  Dense layers going backward with more than DENSE_FEW points: two products of small matrices, whose
//  sums stay in registers. Included by template_dense.h.

//  below[p][j] += sum over r < rows of turned[r][p] weights[r][j] for `points` points, of which turned
//  has as many in a row, and the columns of DENSE_VECTORS vectors.
INLINE void f_dense_pass(
    float *below, const float *weights, const float *turned, size_t stride, size_t rows,
    const int points)
{
    vf sum[DENSE_BLOCK][DENSE_VECTORS];
#pragma clang loop unroll(full)
    for (int n = 0; n < points * DENSE_VECTORS; n++) {
        sum[n / DENSE_VECTORS][n % DENSE_VECTORS] = f_load(
            below + (size_t)(n / DENSE_VECTORS) * stride + (size_t)(n % DENSE_VECTORS) * F_WIDTH);
    }
    for (size_t r = 0; r < rows; r++) {
        vf weight[DENSE_VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < DENSE_VECTORS; v++) {
            weight[v] = f_load(weights + (size_t)v * F_WIDTH);
        }
#pragma clang loop unroll(full)
        for (int p = 0; p < points; p++) {
            const vf d = f_splat(turned[p]);
#pragma clang loop unroll(full)
            for (int v = 0; v < DENSE_VECTORS; v++) {
                sum[p][v] = f_fma(d, weight[v], sum[p][v]);
            }
        }
        weights += stride;
        turned += points;
    }
#pragma clang loop unroll(full)
    for (int n = 0; n < points * DENSE_VECTORS; n++) {
        f_store(
            below + (size_t)(n / DENSE_VECTORS) * stride + (size_t)(n % DENSE_VECTORS) * F_WIDTH,
            sum[n / DENSE_VECTORS][n % DENSE_VECTORS]);
    }
}

//  The same for a block of columns. The deltas are turned first: where a point's are far from the next
//  point's, computing their addresses takes as many instructions as the products.
INLINE void f_dense_pass_columns(
    float *below, const float *weights, const float *delta, size_t delta_stride, size_t stride,
    size_t columns, size_t rows, const int points)
{
    float turned[DENSE_TALL * DENSE_BLOCK];
    for (size_t r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (int p = 0; p < points; p++) {
            turned[r * (size_t)points + (size_t)p] = delta[(size_t)p * delta_stride + r];
        }
    }
    for (size_t j = 0; j < columns; j += DENSE_VECTORS * F_WIDTH) {
        f_dense_pass(below + j, weights + j, turned, stride, rows, points);
    }
}

//  Moves `rows` rows of weights in the columns of DENSE_VECTORS vectors. `rows` and whether there is
//  noise are constants where it is inlined.
INLINE void f_dense_move(
    float *weights, const float *delta, size_t delta_stride, const float *in,
    const swk_dense_step *step, const float *noise, size_t noise_stride, size_t P, size_t stride,
    const int rows)
{
    vf sum[DENSE_BLOCK][DENSE_VECTORS];
#pragma clang loop unroll(full)
    for (int n = 0; n < rows * DENSE_VECTORS; n++) {
        sum[n / DENSE_VECTORS][n % DENSE_VECTORS] = f_splat(0);
    }
    for (size_t p = 0; p < P; p++) {
        vf entry[DENSE_VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < DENSE_VECTORS; v++) {
            entry[v] = f_load(in + (size_t)v * F_WIDTH);
        }
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            const vf d = f_splat(delta[r]);
#pragma clang loop unroll(full)
            for (int v = 0; v < DENSE_VECTORS; v++) {
                sum[r][v] = f_fma(d, entry[v], sum[r][v]);
            }
        }
        in += stride;
        delta += delta_stride;
    }
    const vf rate = f_splat(-step->rate), decay = f_splat(step->decay);
    const vf scale = f_splat(step->noise);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < DENSE_VECTORS; v++) {
            float *at = weights + (size_t)v * F_WIDTH;
            vf moved = f_fma(rate, sum[r][v], decay * f_load(at));
            if (noise) {
                moved = f_fma(scale, f_load(noise + (size_t)v * F_WIDTH), moved);
            }
            f_store(at, moved);
        }
        weights += stride;
        noise = noise ? noise + noise_stride : noise;
    }
}

INLINE void f_dense_move_columns(
    float *weights, const float *delta, size_t delta_stride, const float *in,
    const swk_dense_step *step, const float *noise, size_t P, size_t stride, size_t columns,
    const int rows)
{
    for (size_t j = 0; j < columns; j += DENSE_VECTORS * F_WIDTH) {
        //  The next rows are those above.
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            __builtin_prefetch(weights + j - (size_t)(DENSE_TALL - r) * stride, 1);
        }
        if (noise) {
            f_dense_move(
                weights + j, delta, delta_stride, in + j, step, noise + j, columns, P, stride, rows);
        } else {
            f_dense_move(
                weights + j, delta, delta_stride, in + j, step, 0, columns, P, stride, rows);
        }
    }
}

//  Columns 0 ... columns - 1 of `rows` <= DENSE_TALL rows.
INLINE void f_dense_tall(
    float *weights, float *below, const float *delta, size_t delta_stride, const float *in,
    const swk_dense_step *step, const float *noise, size_t P, size_t stride, size_t columns,
    size_t rows)
{
    size_t p = below ? 0 : P;
    for (; p + DENSE_BLOCK <= P; p += DENSE_BLOCK) {
        f_dense_pass_columns(
            below + p * stride, weights, delta + p * delta_stride, delta_stride, stride, columns,
            rows, DENSE_BLOCK);
    }
    for (; p + 2 <= P; p += 2) {
        f_dense_pass_columns(
            below + p * stride, weights, delta + p * delta_stride, delta_stride, stride, columns,
            rows, 2);
    }
    if (p < P) {
        f_dense_pass_columns(
            below + p * stride, weights, delta + p * delta_stride, delta_stride, stride, columns,
            rows, 1);
    }
    size_t r = 0;
    for (; r + DENSE_BLOCK <= rows; r += DENSE_BLOCK) {
        f_dense_move_columns(
            weights + r * stride, delta + r, delta_stride, in, step,
            noise ? noise + r * columns : noise, P, stride, columns, DENSE_BLOCK);
    }
    for (; r + 2 <= rows; r += 2) {
        f_dense_move_columns(
            weights + r * stride, delta + r, delta_stride, in, step,
            noise ? noise + r * columns : noise, P, stride, columns, 2);
    }
    if (r < rows) {
        f_dense_move_columns(
            weights + r * stride, delta + r, delta_stride, in, step,
            noise ? noise + r * columns : noise, P, stride, columns, 1);
    }
}
