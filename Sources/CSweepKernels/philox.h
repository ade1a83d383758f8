//  Constants of Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy
//  as 1, 2, 3"), and how its bits become uniforms.

#ifndef SWK_PHILOX_H
#define SWK_PHILOX_H

#include <stdint.h>

#define SWK_PHILOX_ROUNDS 10
#define SWK_PHILOX_MULTIPLIER_0 0xD2511F53u
#define SWK_PHILOX_MULTIPLIER_1 0xCD9E8D57u
#define SWK_PHILOX_WEYL_0 0x9E3779B9u
#define SWK_PHILOX_WEYL_1 0xBB67AE85u

//  With k1 the top 53 bits of words 1:0 and k2 those of words 3:2, u1 = (k1 + 1) / 2^53 and
//  u2 = k2 / 2^53 = quarter / 4 + f with |f| <= 1/8.
#define SWK_HALF_QUARTER_TURN (1ULL << 50)
#define SWK_QUARTER_TURN_BITS 51
#define SWK_UNIFORM_UNIT 0x1p-53

//  Bits of 1.0 and of sqrt(1/2), for the mantissa and the exponent of u1.
#define SWK_BITS_ONE 0x3FF0000000000000ULL
#define SWK_BITS_SQRT_HALF 0x3FE6A09E667F3BCDULL
#define SWK_BITS_MANTISSA 0x000FFFFFFFFFFFFFULL

#endif
