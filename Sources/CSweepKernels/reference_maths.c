#include "reference_maths.h"

#include "coefficients.h"
#include "philox.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

//  Pairs of terms in powers of x^2: half as long a chain of operations as Horner's rule.
static double s_polynomial(const double *coefficient, int count, double x)
{
    double square = x * x;
    int i = (count - 1) / 2 * 2;
    double sum = i + 1 < count ? coefficient[i] + coefficient[i + 1] * x : coefficient[i];
    for (i -= 2; i >= 0; i -= 2) {
        sum = (coefficient[i] + coefficient[i + 1] * x) + square * sum;
    }
    return sum;
}

static double s_from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint64_t s_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double s_absolute(double x)
{
    return s_from_bits(s_bits(x) & ~(1ULL << 63));
}

//  The sign of x on a value that is not negative.
static double s_signed_like(double value, double x)
{
    return s_from_bits(s_bits(s_absolute(value)) | (s_bits(x) & (1ULL << 63)));
}

//  Large arguments that no longer matter are brought back, so that 0 times infinity never occurs;
//  NaN passes.
static double s_clamped(double x, double limit)
{
    return x > limit ? limit : (x < -limit ? -limit : x);
}

//  x = exponent ln 2 + r, |r| <= ln(2) / 2; power = 2^exponent, rest = exp(r) - 1.
typedef struct {
    double power, rest;
} s_reduced;

//  For x = high + low, -708 < high <= 0, |low| small.
static s_reduced s_reduce(double high, double low)
{
    double shifted = high * SWK_INVERSE_LN2 + SWK_ROUND;
    double exponent = shifted - SWK_ROUND;
    double r = (high - exponent * SWK_LN2_HIGH) - exponent * SWK_LN2_LOW + low;
    uint64_t biased = (uint64_t)((int64_t)exponent + 1023);
    return (s_reduced){
        s_from_bits(biased << 52), r + r * r * s_polynomial(swk_exp_coefficients, 10, r)};
}

//  exp(high + low), high <= 0.
static double s_exp(double high, double low)
{
    if (high != high) {
        return high;
    }
    if (high < SWK_EXP_LOWEST) {
        return 0;
    }
    s_reduced x = s_reduce(high, low);
    return x.power * (1 + x.rest);
}

//  exp(x) - 1, x <= 0, small x included.
static double s_exp_minus_1(double x)
{
    if (x != x) {
        return x;
    }
    if (x < SWK_EXP_LOWEST) {
        return -1;
    }
    s_reduced y = s_reduce(x, 0);
    return y.power * y.rest + (y.power - 1);
}

//  exp(-scale x^2) for scale 1 or 1/2, |x| <= 100: the square is split, because its rounding error
//  would be magnified by x^2. The head of x has 24 bits, and its square is exact.
static double s_gaussian(double x, double scale)
{
    double head = (double)(float)x;
    return s_exp(-scale * (head * head), -scale * ((x - head) * (x + head)));
}

//  x exp(x^2) erfc(x), x >= 1.
static double s_scaled_erfc(double x)
{
    return s_polynomial(swk_erfc_coefficients, 22, 1 - 8 / (x + 3));
}

swk_jet swk_reference_erf(double x)
{
    double a = s_clamped(s_absolute(x), 100);
    double gaussian = s_gaussian(a, 1);
    double value;
    if (a < 1) {
        value = a * s_polynomial(swk_erf_coefficients, 13, a * a);
    } else {
        value = 1 - gaussian * s_scaled_erfc(a) / a;
    }
    return (swk_jet){s_signed_like(value, x), SWK_TWO_OVER_SQRT_PI * gaussian};
}

//  tanh|x| = (1 - e) / (1 + e), e = exp(-2|x|).
swk_jet swk_reference_tanh(double x)
{
    double below = s_exp_minus_1(-2 * s_absolute(x));
    double e = s_exp(-2 * s_absolute(x), 0);
    double denominator = 2 + below;
    double value = -below / denominator;
    return (swk_jet){s_signed_like(value, x), 4 * e / (denominator * denominator)};
}

//  x sigma(x), slope sigma(x) (1 + x sigma(-x)).
swk_jet swk_reference_silu(double x)
{
    double e = s_exp(-s_absolute(x), 0);
    double large = 1 / (1 + e);
    double small = e / (1 + e);
    double sigma = x < 0 ? small : large;
    double complement = x < 0 ? large : small;
    double held = s_clamped(x, 1000);
    return (swk_jet){(x < 0 ? held : x) * sigma, sigma * (1 + held * complement)};
}

