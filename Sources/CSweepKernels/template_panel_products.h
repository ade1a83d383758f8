//  Triangular and full products of a small matrix with a panel: a part of template_panels.h.
//
//  A strip is a few tiles side by side. A block of rows of a product keeps its sums for one strip in
//  registers while it walks down the strip; the small matrix is broadcast. Only entries inside the
//  triangle are multiplied.

//  Vectors of the widest strip.
#define MOST_VECTORS (MOST_TILES * TILE_VECTORS)

//  sum += column x row, the outer product of `rows` entries of the matrix, row_step apart, and a row of
//  a strip. Whatever of the two is fewer is loaded first: else more values are alive than there are
//  registers. Entries of the product above or below the diagonal q are left out.
INLINE void s_named(add_outer)(
    VECTOR sum[BLOCK_ROWS][MOST_VECTORS], const REAL *column, size_t row_step, const REAL *x,
    size_t tile_size, const int rows, const int tiles, const s_shape shape, const int q)
{
    const int vectors = tiles * TILE_VECTORS, by_rows = rows < vectors;
    VECTOR weight[BLOCK_ROWS], entry[MOST_VECTORS];
#pragma clang loop unroll(full)
    for (int r = 0; by_rows && r < rows; r++) {
        weight[r] = r_splat(column[(size_t)r * row_step]);
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        entry[v] = r_load(x + (size_t)(v / TILE_VECTORS) * tile_size + v % TILE_VECTORS * R_WIDTH);
#pragma clang loop unroll(full)
        for (int r = 0; by_rows && r < rows; r++) {
            if (shape == FULL || (shape == LOWER ? r >= q : r <= q)) {
                sum[r][v] = r_fma(weight[r], entry[v], sum[r][v]);
            }
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; !by_rows && r < rows; r++) {
        if (shape == FULL || (shape == LOWER ? r >= q : r <= q)) {
            weight[r] = r_splat(column[(size_t)r * row_step]);
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) {
                sum[r][v] = r_fma(weight[r], entry[v], sum[r][v]);
            }
        }
    }
}

//  sum += columns first ... last - 1 of a block of rows times those rows of a strip.
INLINE void s_named(add_columns)(
    VECTOR sum[BLOCK_ROWS][MOST_VECTORS], const REAL *corner, size_t row_step, size_t column_step,
    const REAL *x, size_t first, size_t last, size_t tile_size, const int rows, const int tiles)
{
    const REAL *column = corner + first * column_step;
    const REAL *from = x + first * LANES;
#pragma clang loop unroll_count(2)
    for (size_t j = first; j < last; j++) {
        s_named(add_outer)(sum, column, row_step, from, tile_size, rows, tiles, FULL, 0);
        column += column_step;
        from += LANES;
    }
}

//  Rows i ... i + rows - 1 of (matrix x), of the shape's triangle, times slope if there is one, for
//  a strip of `tiles` tiles. Entry (i + r, j) of the matrix is at corner[r * row_step + j *
//  column_step]. `rows`, `tiles` and `shape` are constants where it is inlined, and where there are
//  more than three rows row_step should be: an address that has to be computed costs as much as a
//  multiply-add.
INLINE void s_named(strip_rows)(
    REAL *out, const REAL *slope, const REAL *corner, size_t row_step, size_t column_step,
    const REAL *x, size_t i, size_t P, const int rows, const int tiles, const s_shape shape,
    vw *greatest)
{
    const size_t tile_size = P * LANES;
    const int vectors = tiles * TILE_VECTORS;
    VECTOR sum[BLOCK_ROWS][MOST_VECTORS];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            sum[r][v] = r_splat(0);
        }
    }
    s_named(add_columns)(
        sum, corner, row_step, column_step, x,
        shape == TRANSPOSED_LOWER ? i + (size_t)rows : 0, shape == LOWER ? i : P, tile_size, rows,
        tiles);
    if (shape != FULL) {
#pragma clang loop unroll(full)
        for (int q = 0; q < rows; q++) {
            s_named(add_outer)(
                sum, corner + (i + (size_t)q) * column_step, row_step, x + (i + (size_t)q) * LANES,
                tile_size, rows, tiles, shape, q);
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
            if (greatest) {
                *greatest = r_note(*greatest, sum[r][v]);
            }
            r_store(out + at, slope ? sum[r][v] * r_load(slope + at) : sum[r][v]);
        }
    }
}

