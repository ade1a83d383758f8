//  Panels: triangular and full products from the left, and lower triangles of products of two
//  panels. Each vector family includes it once for double and once for single precision, with
//
//      REAL, VECTOR      an entry, and a register of entries
//      LANES, R_WIDTH    neurons of a tile, entries of a register
//      s_named(x)        the name of function x for this precision
//      R_FORWARD         the member of the table that forward is
//      r_load, r_store, r_splat, r_fma, r_store_sums
//                        as v_load and so on; r_store_sums gives doubles
//
//  A strip is STRIP_TILES tiles side by side. A block of rows of a product keeps its sums for one
//  strip in registers while it walks down the strip; the small matrix is broadcast. Only entries
//  inside the triangle are multiplied. The vectors of a strip are loaded before the first
//  broadcast: the other way round more values are alive than there are registers.

#define TILE_VECTORS (LANES / R_WIDTH)

//  Rows i ... i + rows - 1 of (matrix x), of the shape's triangle, times slope if there is one, for
//  a strip of `tiles` tiles. Entry (i + r, j) of the matrix is at corner[r * row_step + j *
//  column_step]. `rows`, `tiles`, `shape` and, but for rows that are not packed, row_step are
//  constants where it is inlined: an address that has to be computed costs as much as a multiply-add.
INLINE void s_named(strip_rows)(
    REAL *out, const REAL *slope, const REAL *corner, size_t row_step, size_t column_step,
    const REAL *x, size_t i, size_t P, const int rows, const int tiles, const s_shape shape)
{
    const size_t tile_size = P * LANES;
    const int vectors = tiles * TILE_VECTORS;
    VECTOR sum[BLOCK_ROWS][STRIP_TILES * TILE_VECTORS];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            sum[r][v] = r_splat(0);
        }
    }
    const size_t first = shape == TRANSPOSED_LOWER ? i + (size_t)rows : 0;
    const size_t last = shape == LOWER ? i : P;
    const REAL *column = corner + first * column_step;
    const REAL *from = x + first * LANES;
#pragma clang loop unroll_count(2)
    for (size_t j = first; j < last; j++) {
        VECTOR entry[STRIP_TILES * TILE_VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            entry[v] = r_load(
                from + (size_t)(v / TILE_VECTORS) * tile_size + v % TILE_VECTORS * R_WIDTH);
        }
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            const VECTOR weight = r_splat(column[(size_t)r * row_step]);
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) {
                sum[r][v] = r_fma(weight, entry[v], sum[r][v]);
            }
        }
        column += column_step;
        from += LANES;
    }
    if (shape != FULL) {
        column = corner + i * column_step;
        from = x + i * LANES;
#pragma clang loop unroll(full)
        for (int q = 0; q < rows; q++) {
            VECTOR entry[STRIP_TILES * TILE_VECTORS];
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) {
                entry[v] = r_load(
                    from + (size_t)(v / TILE_VECTORS) * tile_size + v % TILE_VECTORS * R_WIDTH);
            }
#pragma clang loop unroll(full)
            for (int r = 0; r < rows; r++) {
                if (shape == LOWER ? r >= q : r <= q) {
                    const VECTOR weight = r_splat(column[(size_t)r * row_step]);
#pragma clang loop unroll(full)
                    for (int v = 0; v < vectors; v++) {
                        sum[r][v] = r_fma(weight, entry[v], sum[r][v]);
                    }
                }
            }
            column += column_step;
            from += LANES;
        }
    }
    out += i * LANES;
    slope = slope ? slope + i * LANES : slope;
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            const size_t at = (size_t)(v / TILE_VECTORS) * tile_size
                + (size_t)(r * LANES + v % TILE_VECTORS * R_WIDTH);
            r_store(out + at, slope ? sum[r][v] * r_load(slope + at) : sum[r][v]);
        }
    }
}

//  One block of rows for every tile. In place (out = x) is allowed for TRANSPOSED_LOWER, whose
//  later rows do not need the earlier ones.
INLINE void s_named(all_strips)(
    REAL *out, const REAL *slope, const REAL *corner, size_t row_step, size_t column_step,
    const REAL *x, size_t tiles, size_t i, size_t P, const int rows, const s_shape shape)
{
    const size_t tile_size = P * LANES;
    size_t tile = 0;
    for (; tile + STRIP_TILES <= tiles; tile += STRIP_TILES) {
        const size_t at = tile * tile_size;
        s_named(strip_rows)(
            out + at, slope ? slope + at : slope, corner, row_step, column_step, x + at, i, P, rows,
            STRIP_TILES, shape);
    }
    for (; tile < tiles; tile++) {
        const size_t at = tile * tile_size;
        s_named(strip_rows)(
            out + at, slope ? slope + at : slope, corner, row_step, column_step, x + at, i, P, rows,
            1, shape);
    }
}

//  Columns up to which the rows of a lower triangle are packed.
#define PACKED_COLUMNS 256

