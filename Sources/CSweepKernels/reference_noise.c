//  The specification of the noise: ARS-7 byte by byte, and normals number by number.

#include "noise.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

//  FIPS 197, figure 7.
static const uint8_t s_substitution[256] = {
    0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5, 0x30, 0x01, 0x67, 0x2b, 0xfe, 0xd7, 0xab, 0x76,
    0xca, 0x82, 0xc9, 0x7d, 0xfa, 0x59, 0x47, 0xf0, 0xad, 0xd4, 0xa2, 0xaf, 0x9c, 0xa4, 0x72, 0xc0,
    0xb7, 0xfd, 0x93, 0x26, 0x36, 0x3f, 0xf7, 0xcc, 0x34, 0xa5, 0xe5, 0xf1, 0x71, 0xd8, 0x31, 0x15,
    0x04, 0xc7, 0x23, 0xc3, 0x18, 0x96, 0x05, 0x9a, 0x07, 0x12, 0x80, 0xe2, 0xeb, 0x27, 0xb2, 0x75,
    0x09, 0x83, 0x2c, 0x1a, 0x1b, 0x6e, 0x5a, 0xa0, 0x52, 0x3b, 0xd6, 0xb3, 0x29, 0xe3, 0x2f, 0x84,
    0x53, 0xd1, 0x00, 0xed, 0x20, 0xfc, 0xb1, 0x5b, 0x6a, 0xcb, 0xbe, 0x39, 0x4a, 0x4c, 0x58, 0xcf,
    0xd0, 0xef, 0xaa, 0xfb, 0x43, 0x4d, 0x33, 0x85, 0x45, 0xf9, 0x02, 0x7f, 0x50, 0x3c, 0x9f, 0xa8,
    0x51, 0xa3, 0x40, 0x8f, 0x92, 0x9d, 0x38, 0xf5, 0xbc, 0xb6, 0xda, 0x21, 0x10, 0xff, 0xf3, 0xd2,
    0xcd, 0x0c, 0x13, 0xec, 0x5f, 0x97, 0x44, 0x17, 0xc4, 0xa7, 0x7e, 0x3d, 0x64, 0x5d, 0x19, 0x73,
    0x60, 0x81, 0x4f, 0xdc, 0x22, 0x2a, 0x90, 0x88, 0x46, 0xee, 0xb8, 0x14, 0xde, 0x5e, 0x0b, 0xdb,
    0xe0, 0x32, 0x3a, 0x0a, 0x49, 0x06, 0x24, 0x5c, 0xc2, 0xd3, 0xac, 0x62, 0x91, 0x95, 0xe4, 0x79,
    0xe7, 0xc8, 0x37, 0x6d, 0x8d, 0xd5, 0x4e, 0xa9, 0x6c, 0x56, 0xf4, 0xea, 0x65, 0x7a, 0xae, 0x08,
    0xba, 0x78, 0x25, 0x2e, 0x1c, 0xa6, 0xb4, 0xc6, 0xe8, 0xdd, 0x74, 0x1f, 0x4b, 0xbd, 0x8b, 0x8a,
    0x70, 0x3e, 0xb5, 0x66, 0x48, 0x03, 0xf6, 0x0e, 0x61, 0x35, 0x57, 0xb9, 0x86, 0xc1, 0x1d, 0x9e,
    0xe1, 0xf8, 0x98, 0x11, 0x69, 0xd9, 0x8e, 0x94, 0x9b, 0x1e, 0x87, 0xe9, 0xce, 0x55, 0x28, 0xdf,
    0x8c, 0xa1, 0x89, 0x0d, 0xbf, 0xe6, 0x42, 0x68, 0x41, 0x99, 0x2d, 0x0f, 0xb0, 0x54, 0xbb, 0x16,
};

//  Twice a polynomial over two elements, modulo x^8 + x^4 + x^3 + x + 1.
static uint8_t s_doubled(uint8_t x)
{
    return (uint8_t)(x << 1 ^ (x & 0x80 ? 0x1b : 0));
}

//  One round of AES: bytes substituted, rows shifted, columns mixed unless it is the last, key added.
static void s_round(uint8_t state[16], const uint8_t key[16], int is_last)
{
    uint8_t shifted[16];
    for (int column = 0; column < 4; column++) {
        for (int row = 0; row < 4; row++) {
            shifted[4 * column + row] = s_substitution[state[4 * ((column + row) % 4) + row]];
        }
    }
    for (int column = 0; column < 4; column++) {
        const uint8_t *from = shifted + 4 * column;
        for (int row = 0; row < 4; row++) {
            const uint8_t own = from[row], next = from[(row + 1) % 4];
            const uint8_t others = from[(row + 2) % 4] ^ from[(row + 3) % 4];
            const uint8_t mixed = s_doubled(own) ^ s_doubled(next) ^ next ^ others;
            state[4 * column + row] = (is_last ? own : mixed) ^ key[4 * column + row];
        }
    }
}

