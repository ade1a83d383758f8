//  Constants of the mathematics in single precision, as in coefficients.h.

#ifndef SWK_SINGLE_COEFFICIENTS_H
#define SWK_SINGLE_COEFFICIENTS_H

//  Bits of sqrt(1/2).
#define SWK_SINGLE_BITS_SQRT_HALF 0x3F3504F3u

//  (ln(1 + f) - f + f^2 / 2) / f^3, sqrt(1/2) <= 1 + f <= sqrt(2); 1.9e-7.
static const float swk_single_log_coefficients[8] = {
    0x1.555554p-2f, -0x1.0000cep-2f, 0x1.999f14p-3f, -0x1.54d03ep-3f, 0x1.231ce6p-3f,
    -0x1.0a33eap-3f, 0x1.02814ep-3f, -0x1.43b246p-4f,
};

//  sin(2 pi f) / f in powers of f^2, |f| <= 1/8; 1.9e-8.
static const float swk_single_sine_coefficients[4] = {
    0x1.921fb6p+2f, -0x1.4abbbap+5f, 0x1.465ec4p+6f, -0x1.2d9b40p+6f,
};

//  cos(2 pi f) in powers of f^2, |f| <= 1/8; 4.8e-11.
static const float swk_single_cosine_coefficients[5] = {
    0x1.000000p+0f, -0x1.3bd3ccp+4f, 0x1.03c1dcp+6f, -0x1.55c57ap+6f, 0x1.d9c2e8p+5f,
};

//  The constants of erf, each as often as the widest register has lanes: an instruction takes such a
//  one straight from memory, while one that stands there once has to be loaded by another.
typedef float swk_spread[16];

extern const struct {
    swk_spread gaussian_end, end, half, one, inverse_ln2, round, ln2_high, ln2_low, slope;
    //  (exp(r) - 1 - r) / r^2, |r| <= ln(2) / 2; 6.5e-8.
    swk_spread exponential[5];
    //  erf(x) / x in powers of x^2, |x| <= 1; 1.2e-9.
    swk_spread inner[7];
    //  exp(x^2) erfc(x) in powers of 1 / (1 + x / 2), 1 <= x <= 4; 4.9e-8.
    swk_spread outer[6];
} swk_single_erf;

#endif
