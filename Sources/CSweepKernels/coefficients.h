//  Constants shared by the scalar and the vector mathematics. The polynomials are Chebyshev
//  interpolants computed in 60-digit arithmetic, lowest power first; the error given is that of
//  the polynomial, before rounding.

#ifndef SWK_COEFFICIENTS_H
#define SWK_COEFFICIENTS_H

//  Adding this to |x| < 2^51 rounds x to an integer, in the low bits of the sum.
#define SWK_ROUND 0x1.8p52

//  ln 2 = high + low; high has 32 bits, so that its product with an exponent is exact.
#define SWK_LN2_HIGH 0x1.62e42feep-1
#define SWK_LN2_LOW 0x1.a39ef35793c76p-33
#define SWK_INVERSE_LN2 0x1.71547652b82fep+0

//  Below this exp(x) is taken to be 0 (it is smaller than 3.4e-308).
#define SWK_EXP_LOWEST -708.0

//  1 / sqrt(2) = high + low, 2 / sqrt(pi), 1 / sqrt(2 pi).
#define SWK_SQRT_HALF 0x1.6a09e667f3bcdp-1
#define SWK_SQRT_HALF_LOW -0x1.bdd3413b26456p-55
#define SWK_TWO_OVER_SQRT_PI 0x1.20dd750429b6dp+0
#define SWK_ONE_OVER_SQRT_TWO_PI 0x1.9884533d43651p-2

#define SWK_LEAK 0.01

//  (exp(r) - 1 - r) / r^2, |r| <= ln(2) / 2; 1.1e-16.
static const double swk_exp_coefficients[10] = {
    0x1.0000000000001p-1,  0x1.5555555555556p-3,  0x1.5555555553d56p-5,  0x1.11111111109afp-7,
    0x1.6c16c17890eb4p-10, 0x1.a01a01a7c73c0p-13, 0x1.a019b8f9792eep-16, 0x1.71de0da24602dp-19,
    0x1.28919ccaf9211p-22, 0x1.af38c67fbb53ep-26,
};

//  erf(x) / x in powers of x^2, |x| <= 1; 1.3e-19.
static const double swk_erf_coefficients[13] = {
    0x1.20dd750429b6dp+0,   -0x1.812746b0379e6p-2,  0x1.ce2f21a042b30p-4,
    -0x1.b82ce31284e00p-6,  0x1.565bcd0dbaa38p-8,   -0x1.c02db3dac435fp-11,
    0x1.f9a321d5b8e1ep-14,  -0x1.f4d1e3183f7aep-17, 0x1.b9df224ca4b97p-20,
    -0x1.5f1ecb6f0764cp-23, 0x1.f7b4bf3b13964p-27,  -0x1.389d4f2641625p-30,
    0x1.05ffd737fb32ep-34,
};

//  x exp(x^2) erfc(x) in powers of s = 1 - 8 / (x + 3), x >= 1; 5.1e-18.
static const double swk_erfc_coefficients[22] = {
    0x1.1b676431ca630p-1,   0x1.08cf82b79a11cp-5,   -0x1.474aa392f1a71p-5,
    0x1.de2fcddf9f6b7p-6,   -0x1.02a2def01cf89p-6,  0x1.a9ee2d41e390ap-8,
    -0x1.f94c9240f6e1ep-10, 0x1.4fc7083ac3dc8p-12,  0x1.a91dc9863abcap-16,
    -0x1.f1fd84819c99ap-16, 0x1.3d0fa26fac34cp-18,  0x1.b7b36eda16c6bp-20,
    -0x1.75b4f6b1435fep-21, -0x1.31c6ee1a711acp-24, 0x1.5613a723ae680p-24,
    0x1.00c6f2e072b50p-29,  -0x1.38d5cd4fcf6acp-27, 0x1.2c4aa455a3d07p-35,
    0x1.142d894d4aa12p-30,  0x1.382cdbc4c8f69p-40,  -0x1.4f9f43c579cbdp-34,
    -0x1.94bcf29002c18p-40,
};

//  (2 artanh(s) - 2 s) / s^3 in powers of s^2, |s| <= 3 - sqrt(8); 2.1e-18.
static const double swk_log_coefficients[8] = {
    0x1.5555555555555p-1, 0x1.9999999999a38p-2, 0x1.2492492476ba1p-2, 0x1.c71c72017a15cp-3,
    0x1.745cf8f6c9119p-3, 0x1.3b1c38474d3eep-3, 0x1.0fbe478772696p-3, 0x1.0c06cf14c641bp-3,
};

//  sin(2 pi f) / f in powers of f^2, |f| <= 1/8; 2.0e-17.
static const double swk_sine_coefficients[7] = {
    0x1.921fb54442d18p+2, -0x1.4abbce625be41p+5, 0x1.466bc677587f8p+6, -0x1.32d2cce2e5b19p+6,
    0x1.50782fda12d96p+5, -0x1.e30071afc3e59p+3, 0x1.e3f38399551bfp+1,
};

//  cos(2 pi f) in powers of f^2, |f| <= 1/8; 4.7e-17.
static const double swk_cosine_coefficients[7] = {
    0x1.0000000000000p+0, -0x1.3bd3cc9be458bp+4, 0x1.03c1f081b0780p+6, -0x1.55d3c7dbfd139p+6,
    0x1.e1f4fb60281f6p+5, -0x1.a6c9c1be9eb49p+4, 0x1.f3dbcea61b1a4p+2,
};

#endif