//  x Phi(x), slope Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi). The tail is computed, and not one minus
//  the rest, so that large negative x keep their relative accuracy.
swk_jet swk_reference_gelu(double x)
{
    double a = s_clamped(s_absolute(x), 100);
    double u = a * SWK_SQRT_HALF;
    double gaussian = s_gaussian(a, 0.5);
    double tail;
    if (u < 1) {
        tail = 0.5 - 0.5 * (u * s_polynomial(swk_erf_coefficients, 13, u * u));
    } else {
        tail = 0.5 * (gaussian * s_scaled_erfc(u) / u);
    }
    double distribution = x < 0 ? tail : 1 - tail;
    double held = s_clamped(x, 100);
    double value = (x < 0 ? held : x) * distribution;
    return (swk_jet){value, distribution + held * (SWK_ONE_OVER_SQRT_TWO_PI * gaussian)};
}

swk_jet swk_reference_elu(double x)
{
    if (x < 0) {
        return (swk_jet){s_exp_minus_1(x), s_exp(x, 0)};
    }
    return (swk_jet){x, 1};
}

//  ln(x) for 2^-53 <= x <= 1. With x = 2^e (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), and
//  s = f / (2 + f): ln(1 + f) = f - (f^2/2 - s (f^2/2 + R)), R = (2 artanh(s) - 2 s) / s.
static double s_log(double x)
{
    uint64_t bits = s_bits(x) + (SWK_BITS_ONE - SWK_BITS_SQRT_HALF);
    double exponent = (double)(int64_t)(bits >> 52) - 1023;
    double f = s_from_bits((bits & SWK_BITS_MANTISSA) + SWK_BITS_SQRT_HALF) - 1;
    double s = f / (2 + f);
    double z = s * s;
    double rest = z * s_polynomial(swk_log_coefficients, 8, z);
    double half_square = 0.5 * f * f;
    double low = s * (half_square + rest) + exponent * SWK_LN2_LOW;
    return exponent * SWK_LN2_HIGH - ((half_square - low) - f);
}

//  The vector families repeat these operations one by one: same order, no fused multiply-add, so
//  that all families give the same normals.
void swk_reference_box_muller(double out[2], const uint32_t word[4])
{
    uint64_t k1 = ((uint64_t)word[1] << 32 | word[0]) >> 11;
    uint64_t k2 = ((uint64_t)word[3] << 32 | word[2]) >> 11;
    double radius = __builtin_sqrt(-2 * s_log((double)(int64_t)(k1 + 1) * SWK_UNIFORM_UNIT));
    uint64_t quarter = (k2 + SWK_HALF_QUARTER_TURN) >> SWK_QUARTER_TURN_BITS;
    double f = (double)(int64_t)(k2 - (quarter << SWK_QUARTER_TURN_BITS)) * SWK_UNIFORM_UNIT;
    double z = f * f;
    double sine = f * s_polynomial(swk_sine_coefficients, 7, z);
    double cosine = s_polynomial(swk_cosine_coefficients, 7, z);
    double x = quarter & 1 ? sine : cosine;
    double y = quarter & 1 ? cosine : sine;
    out[0] = radius * ((quarter + 1) & 2 ? -x : x);
    out[1] = radius * (quarter & 2 ? -y : y);
}

swk_jet swk_reference_activation(double x, swk_activation kind)
{
    switch (kind) {
    case SWK_ERF:
        return swk_reference_erf(x);
    case SWK_TANH:
        return swk_reference_tanh(x);
    case SWK_RELU:
        return x <= 0 ? (swk_jet){0, 0} : (swk_jet){x, 1};
    case SWK_LEAKY_RELU:
        return x <= 0 ? (swk_jet){0.01 * x, 0.01} : (swk_jet){x, 1};
    case SWK_LINEAR:
        break;
    case SWK_SILU:
        return swk_reference_silu(x);
    case SWK_GELU:
        return swk_reference_gelu(x);
    case SWK_ELU:
        return swk_reference_elu(x);
    }
    return (swk_jet){x, 1};
}

double swk_reference_exp(double x)
{
    return s_exp(x, 0);
}