static void s_store_words(uint8_t bytes[16], uint64_t low, uint64_t high)
{
    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(low >> 8 * i);
        bytes[8 + i] = (uint8_t)(high >> 8 * i);
    }
}

void swk_ars4x32_7(uint32_t out[4], const uint32_t counter[4], const uint32_t key[4])
{
    uint64_t low = (uint64_t)key[1] << 32 | key[0], high = (uint64_t)key[3] << 32 | key[2];
    uint8_t state[16], round_key[16];
    s_store_words(
        state, ((uint64_t)counter[1] << 32 | counter[0]) ^ low,
        ((uint64_t)counter[3] << 32 | counter[2]) ^ high);
    for (int round = 1; round <= SWK_ARS_ROUNDS; round++) {
        low += SWK_ARS_WEYL_LOW;
        high += SWK_ARS_WEYL_HIGH;
        s_store_words(round_key, low, high);
        s_round(state, round_key, round == SWK_ARS_ROUNDS);
    }
    for (int word = 0; word < 4; word++) {
        const uint8_t *at = state + 4 * word;
        out[word] = (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16
            | (uint32_t)at[3] << 24;
    }
}

//  a b + c, rounded once. The product is exact in double precision, and so is the error of the sum;
//  a sum that is odd where it is not exact is rounded correctly by the conversion (Boldo, Melquiond
//  2008).
static float s_fma(float a, float b, float c)
{
    const double product = (double)a * (double)b, addend = c;
    double sum = product + addend;
    const double part = sum - product;
    const double error = (product - (sum - part)) + (addend - part);
    if (error != 0) {
        uint64_t bits;
        memcpy(&bits, &sum, sizeof bits);
        if (!(bits & 1)) {
            bits = (error > 0) == (sum > 0) ? bits + 1 : bits - 1;
        }
        memcpy(&sum, &bits, sizeof bits);
    }
    return (float)sum;
}

static float s_radius(uint32_t word)
{
    static const float p[8] = SWK_NOISE_LOGARITHM(SWK_NOISE_ONCE);
    const float u = s_fma((float)(int32_t)(word >> 1), 0x1p-31f, 0x1p-32f);
    int32_t bits;
    memcpy(&bits, &u, sizeof bits);
    int32_t exponent = 0;
    for (; bits < SWK_NOISE_BITS_SQRT_HALF; bits += 1 << 23) {
        exponent--;
    }
    float f;
    memcpy(&f, &bits, sizeof f);
    f -= 1;
    const float q = f * f;
    float sum = s_fma(p[7], f, p[6]);
    for (int i = 4; i >= 0; i -= 2) {
        sum = s_fma(sum, q, s_fma(p[i + 1], f, p[i]));
    }
    return __builtin_sqrtf(
        s_fma((float)exponent, SWK_NOISE_MINUS_TWO_LN2, s_fma(f, -2, q * sum)));
}

static float s_series(const float coefficient[5], float z)
{
    float sum = coefficient[4];
    for (int i = 3; i >= 0; i--) {
        sum = s_fma(sum, z, coefficient[i]);
    }
    return sum;
}

static void s_group(float out[SWK_NOISE_GROUP], swk_random_key key, uint64_t group)
{
    static const float sine[5] = SWK_NOISE_SINE(SWK_NOISE_ONCE), cosine[5] = SWK_NOISE_COSINE(SWK_NOISE_ONCE);
    const uint32_t words_of_key[4] = {key.key0, key.key1, 0, 0};
    uint32_t words[SWK_NOISE_GROUP];
    for (uint64_t n = 0; n < SWK_NOISE_BLOCKS; n++) {
        const uint64_t block = SWK_NOISE_BLOCKS * group + n;
        const uint32_t counter[4] = {
            (uint32_t)block, (uint32_t)(block >> 32), (uint32_t)key.stream,
            (uint32_t)(key.stream >> 32)};
        swk_ars4x32_7(words + 4 * n, counter, words_of_key);
    }
    for (int i = 0; i < 8; i++) {
        const float radius = s_radius(words[i]);
        const float t = (float)(int32_t)words[8 + i] * 0x1p-32f, z = t * t;
        const float x = s_series(cosine, z);
        out[i] = radius * (words[i] & 1 ? -x : x);
        out[8 + i] = radius * (t * s_series(sine, z));
    }
}

void swk_reference_noise(float *out, size_t count, swk_random_key key, uint64_t first_group)
{
    for (size_t i = 0; i < count; i += SWK_NOISE_GROUP) {
        float group[SWK_NOISE_GROUP];
        s_group(group, key, first_group + i / SWK_NOISE_GROUP);
        const size_t left = count - i;
        memcpy(out + i, group, (left < SWK_NOISE_GROUP ? left : SWK_NOISE_GROUP) * sizeof *out);
    }
}
