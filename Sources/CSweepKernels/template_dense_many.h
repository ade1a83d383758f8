//  Dense layers with many points, as in mini-batches: products of matrices whose sums stay in
//  registers, DENSE_VECTORS vectors (16 numbers) by up to DENSE_BLOCK. Included by template_dense.h.

//  From so many points on.
#define DENSE_MANY 16

//  Terms of a sum for which one factor, 16 numbers to each, stays in the first-level cache; and rows
//  whose sums wait for the next terms.
#define DENSE_DEPTH 256
#define DENSE_GROUP 192

//  to[j][i] = from[i][j], i, j < 8, in vectors of 8 on every family.
INLINE void s_transpose_eight(float *to, size_t to_stride, const float *from, size_t from_stride)
{
    __m256 half[8], pair[8];
#pragma clang loop unroll(full)
    for (size_t n = 0; n < 4; n++) {
        const float *above = from + n * from_stride, *below = from + (n + 4) * from_stride;
        half[n] = _mm256_insertf128_ps(
            _mm256_castps128_ps256(_mm_loadu_ps(above)), _mm_loadu_ps(below), 1);
        half[n + 4] = _mm256_insertf128_ps(
            _mm256_castps128_ps256(_mm_loadu_ps(above + 4)), _mm_loadu_ps(below + 4), 1);
    }
#pragma clang loop unroll(full)
    for (int n = 0; n < 8; n += 4) {
        pair[n] = _mm256_unpacklo_ps(half[n], half[n + 1]);
        pair[n + 1] = _mm256_unpackhi_ps(half[n], half[n + 1]);
        pair[n + 2] = _mm256_unpacklo_ps(half[n + 2], half[n + 3]);
        pair[n + 3] = _mm256_unpackhi_ps(half[n + 2], half[n + 3]);
    }
#pragma clang loop unroll(full)
    for (size_t n = 0; n < 8; n += 4) {
        float *at = to + n * to_stride;
        _mm256_storeu_ps(at, _mm256_shuffle_ps(pair[n], pair[n + 2], 0x44));
        _mm256_storeu_ps(at + to_stride, _mm256_shuffle_ps(pair[n], pair[n + 2], 0xEE));
        _mm256_storeu_ps(at + 2 * to_stride, _mm256_shuffle_ps(pair[n + 1], pair[n + 3], 0x44));
        _mm256_storeu_ps(at + 3 * to_stride, _mm256_shuffle_ps(pair[n + 1], pair[n + 3], 0xEE));
    }
}

//  sum[m][0 ... 15] += sum over k < depth of factor[m][k] panel[k][0 ... 15], m < count; rows of sum,
//  factor and panel are so many floats apart. `count` is a constant where it is inlined, and ahead,
//  floats behind a row of the panel that are asked for, unless 0.
INLINE void f_many_block(
    float *sum, size_t sum_stride, const float *factor, size_t factor_stride, const float *panel,
    size_t panel_stride, size_t depth, const int count, const size_t ahead)
{
    vf total[DENSE_BLOCK][DENSE_VECTORS];
#pragma clang loop unroll(full)
    for (int n = 0; n < count * DENSE_VECTORS; n++) {
        total[n / DENSE_VECTORS][n % DENSE_VECTORS] = f_load(
            sum + (size_t)(n / DENSE_VECTORS) * sum_stride
            + (size_t)(n % DENSE_VECTORS) * F_WIDTH);
    }
    for (size_t k = 0; k < depth; k++) {
        vf entry[DENSE_VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < DENSE_VECTORS; v++) {
            entry[v] = f_load(panel + k * panel_stride + (size_t)v * F_WIDTH);
        }
        if (ahead > 0) {
            __builtin_prefetch(panel + k * panel_stride + ahead, 1);
        }
#pragma clang loop unroll(full)
        for (int m = 0; m < count; m++) {
            const vf each = f_splat(factor[(size_t)m * factor_stride + k]);
#pragma clang loop unroll(full)
            for (int v = 0; v < DENSE_VECTORS; v++) {
                total[m][v] = f_fma(each, entry[v], total[m][v]);
            }
        }
    }
#pragma clang loop unroll(full)
    for (int n = 0; n < count * DENSE_VECTORS; n++) {
        f_store(
            sum + (size_t)(n / DENSE_VECTORS) * sum_stride
                + (size_t)(n % DENSE_VECTORS) * F_WIDTH,
            total[n / DENSE_VECTORS][n % DENSE_VECTORS]);
    }
}

//  What has a constant, for a number that has to be found out. At most DENSE_BLOCK.
#if 12 / DENSE_VECTORS > 6
#define DENSE_TALLER(CASE) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#else
#define DENSE_TALLER(CASE)
#endif
#define DENSE_COUNTS(CASE) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) DENSE_TALLER(CASE)

