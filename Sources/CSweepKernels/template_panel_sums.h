//  Lower triangles of products of two panels: a part of template_panels.h.

//  lower[i + r][j + c] += sum over tiles and lanes of x[i + r] y[j + c] for r < rows and
//  c < columns, and then, if `triangle`, for the triangle of the next `rows` columns. One vector of
//  sums per entry. Unless `weights` is NULL, neuron n of x counts weights[n] times. `rows`, `columns`,
//  `triangle`, and whether there are weights, are constants where it is inlined.
INLINE void s_named(sum_block)(
    double *lower, const REAL *x, const REAL *y, const REAL *weights, size_t tiles, size_t i,
    size_t j, size_t P, const int rows, const int columns, const int triangle)
{
    const int width = columns + (triangle ? rows : 0);
    VECTOR sum[SUM_LIMIT + 3];
#pragma clang loop unroll(full)
    for (int n = 0; n < SUM_LIMIT + 3; n++) {
        sum[n] = r_splat(0);
    }
    const REAL *row = x + i * LANES;
    const REAL *column = y + j * LANES;
    for (size_t tile = 0; tile < tiles; tile++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < TILE_VECTORS; v++) {
            VECTOR entry[SUM_ROWS];
#pragma clang loop unroll(full)
            for (int r = 0; r < rows; r++) {
                entry[r] = r_load(row + r * LANES + v * R_WIDTH);
                if (weights) {
                    entry[r] = r_load(weights + tile * LANES + v * R_WIDTH) * entry[r];
                }
            }
#pragma clang loop unroll(full)
            for (int c = 0; c < width; c++) {
                VECTOR other = r_load(column + c * LANES + v * R_WIDTH);
#pragma clang loop unroll(full)
                for (int r = 0; r < rows; r++) {
                    if (c - columns <= r) {
                        const int n = r * columns + (triangle ? r * (r + 1) / 2 : 0) + c;
                        sum[n] = r_fma(entry[r], other, sum[n]);
                    }
                }
            }
        }
        row += P * LANES;
        column += P * LANES;
    }
    double total[SUM_LIMIT + 3];
    int entries = rows * columns + (triangle ? rows * (rows + 1) / 2 : 0);
#pragma clang loop unroll(full)
    for (int n = 0; n < entries; n += 4) {
        r_store_sums(total + n, sum[n], sum[n + 1], sum[n + 2], sum[n + 3]);
    }
    //  Row by row, so that neighbours are added together.
    int n = 0;
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
        double *at = lower + (i + (size_t)r) * P + j;
#pragma clang loop unroll(full)
        for (int c = 0; c < columns + (triangle ? r + 1 : 0); c++) {
            at[c] += total[n++];
        }
    }
}

//  Rows i ... i + rows - 1 of the lower triangle: columns in fours, the rest, the triangle.
INLINE void s_named(sum_rows)(
    double *lower, const REAL *x, const REAL *y, const REAL *weights, size_t tiles, size_t i,
    size_t P, const int rows)
{
    size_t j = 0;
    for (; j + 4 <= i; j += 4) {
        s_named(sum_block)(lower, x, y, weights, tiles, i, j, P, rows, 4, 0);
    }
    const int corner = rows * (rows + 1) / 2;
    switch (i - j) {
    case 0:
        s_named(sum_block)(lower, x, y, weights, tiles, i, j, P, rows, 0, 1);
        return;
    case 1:
        if (corner + rows <= SUM_LIMIT) {
            s_named(sum_block)(lower, x, y, weights, tiles, i, j, P, rows, 1, 1);
            return;
        }
        s_named(sum_block)(lower, x, y, weights, tiles, i, j, P, rows, 1, 0);
        break;
    case 2:
        if (corner + 2 * rows <= SUM_LIMIT) {
            s_named(sum_block)(lower, x, y, weights, tiles, i, j, P, rows, 2, 1);
            return;
        }
        s_named(sum_block)(lower, x, y, weights, tiles, i, j, P, rows, 2, 0);
        break;
    case 3:
        s_named(sum_block)(lower, x, y, weights, tiles, i, j, P, rows, 3, 0);
        break;
    }
    s_named(sum_block)(lower, x, y, weights, tiles, i, i, P, rows, 0, 1);
}

INLINE void s_named(sum_all)(
    double *lower, const REAL *x, const REAL *y, const REAL *weights, size_t tiles, size_t P)
{
    size_t i = 0;
    for (; i + SUM_ROWS <= P; i += SUM_ROWS) {
        s_named(sum_rows)(lower, x, y, weights, tiles, i, P, SUM_ROWS);
    }
    switch (P - i) {
    case 1:
        s_named(sum_rows)(lower, x, y, weights, tiles, i, P, 1);
        break;
    case 2:
        s_named(sum_rows)(lower, x, y, weights, tiles, i, P, 2);
        break;
#if SUM_ROWS > 3
    case 3:
        s_named(sum_rows)(lower, x, y, weights, tiles, i, P, 3);
        break;
    case 4:
        s_named(sum_rows)(lower, x, y, weights, tiles, i, P, 4);
        break;
    case 5:
        s_named(sum_rows)(lower, x, y, weights, tiles, i, P, 5);
        break;
#endif
    }
}

//  lower += lower triangle of x y^T.
static void s_named(add_lower_products)(
    double *lower, const REAL *x, const REAL *y, size_t tiles, size_t P)
{
    s_named(sum_all)(lower, x, y, 0, tiles, P);
}
