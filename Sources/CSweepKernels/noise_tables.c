//  The constants of the noise, spread over registers.

#include "noise.h"

#define SPREAD(x) {x, x, x, x, x, x, x, x}

const swk_noise_constants swk_noise_spread_constants __attribute__((aligned(64))) = {
    .unit = SPREAD(0x1p-31f),
    .half_unit = SPREAD(0x1p-32f),
    .minus_one = SPREAD(-1),
    .minus_two = SPREAD(-2),
    .minus_two_ln2 = SPREAD(SWK_NOISE_MINUS_TWO_LN2),
    .logarithm = SWK_NOISE_LOGARITHM(SPREAD),
    .sine = SWK_NOISE_SINE(SPREAD),
    .cosine = SWK_NOISE_COSINE(SPREAD),
};
