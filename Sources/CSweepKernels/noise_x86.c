//  The noise by AES instructions, eight floats at a time: VAES where there is VAES, AES-NI where there
//  is that, plain code where there is neither. All give the same bits.

#include "families.h"
#include "noise.h"

#if SWK_HAS_X86_FAMILIES

#include <immintrin.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))

#pragma clang attribute push(__attribute__((target("avx2,fma,aes"))), apply_to = function)

#include "vector_avx2.h"

//  Two blocks. The keys of the rounds are in both halves.
INLINE __m256i s_narrow_encrypted(const __m256i *keys, __m256i counter)
{
    __m128i key = _mm256_castsi256_si128(keys[0]);
    __m128i a = _mm_xor_si128(_mm256_castsi256_si128(counter), key);
    __m128i b = _mm_xor_si128(_mm256_extracti128_si256(counter, 1), key);
#pragma clang loop unroll(full)
    for (int round = 1; round < SWK_ARS_ROUNDS; round++) {
        key = _mm256_castsi256_si128(keys[round]);
        a = _mm_aesenc_si128(a, key);
        b = _mm_aesenc_si128(b, key);
    }
    key = _mm256_castsi256_si128(keys[SWK_ARS_ROUNDS]);
    return _mm256_set_m128i(_mm_aesenclast_si128(b, key), _mm_aesenclast_si128(a, key));
}

#define s_named(function) s_narrow_##function
#include "template_noise.h"
#undef s_named

#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx2,fma,aes,vaes"))), apply_to = function)

INLINE __m256i s_wide_encrypted(const __m256i *keys, __m256i counter)
{
    counter = _mm256_xor_si256(counter, keys[0]);
#pragma clang loop unroll(full)
    for (int round = 1; round < SWK_ARS_ROUNDS; round++) {
        counter = _mm256_aesenc_epi128(counter, keys[round]);
    }
    return _mm256_aesenclast_epi128(counter, keys[SWK_ARS_ROUNDS]);
}

#define s_named(function) s_wide_##function
#include "template_noise.h"
#undef s_named

#pragma clang attribute pop

//  Rows by one kind of code; 0 where this CPU has not its instructions.
static int s_rows_by(
    swk_noise_code code, float *out, size_t rows, size_t count, swk_random_key key,
    uint64_t first_group, uint64_t row_groups)
{
    const int vectors = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    switch (code) {
    case SWK_NOISE_VAES:
        if (!vectors || !__builtin_cpu_supports("vaes") || !__builtin_cpu_supports("aes")) {
            return 0;
        }
        s_wide_noise(out, rows, count, key, first_group, row_groups);
        return 1;
    case SWK_NOISE_AES:
        if (!vectors || !__builtin_cpu_supports("aes")) {
            return 0;
        }
        s_narrow_noise(out, rows, count, key, first_group, row_groups);
        return 1;
    case SWK_NOISE_PLAIN:
        break;
    }
    for (size_t row = 0; row < rows; row++) {
        swk_reference_noise(out + row * count, count, key, first_group + row * row_groups);
    }
    return 1;
}

int swk_noise_by(
    swk_noise_code code, float *out, size_t count, swk_random_key key, uint64_t first_group)
{
    return s_rows_by(code, out, 1, count, key, first_group, 0);
}

void swk_x86_noise_rows(
    float *out, size_t rows, size_t count, swk_random_key key, uint64_t first_group,
    uint64_t row_groups)
{
    if (!s_rows_by(SWK_NOISE_VAES, out, rows, count, key, first_group, row_groups)
        && !s_rows_by(SWK_NOISE_AES, out, rows, count, key, first_group, row_groups)) {
        s_rows_by(SWK_NOISE_PLAIN, out, rows, count, key, first_group, row_groups);
    }
}

void swk_x86_noise(float *out, size_t count, swk_random_key key, uint64_t first_group)
{
    swk_x86_noise_rows(out, 1, count, key, first_group, 0);
}

#else

int swk_noise_by(
    swk_noise_code code, float *out, size_t count, swk_random_key key, uint64_t first_group)
{
    if (code != SWK_NOISE_PLAIN) {
        return 0;
    }
    swk_reference_noise(out, count, key, first_group);
    return 1;
}

#endif
