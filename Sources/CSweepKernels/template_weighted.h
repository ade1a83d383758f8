//  Sums over neurons (or draws) with a weight each: what tilted expectations are made of. Included
//  once by each vector family, after the panels.

//  Doubles of a group of tiles on the stack.
#define WEIGHTED_SCRATCH 16384

//  Points of the largest matrix that is copied to the stack.
#define FOLDED_POINTS 64

//  Tiles at once; 0 where not even one fits.
INLINE size_t s_weighted_tiles(size_t P)
{
    const size_t group = s_group_tiles(P), most = WEIGHTED_SCRATCH / (P * SWK_LANES);
    return group < most ? group : most;
}

static void s_quadratic_forms(
    double *out, const double *x, const double *matrix, size_t tiles, size_t P)
{
    const size_t tile_size = P * SWK_LANES, group = s_weighted_tiles(P);
    if (group == 0) {
        swk_reference.quadratic_forms(out, x, matrix, tiles, P);
        return;
    }
    double scratch[WEIGHTED_SCRATCH];
    //  What is above the diagonal counts twice below it.
    double folded[FOLDED_POINTS * FOLDED_POINTS];
    for (size_t a = 0; P <= FOLDED_POINTS && a < P; a++) {
        for (size_t b = 0; b <= a; b++) {
            folded[a * P + b] = (a == b ? 1 : 2) * matrix[a * P + b];
        }
    }
    for (size_t tile = 0; tile < tiles; tile += group) {
        const size_t count = tiles - tile < group ? tiles - tile : group;
        const double *from = x + tile * tile_size;
        if (P <= FOLDED_POINTS) {
            s_multiply(scratch, from, folded, from, count, P, LOWER);
        } else {
            s_multiply_full(scratch, from, matrix, from, count, P);
        }
        for (size_t t = 0; t < count; t++) {
            for (size_t lane = 0; lane < SWK_LANES; lane += WIDTH) {
                vd sum = v_splat(0);
                for (size_t a = 0; a < P; a++) {
                    sum = sum + v_load(scratch + t * tile_size + a * SWK_LANES + lane);
                }
                v_store(out + (tile + t) * SWK_LANES + lane, sum);
            }
        }
    }
}

static void s_weighted_products(
    double *lower, const double *x, const double *weights, size_t tiles, size_t P)
{
    const size_t tile_size = P * SWK_LANES, group = s_weighted_tiles(P);
    if (group == 0) {
        swk_reference.weighted_products(lower, x, weights, tiles, P);
        return;
    }
    double scratch[WEIGHTED_SCRATCH];
    s_clear_lower(lower, P);
    for (size_t tile = 0; tile < tiles; tile += group) {
        const size_t count = tiles - tile < group ? tiles - tile : group;
        const double *from = x + tile * tile_size;
        for (size_t t = 0; t < count; t++) {
            for (size_t lane = 0; lane < SWK_LANES; lane += WIDTH) {
                const vd weight = v_load(weights + (tile + t) * SWK_LANES + lane);
                for (size_t a = 0; a < P; a++) {
                    const size_t at = t * tile_size + a * SWK_LANES + lane;
                    v_store(scratch + at, weight * v_load(from + at));
                }
            }
        }
        s_add_lower_products(lower, scratch, from, count, P);
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
