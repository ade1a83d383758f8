//  Panels: triangular and full products from the left, and lower triangles of products of two
//  panels. Each vector family includes it once for double and once for single precision, with
//
//      REAL, VECTOR      an entry, and a register of entries
//      LANES, R_WIDTH    neurons of a tile, entries of a register
//      s_named(x)        the name of function x for this precision
//      R_FORWARD         the member of the table that forward is
//      r_load, r_store, r_splat, r_fma, r_store_sums
//                        as v_load and so on; r_store_sums gives doubles
//      r_note(greatest, x)
//                        has `greatest` take note of x, for r_activate
//      r_activate(value, slope, x, count, kind, greatest)
//                        as s_activate, for the arguments that `greatest` took note of

#define TILE_VECTORS (LANES / R_WIDTH)

#include "template_panel_products.h"
#include "template_panel_sums.h"

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
        vw greatest = f_splat_bits(0);
        s_named(multiply_lower)(value, factor, xi + at, count, P, &greatest);
        r_activate(
            value, slope ? slope + at : slope, value, count * tile_size, kind, greatest);
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
#undef MOST_VECTORS
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
#undef r_note
#undef r_activate
