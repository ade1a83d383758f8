//  The vector operations of the AVX-512 family: eight doubles. Included between the pragmas that
//  switch the instructions on.

#include <immintrin.h>

#define WIDTH 8

typedef double vd __attribute__((vector_size(64)));
typedef unsigned long long vu __attribute__((vector_size(64)));

//  Register blocking. 32 registers: 6 rows by 4 tiles (3 of a lower triangle), or 6 rows by 4 columns
//  of sums (24 in all), or a 12 by 1 block of a matrix product.
#define STRIP_TILES 4
#define LOWER_ROWS 3
#define LOWER_TILES 4
#define MOST_TILES 4
#define SUM_ROWS 6
#define SUM_LIMIT 24
#define PRODUCT_ROWS 12

INLINE vd v_load(const double *at)
{
    return _mm512_loadu_pd(at);
}

INLINE void v_store(double *at, vd x)
{
    _mm512_storeu_pd(at, x);
}

INLINE vd v_splat(double x)
{
    return _mm512_set1_pd(x);
}

//  x in a register: see vector_avx2.h.
INLINE vd v_kept(double x)
{
    vd kept = v_splat(x);
    __asm__("" : "+v"(kept));
    return kept;
}

INLINE vu v_splat_bits(uint64_t x)
{
    return (vu)_mm512_set1_epi64((long long)x);
}

INLINE vu v_lane_numbers(void)
{
    return (vu){0, 1, 2, 3, 4, 5, 6, 7};
}

//  a b + c
INLINE vd v_fma(vd a, vd b, vd c)
{
    return _mm512_fmadd_pd(a, b, c);
}

//  c - a b
INLINE vd v_fnma(vd a, vd b, vd c)
{
    return _mm512_fnmadd_pd(a, b, c);
}

INLINE vd v_sqrt(vd x)
{
    return _mm512_sqrt_pd(x);
}

//  The second argument where either is NaN.
INLINE vd v_min(vd a, vd b)
{
    return _mm512_min_pd(a, b);
}

INLINE vd v_max(vd a, vd b)
{
    return _mm512_max_pd(a, b);
}

//  Lanes of a where the mask is set, else of b.
INLINE vd v_select(vu mask, vd a, vd b)
{
    return _mm512_mask_blend_pd(_mm512_movepi64_mask((__m512i)mask), b, a);
}

INLINE int v_any(vu mask)
{
    return _mm512_movepi64_mask((__m512i)mask);
}

//  Products of the low 32 bits of each lane.
INLINE vu v_multiply_low(vu a, vu b)
{
    return (vu)_mm512_mul_epu32((__m512i)a, (__m512i)b);
}

//  The pairs table[place], table[place + 1], places signed, in the low halves of the lanes.
INLINE void v_look_up(const double *table, const vu *place, vd *first, vd *second)
{
    const __m256i at = _mm512_cvtepi64_epi32((__m512i)*place);
    *first = _mm512_i32gather_pd(at, table, 8);
    *second = _mm512_i32gather_pd(at, table + 1, 8);
}

//  a0 b0 a1 b1 ... into 2 WIDTH places.
INLINE void v_store_interleaved(double *at, vd a, vd b)
{
    v_store(at, __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11));
    v_store(at + WIDTH, __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15));
}

INLINE __m256d v_halves_added(vd x)
{
    return _mm256_add_pd(_mm512_castpd512_pd256(x), _mm512_extractf64x4_pd(x, 1));
}

//  The sums over lanes of four vectors.
INLINE void v_store_sums(double *at, vd a, vd b, vd c, vd d)
{
    __m256d ab = _mm256_hadd_pd(v_halves_added(a), v_halves_added(b));
    __m256d cd = _mm256_hadd_pd(v_halves_added(c), v_halves_added(d));
    __m256d mixed = _mm256_permute2f128_pd(ab, cd, 0x21);
    _mm256_storeu_pd(at, _mm256_add_pd(_mm256_blend_pd(ab, cd, 0xC), mixed));
}

//  Single precision: 16 floats.

#define F_WIDTH 16

typedef float vf __attribute__((vector_size(64)));
typedef unsigned int vw __attribute__((vector_size(64)));
typedef int vs __attribute__((vector_size(64)));

INLINE vf f_load(const float *at)
{
    return _mm512_loadu_ps(at);
}

INLINE void f_store(float *at, vf x)
{
    _mm512_storeu_ps(at, x);
}

INLINE vf f_splat(float x)
{
    return _mm512_set1_ps(x);
}

INLINE vw f_splat_bits(uint32_t x)
{
    return (vw)_mm512_set1_epi32((int)x);
}

INLINE vf f_fma(vf a, vf b, vf c)
{
    return _mm512_fmadd_ps(a, b, c);
}

INLINE vf f_fnma(vf a, vf b, vf c)
{
    return _mm512_fnmadd_ps(a, b, c);
}

INLINE vf f_sqrt(vf x)
{
    return _mm512_sqrt_ps(x);
}

//  The second argument where either is NaN.
INLINE vf f_min(vf a, vf b)
{
    return _mm512_min_ps(a, b);
}

//  The greater ones of unsigned words.
INLINE vw v_greater_words(vw a, vw b)
{
    return (vw)_mm512_max_epu32((__m512i)a, (__m512i)b);
}

//  Signed integers, rounded to nearest.
INLINE vf f_from_integers(vs x)
{
    return _mm512_cvtepi32_ps((__m512i)x);
}

INLINE vf f_select(vw mask, vf a, vf b)
{
    return _mm512_mask_blend_ps(_mm512_movepi32_mask((__m512i)mask), b, a);
}

//  Halves of a vector as doubles, and back.
INLINE vd f_low(vf x)
{
    return _mm512_cvtps_pd(_mm512_castps512_ps256(x));
}

INLINE vd f_high(vf x)
{
    return _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1));
}

INLINE vf f_narrow(vd low, vd high)
{
    return _mm512_insertf32x8(
        _mm512_castps256_ps512(_mm512_cvtpd_ps(low)), _mm512_cvtpd_ps(high), 1);
}

//  The low halves of a's lanes and of b's: a0 b0 a1 b1 ...
INLINE vw f_pack(vu a, vu b)
{
    return (vw)((a & 0xFFFFFFFF) | (b << 32));
}

//  a0 b0 c0 d0 a1 b1 ... into 4 F_WIDTH places.
INLINE void f_store_fours(float *at, vf a, vf b, vf c, vf d)
{
    vf ab0 = __builtin_shufflevector(
        a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    vf ab1 = __builtin_shufflevector(
        a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    vf cd0 = __builtin_shufflevector(
        c, d, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    vf cd1 = __builtin_shufflevector(
        c, d, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    f_store(at, __builtin_shufflevector(
        ab0, cd0, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23));
    f_store(at + 16, __builtin_shufflevector(
        ab0, cd0, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31));
    f_store(at + 32, __builtin_shufflevector(
        ab1, cd1, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23));
    f_store(at + 48, __builtin_shufflevector(
        ab1, cd1, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31));
}

//  The sums over lanes of four vectors, in double precision.
INLINE void f_store_sums(double *at, vf a, vf b, vf c, vf d)
{
    v_store_sums(
        at, f_low(a) + f_high(a), f_low(b) + f_high(b), f_low(c) + f_high(c),
        f_low(d) + f_high(d));
}
