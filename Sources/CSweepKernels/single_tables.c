//  The constants of erf in single precision, spread over registers.

#include "single_coefficients.h"

#define SPREAD(x) {x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}

//  ln 2 = ln2_high + ln2_low; the first has 16 bits, so that its product with an exponent is exact.
__typeof__(swk_single_erf) swk_single_erf __attribute__((aligned(64))) = {
    .gaussian_end = SPREAD(9),
    .end = SPREAD(4),
    .half = SPREAD(0.5f),
    .one = SPREAD(1),
    .inverse_ln2 = SPREAD(0x1.715476p+0f),
    .round = SPREAD(0x1.8p23f),
    .ln2_high = SPREAD(0x1.62e4p-1f),
    .ln2_low = SPREAD(0x1.7f7d1cp-20f),
    .slope = SPREAD(0x1.20dd76p+0f),
    .exponential = {
        SPREAD(0x1.000000p-1f),
        SPREAD(0x1.5554dep-3f),
        SPREAD(0x1.55551ap-5f),
        SPREAD(0x1.120b62p-7f),
        SPREAD(0x1.6d10fcp-10f),
    },
    .inner = {
        SPREAD(0x1.20dd74p+0f),
        SPREAD(-0x1.81273ep-2f),
        SPREAD(0x1.ce2d10p-4f),
        SPREAD(-0x1.b7fabap-6f),
        SPREAD(0x1.541270p-8f),
        SPREAD(-0x1.a45088p-11f),
        SPREAD(0x1.4a5690p-14f),
    },
    .outer = {
        SPREAD(0x1.5d23c4p-10f),
        SPREAD(0x1.0ec75cp-2f),
        SPREAD(0x1.83cceep-2f),
        SPREAD(-0x1.ee74b0p-6f),
        SPREAD(0x1.357d5ep-1f),
        SPREAD(-0x1.c017fap-3f),
    },
};