//  One block of rows for every tile, in strips of `strip`. In place (out = x) is allowed for
//  TRANSPOSED_LOWER, whose later rows do not need the earlier ones. The entries of a column are side
//  by side in the transposed triangle and in a symmetric matrix.
INLINE void s_named(block_of_rows)(
    REAL *out, const REAL *slope, const REAL *matrix, const REAL *x, size_t tiles, size_t i,
    size_t P, const int rows, const int strip, const s_shape shape, vw *greatest)
{
    const size_t tile_size = P * LANES;
    const REAL *corner = shape == LOWER ? matrix + i * P : matrix + i;
    const size_t row_step = shape == LOWER ? P : 1, column_step = shape == LOWER ? 1 : P;
    size_t tile = 0;
    for (; tile + (size_t)strip <= tiles; tile += (size_t)strip) {
        const size_t at = tile * tile_size;
        s_named(strip_rows)(
            out + at, slope ? slope + at : slope, corner, row_step, column_step, x + at, i, P, rows,
            strip, shape, greatest);
    }
    for (; tile < tiles; tile++) {
        const size_t at = tile * tile_size;
        s_named(strip_rows)(
            out + at, slope ? slope + at : slope, corner, row_step, column_step, x + at, i, P, rows,
            1, shape, greatest);
    }
}

//  In blocks of at most `block` rows. The order of the terms of a sum depends on it for
//  TRANSPOSED_LOWER alone.
INLINE void s_named(multiply)(
    REAL *out, const REAL *slope, const REAL *matrix, const REAL *x, size_t tiles, size_t P,
    const int block, const int strip, const s_shape shape, vw *greatest)
{
    for (size_t i = 0; i < P;) {
        const size_t rows = P - i < (size_t)block ? P - i : (size_t)block;
        switch (rows) {
        case 1:
            s_named(block_of_rows)(
                out, slope, matrix, x, tiles, i, P, 1, strip, shape, greatest);
            break;
        case 2:
            s_named(block_of_rows)(
                out, slope, matrix, x, tiles, i, P, 2, strip, shape, greatest);
            break;
        case 3:
            s_named(block_of_rows)(
                out, slope, matrix, x, tiles, i, P, 3, strip, shape, greatest);
            break;
        case 4:
            s_named(block_of_rows)(
                out, slope, matrix, x, tiles, i, P, 4, strip, shape, greatest);
            break;
        case 5:
            s_named(block_of_rows)(
                out, slope, matrix, x, tiles, i, P, 5, strip, shape, greatest);
            break;
        default:
            s_named(block_of_rows)(
                out, slope, matrix, x, tiles, i, P, BLOCK_ROWS, strip, shape, greatest);
        }
        i += rows;
    }
}

static void s_named(multiply_lower)(
    REAL *out, const REAL *factor, const REAL *x, size_t tiles, size_t P, vw *greatest)
{
    s_named(multiply)(out, 0, factor, x, tiles, P, LOWER_ROWS, LOWER_TILES, LOWER, greatest);
}

static void s_named(multiply_full)(
    REAL *out, const REAL *slope, const REAL *weight, const REAL *x, size_t tiles, size_t P)
{
    s_named(multiply)(out, slope, weight, x, tiles, P, BLOCK_ROWS, STRIP_TILES, FULL, 0);
}

static void s_named(multiply_transposed)(
    REAL *inout, const REAL *factor, size_t tiles, size_t P)
{
    s_named(multiply)(
        inout, 0, factor, inout, tiles, P, BLOCK_ROWS, STRIP_TILES, TRANSPOSED_LOWER, 0);
}