INLINE void f_many_counted(
    float *sum, size_t sum_stride, const float *factor, size_t factor_stride, const float *panel,
    size_t panel_stride, size_t depth, size_t count, const size_t ahead)
{
#define CASE(n)                                                                                    \
    case n:                                                                                        \
        f_many_block(                                                                              \
            sum, sum_stride, factor, factor_stride, panel, panel_stride, depth, n, ahead);         \
        return;
    switch (count) {
        DENSE_COUNTS(CASE)
    }
#undef CASE
}

INLINE void f_many_move(
    float *weights, const float *delta, size_t delta_stride, const float *in,
    const swk_dense_step *step, size_t P, size_t stride, size_t rows)
{
#define CASE(n)                                                                                    \
    case n:                                                                                        \
        f_dense_move(weights, delta, delta_stride, in, step, 0, 0, P, stride, n);                  \
        return;
    switch (rows) {
        DENSE_COUNTS(CASE)
    }
#undef CASE
}

//  How many of `left` the next block takes: the last two blocks share what is left for them.
INLINE size_t s_many_share(size_t left)
{
    return left >= 2 * DENSE_BLOCK ? DENSE_BLOCK : left > DENSE_BLOCK ? (left + 1) / 2 : left;
}

//  Parts of a sum of so many terms, of equal length but for the last: a multiple of 16.
INLINE size_t s_many_depth(size_t terms)
{
    const size_t parts = (terms + DENSE_DEPTH - 1) / DENSE_DEPTH;
    return ((terms + parts - 1) / parts + 15) / 16 * 16;
}

//  Forward for 16 points: they are transposed, so that no sum goes across the lanes of a vector.
static void s_many_forward(
    float *out, size_t out_stride, const float *weights, const float *bias, const float *in,
    size_t rows, size_t stride)
{
    float panel[16 * DENSE_DEPTH] __attribute__((aligned(64)));
    float sums[16 * DENSE_GROUP] __attribute__((aligned(64)));
    const size_t deepest = s_many_depth(stride);
    for (size_t row = 0; row < rows; row += DENSE_GROUP) {
        const size_t group = rows - row < DENSE_GROUP ? rows - row : DENSE_GROUP;
        for (size_t i = 0; i < group; i++) {
            for (size_t v = 0; v < 16; v += F_WIDTH) {
                f_store(sums + 16 * i + v, f_splat(bias ? bias[row + i] : 0));
            }
        }
        for (size_t k = 0; k < stride; k += deepest) {
            const size_t depth = stride - k < deepest ? stride - k : deepest;
            for (size_t n = 0; n < depth; n += 8) {
                s_transpose_eight(panel + 16 * n, 16, in + k + n, stride);
                s_transpose_eight(panel + 16 * n + 8, 16, in + 8 * stride + k + n, stride);
            }
            for (size_t r = 0; r < group;) {
                const size_t now = s_many_share(group - r);
                f_many_counted(
                    sums + 16 * r, 16, weights + (row + r) * stride + k, stride, panel, 16, depth,
                    now, 0);
                r += now;
            }
        }
        float *to = out + row;
        size_t i = 0;
        for (; i + 8 <= group; i += 8) {
            s_transpose_eight(to + i, out_stride, sums + 16 * i, 16);
            s_transpose_eight(to + 8 * out_stride + i, out_stride, sums + 16 * i + 8, 16);
        }
        for (; i < group; i++) {
            for (size_t p = 0; p < 16; p++) {
                to[p * out_stride + i] = sums[16 * i + p];
            }
        }
    }
}

//  Backward without noise; below is 0 at the start. Weights come from memory once: while they are in
//  the first-level cache both products are made.
static void s_many_backward(
    float *weights, float *below, const float *delta, size_t delta_stride, const float *in,
    const swk_dense_step *step, size_t P, size_t rows, size_t stride)
{
    const size_t deepest = s_many_depth(rows);
    for (size_t column = 0; column < stride; column += 16) {
        for (size_t row = 0; row < rows; row += deepest) {
            const size_t depth = rows - row < deepest ? rows - row : deepest;
            float *block = weights + row * stride + column;
            for (size_t p = 0; below && p < P;) {
                const size_t now = s_many_share(P - p);
                float *sum = below + p * stride + column;
                const float *factor = delta + p * delta_stride + row;
                if (p == 0) {
                    f_many_counted(
                        sum, stride, factor, delta_stride, block, stride, depth, now, 16);
                } else {
                    f_many_counted(sum, stride, factor, delta_stride, block, stride, depth, now, 0);
                }
                p += now;
            }
            for (size_t r = 0; r < depth;) {
                const size_t now = s_many_share(depth - r);
                f_many_move(
                    block + r * stride, delta + row + r, delta_stride, in + column, step, P, stride,
                    now);
                r += now;
            }
        }
    }
}

#undef DENSE_COUNTS
#undef DENSE_TALLER
