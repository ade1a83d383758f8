//  The tables of the odd functions with both signs, made of those with one before main.

#include "families.h"
#include "tables.h"

#if SWK_HAS_X86_FAMILIES

double swk_signed_erf[2 * SWK_TABLE_MIDDLE + 2] __attribute__((aligned(64)));
double swk_signed_tanh[2 * SWK_TABLE_MIDDLE + 2] __attribute__((aligned(64)));

//  The middle is -0: -0 + -0 keeps the sign of a step of -0, and +0 + -0 is +0.
static void s_mirror(double *both, const double *table)
{
    for (int n = 0; n < SWK_TABLE_ENTRIES; n++) {
        double *above = both + SWK_TABLE_MIDDLE + 2 * n, *below = both + SWK_TABLE_MIDDLE - 2 * n;
        above[0] = table[2 * n];
        below[0] = -table[2 * n];
        below[1] = above[1] = table[2 * n + 1];
    }
}

static __attribute__((constructor)) void s_mirror_all(void)
{
    s_mirror(swk_signed_erf, swk_table_erf);
    s_mirror(swk_signed_tanh, swk_table_tanh);
}

#endif
