//  Sums over neurons (or draws) with a weight each: what tilted expectations are made of. Included
//  once by each vector family, after the panels.

//  Adds to totals, one vector after the other, what rows i ... i + rows - 1 of a symmetric matrix, of
//  which the lower triangle is read, give of the form for a tile. The sums never leave the registers.
//  `rows` is constant where it is inlined.
INLINE void s_form_rows(
    vd *totals, const double *lower, const double *x, size_t i, size_t P, const int rows)
{
    enum { VECTORS = SWK_LANES / WIDTH };
    vd sum[BLOCK_ROWS][VECTORS];
#pragma clang loop unroll(full)
    for (int n = 0; n < rows * VECTORS; n++) {
        sum[n / VECTORS][n % VECTORS] = v_splat(0);
    }
    for (size_t j = 0; j < i; j++) {
        vd entry[VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < VECTORS; v++) {
            entry[v] = v_load(x + j * SWK_LANES + (size_t)v * WIDTH);
        }
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            const vd weight = v_splat(lower[(i + (size_t)r) * P + j]);
#pragma clang loop unroll(full)
            for (int v = 0; v < VECTORS; v++) {
                sum[r][v] = v_fma(weight, entry[v], sum[r][v]);
            }
        }
    }
#pragma clang loop unroll(full)
    for (int q = 0; q < rows; q++) {
        vd entry[VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < VECTORS; v++) {
            entry[v] = v_load(x + (i + (size_t)q) * SWK_LANES + (size_t)v * WIDTH);
        }
#pragma clang loop unroll(full)
        for (int r = q + 1; r < rows; r++) {
            const vd weight = v_splat(lower[(i + (size_t)r) * P + i + (size_t)q]);
#pragma clang loop unroll(full)
            for (int v = 0; v < VECTORS; v++) {
                sum[r][v] = v_fma(weight, entry[v], sum[r][v]);
            }
        }
        //  Row q is whole; what is below the diagonal is above it too.
        const vd own = v_splat(lower[(i + (size_t)q) * P + i + (size_t)q]);
#pragma clang loop unroll(full)
        for (int v = 0; v < VECTORS; v++) {
            const vd row = v_fma(own, entry[v], sum[q][v] + sum[q][v]);
            totals[v] = v_fma(row, entry[v], totals[v]);
        }
    }
}

static void s_quadratic_forms(
    double *out, const double *x, const double *matrix, size_t tiles, size_t P)
{
    enum { VECTORS = SWK_LANES / WIDTH };
    for (size_t tile = 0; tile < tiles; tile++) {
        const double *from = x + tile * P * SWK_LANES;
        vd totals[VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < VECTORS; v++) {
            totals[v] = v_splat(0);
        }
        size_t i = 0;
        for (; i + BLOCK_ROWS <= P; i += BLOCK_ROWS) {
            s_form_rows(totals, matrix, from, i, P, BLOCK_ROWS);
        }
        for (; i + 3 <= P; i += 3) {
            s_form_rows(totals, matrix, from, i, P, 3);
        }
        for (; i < P; i++) {
            s_form_rows(totals, matrix, from, i, P, 1);
        }
#pragma clang loop unroll(full)
        for (int v = 0; v < VECTORS; v++) {
            v_store(out + tile * SWK_LANES + (size_t)v * WIDTH, totals[v]);
        }
    }
}

//  Tiles at once are twice those of other sums: their panel is all that the first-level cache holds.
static void s_weighted_products(
    double *lower, const double *x, const double *weights, size_t tiles, size_t P)
{
    const size_t group = 2 * s_group_tiles(P);
    s_clear_lower(lower, P);
    for (size_t tile = 0; tile < tiles; tile += group) {
        const double *from = x + tile * P * SWK_LANES;
        s_sum_all(
            lower, from, from, weights + tile * SWK_LANES,
            tiles - tile < group ? tiles - tile : group, P);
    }
}

static void s_exponentials(double *out, const double *x, size_t count)
{
    size_t i = 0;
    for (; i + WIDTH <= count; i += WIDTH) {
        v_store(out + i, s_exp(v_load(x + i), v_splat(0)));
    }
    if (i < count) {
        double rest[WIDTH] = {0};
        memcpy(rest, x + i, (count - i) * sizeof *x);
        v_store(rest, s_exp(v_load(rest), v_splat(0)));
        memcpy(out + i, rest, (count - i) * sizeof *x);
    }
}