//  The same, with the entries of a column side by side: so they are in the transposed triangle and in
//  a symmetric matrix; those of the lower triangle are copied.
INLINE void s_named(block_of_rows)(
    REAL *out, const REAL *slope, const REAL *matrix, const REAL *x, size_t tiles, size_t i,
    size_t P, const int rows, const s_shape shape)
{
    if (shape != LOWER) {
        s_named(all_strips)(out, slope, matrix + i, 1, P, x, tiles, i, P, rows, shape);
        return;
    }
    const REAL *corner = matrix + i * P;
    if (i + (size_t)rows > PACKED_COLUMNS) {
        s_named(all_strips)(out, slope, corner, P, 1, x, tiles, i, P, rows, shape);
        return;
    }
    REAL packed[BLOCK_ROWS * PACKED_COLUMNS];
    for (size_t j = 0; j < i + (size_t)rows; j++) {
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            packed[j * (size_t)rows + (size_t)r] = corner[(size_t)r * P + j];
        }
    }
    s_named(all_strips)(
        out, slope, packed, 1, (size_t)rows, x, tiles, i, P, rows, shape);
}

INLINE void s_named(multiply)(
    REAL *out, const REAL *slope, const REAL *matrix, const REAL *x, size_t tiles, size_t P,
    const s_shape shape)
{
    size_t i = 0;
    for (; i + BLOCK_ROWS <= P; i += BLOCK_ROWS) {
        s_named(block_of_rows)(out, slope, matrix, x, tiles, i, P, BLOCK_ROWS, shape);
    }
    switch (P - i) {
    case 1:
        s_named(block_of_rows)(out, slope, matrix, x, tiles, i, P, 1, shape);
        break;
    case 2:
        s_named(block_of_rows)(out, slope, matrix, x, tiles, i, P, 2, shape);
        break;
    case 3:
        s_named(block_of_rows)(out, slope, matrix, x, tiles, i, P, 3, shape);
        break;
    case 4:
        s_named(block_of_rows)(out, slope, matrix, x, tiles, i, P, 4, shape);
        break;
    case 5:
        s_named(block_of_rows)(out, slope, matrix, x, tiles, i, P, 5, shape);
        break;
    }
}

static void s_named(multiply_lower)(
    REAL *out, const REAL *factor, const REAL *x, size_t tiles, size_t P)
{
    s_named(multiply)(out, 0, factor, x, tiles, P, LOWER);
}

static void s_named(multiply_full)(
    REAL *out, const REAL *slope, const REAL *weight, const REAL *x, size_t tiles, size_t P)
{
    s_named(multiply)(out, slope, weight, x, tiles, P, FULL);
}

static void s_named(multiply_transposed)(
    REAL *inout, const REAL *factor, size_t tiles, size_t P)
{
    s_named(multiply)(inout, 0, factor, inout, tiles, P, TRANSPOSED_LOWER);
}

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

//  Tiles handled at once, so that one group of one panel stays in the first-level cache, or, for
//  large P, in the second.
INLINE size_t s_named(group_tiles)(size_t P)
{
    enum { GROUP_BYTES = 12288, LEAST = 8 };
    size_t tiles = GROUP_BYTES / (P * LANES * sizeof(REAL));
    tiles -= tiles % STRIP_TILES;
    return tiles < LEAST ? LEAST : tiles;
}

static void s_named(forward)(
    REAL *phi, REAL *slope, double *gram, const REAL *xi, const REAL *factor, size_t tiles,
    size_t P, swk_activation kind)
{
    enum { SCRATCH = 16384 };
    const size_t tile_size = P * LANES;
    if (!phi && tile_size > SCRATCH) {
        swk_reference.R_FORWARD(phi, slope, gram, xi, factor, tiles, P, kind);
        return;
    }
    REAL scratch[SCRATCH];
    size_t group = s_named(group_tiles)(P);
    if (!phi && group * tile_size > SCRATCH) {
        group = SCRATCH / tile_size;
    }
    if (gram) {
        s_clear_lower(gram, P);
    }
    for (size_t tile = 0; tile < tiles; tile += group) {
        const size_t count = tiles - tile < group ? tiles - tile : group;
        const size_t at = tile * tile_size;
        REAL *value = phi ? phi + at : scratch;
        s_named(multiply_lower)(value, factor, xi + at, count, P);
        s_named(activate)(value, slope ? slope + at : slope, value, count * tile_size, kind);
        if (gram) {
            s_named(add_lower_products)(gram, value, value, count, P);
        }
    }
}

static void s_named(backward)(
    REAL *gradient, double *projection, const REAL *phi, const REAL *slope, const REAL *xi,
    const REAL *weight, const REAL *factor, size_t tiles, size_t P)
{
    const size_t tile_size = P * LANES;
    const size_t group = s_named(group_tiles)(P);
    if (projection) {
        s_clear_lower(projection, P);
    }
    for (size_t tile = 0; tile < tiles; tile += group) {
        const size_t count = tiles - tile < group ? tiles - tile : group;
        const size_t at = tile * tile_size;
        s_named(multiply_full)(gradient + at, slope + at, weight, phi + at, count, P);
        s_named(multiply_transposed)(gradient + at, factor, count, P);
        if (projection) {
            s_named(add_lower_products)(projection, gradient + at, xi + at, count, P);
        }
    }
}

#undef TILE_VECTORS
#undef PACKED_COLUMNS
#undef REAL
#undef VECTOR
#undef LANES
#undef R_WIDTH
#undef R_FORWARD
#undef s_named
#undef r_load
#undef r_store
#undef r_splat
#undef r_fma
#undef r_store_sums
