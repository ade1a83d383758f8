//  Constants of the noise: the generator ARS-7 (Salmon, Moraes, Dror, Shaw 2011, section 4.1: rounds of
//  AES with a Weyl sequence for a key schedule), and how its words become normals.
//
//  Normals come in groups of sixteen, from blocks 4 g ... 4 g + 3: word i < 8 of the first two blocks
//  and word i of the last two give normals i and i + 8. With a the first of them and b the second, as
//  a signed integer,
//
//      u = (a / 2) 2^-31 + 2^-32,   r = sqrt(-2 ln u),   t = b 2^-32
//      r cos(pi t) with the sign of a's lowest bit,   r sin(pi t).
//
//  Every multiply-add below is fused, in all families: the reference rounds it as the CPUs do.

#ifndef SWK_NOISE_H
#define SWK_NOISE_H

#include "CSweepKernels.h"

#define SWK_ARS_ROUNDS 7
#define SWK_ARS_WEYL_LOW 0x9E3779B97F4A7C15ULL
#define SWK_ARS_WEYL_HIGH 0xBB67AE8584CAA73BULL

#define SWK_NOISE_GROUP 16
#define SWK_NOISE_BLOCKS 4

//  u = 2^e (1 + f), sqrt(1/2) <= 1 + f < sqrt(2); these are sqrt(1/2)'s bits.
#define SWK_NOISE_BITS_SQRT_HALF 0x3F3504F3
//  -2 ln(1 + f) = -2 f + f^2 p(f): relative error 4e-8. EACH makes an initialiser of a number.
#define SWK_NOISE_LOGARITHM(EACH)                                                                \
    {EACH(0x1.fffffap-1f),  EACH(-0x1.5556f4p-1f), EACH(0x1.00049ap-1f),                         \
     EACH(-0x1.98d2c6p-2f), EACH(0x1.535d12p-2f),  EACH(-0x1.3184c4p-2f),                        \
     EACH(0x1.250574p-2f),  EACH(-0x1.65cbd8p-3f)}
#define SWK_NOISE_MINUS_TWO_LN2 -0x1.62e430p0f
//  sin(pi t) / t and cos(pi t) in powers of t^2: absolute error 5e-8 and 9e-8.
#define SWK_NOISE_SINE(EACH)                                                                     \
    {EACH(0x1.921fb4p+1f), EACH(-0x1.4abbb6p+2f), EACH(0x1.46676ep+1f), EACH(-0x1.3232fap-1f),   \
     EACH(0x1.3c4b2cp-4f)}
#define SWK_NOISE_COSINE(EACH)                                                                   \
    {EACH(0x1.fffffep-1f), EACH(-0x1.3bd3a6p+2f), EACH(0x1.03bd06p+2f), EACH(-0x1.54f61ap+0f),   \
     EACH(0x1.c1f064p-3f)}
#define SWK_NOISE_ONCE(number) number

//  The same constants spread over a register each, as in single_coefficients.h.
typedef float swk_noise_spread[8];

typedef struct {
    swk_noise_spread unit, half_unit, minus_one, minus_two, minus_two_ln2;
    swk_noise_spread logarithm[8], sine[5], cosine[5];
} swk_noise_constants;

extern const swk_noise_constants swk_noise_spread_constants;

//  Noise by plain code.
void swk_reference_noise(float *out, size_t count, swk_random_key key, uint64_t first_group);

//  By the AES instructions that this CPU has; every x86 family's.
void swk_x86_noise(float *out, size_t count, swk_random_key key, uint64_t first_group);

//  out[r * count + i], r < rows, i < count: normals number 16 * (first_group + r * row_groups) + i.
void swk_x86_noise_rows(
    float *out, size_t rows, size_t count, swk_random_key key, uint64_t first_group,
    uint64_t row_groups);

#endif
