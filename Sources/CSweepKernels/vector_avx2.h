//  The vector operations of the AVX2 family: four doubles. Included between the pragmas that
//  switch the instructions on.

#include <immintrin.h>

#define WIDTH 4

typedef double vd __attribute__((vector_size(32)));
typedef unsigned long long vu __attribute__((vector_size(32)));

//  Register blocking. 16 registers: 6 rows by the 2 vectors of one tile, for a lower triangle 3 rows
//  by the 4 of two, or 3 rows by 4 columns of sums (12 in all), or a 6 by 2 block of a matrix product.
#define STRIP_TILES 1
#define LOWER_ROWS 3
#define LOWER_TILES 2
#define MOST_TILES 2
#define SUM_ROWS 3
#define SUM_LIMIT 12
#define PRODUCT_ROWS 6

INLINE vd v_load(const double *at)
{
    return _mm256_loadu_pd(at);
}

INLINE void v_store(double *at, vd x)
{
    _mm256_storeu_pd(at, x);
}

INLINE vd v_splat(double x)
{
    return _mm256_set1_pd(x);
}

//  x in a register. Without this the compiler loads it again at each use.
INLINE vd v_kept(double x)
{
    vd kept = v_splat(x);
    __asm__("" : "+x"(kept));
    return kept;
}

INLINE vu v_splat_bits(uint64_t x)
{
    return (vu)_mm256_set1_epi64x((long long)x);
}

INLINE vu v_lane_numbers(void)
{
    return (vu){0, 1, 2, 3};
}

//  a b + c
INLINE vd v_fma(vd a, vd b, vd c)
{
    return _mm256_fmadd_pd(a, b, c);
}

//  c - a b
INLINE vd v_fnma(vd a, vd b, vd c)
{
    return _mm256_fnmadd_pd(a, b, c);
}

INLINE vd v_sqrt(vd x)
{
    return _mm256_sqrt_pd(x);
}

//  The second argument where either is NaN.
INLINE vd v_min(vd a, vd b)
{
    return _mm256_min_pd(a, b);
}

INLINE vd v_max(vd a, vd b)
{
    return _mm256_max_pd(a, b);
}

//  Lanes of a where the mask is set, else of b.
INLINE vd v_select(vu mask, vd a, vd b)
{
    return _mm256_blendv_pd(b, a, (__m256d)mask);
}

INLINE int v_any(vu mask)
{
    return _mm256_movemask_pd((__m256d)mask);
}

//  Products of the low 32 bits of each lane.
INLINE vu v_multiply_low(vu a, vu b)
{
    return (vu)_mm256_mul_epu32((__m256i)a, (__m256i)b);
}

//  The pairs table[place], table[place + 1], places signed, in the low halves of the lanes. Loads and
//  shuffles beat gathers, and places that come from memory beat ones that have to be moved out of a
//  vector register.
INLINE void v_look_up(const double *table, const vu *place, vd *first, vd *second)
{
    const int *at = (const int *)place;
    __m128d pair0 = _mm_loadu_pd(table + at[0]);
    __m128d pair1 = _mm_loadu_pd(table + at[2]);
    __m128d pair2 = _mm_loadu_pd(table + at[4]);
    __m128d pair3 = _mm_loadu_pd(table + at[6]);
    __m256d even = _mm256_insertf128_pd(_mm256_castpd128_pd256(pair0), pair2, 1);
    __m256d odd = _mm256_insertf128_pd(_mm256_castpd128_pd256(pair1), pair3, 1);
    *first = _mm256_unpacklo_pd(even, odd);
    *second = _mm256_unpackhi_pd(even, odd);
}

//  a0 b0 a1 b1 ... into 2 WIDTH places.
INLINE void v_store_interleaved(double *at, vd a, vd b)
{
    v_store(at, __builtin_shufflevector(a, b, 0, 4, 1, 5));
    v_store(at + WIDTH, __builtin_shufflevector(a, b, 2, 6, 3, 7));
}

//  The sums over lanes of four vectors.
INLINE void v_store_sums(double *at, vd a, vd b, vd c, vd d)
{
    __m256d ab = _mm256_hadd_pd(a, b);
    __m256d cd = _mm256_hadd_pd(c, d);
    __m256d mixed = _mm256_permute2f128_pd(ab, cd, 0x21);
    _mm256_storeu_pd(at, _mm256_add_pd(_mm256_blend_pd(ab, cd, 0xC), mixed));
}

//  Single precision: 8 floats.

#define F_WIDTH 8

typedef float vf __attribute__((vector_size(32)));
typedef unsigned int vw __attribute__((vector_size(32)));
typedef int vs __attribute__((vector_size(32)));

INLINE vf f_load(const float *at)
{
    return _mm256_loadu_ps(at);
}

INLINE void f_store(float *at, vf x)
{
    _mm256_storeu_ps(at, x);
}

INLINE vf f_splat(float x)
{
    return _mm256_set1_ps(x);
}

INLINE vw f_splat_bits(uint32_t x)
{
    return (vw)_mm256_set1_epi32((int)x);
}

INLINE vf f_fma(vf a, vf b, vf c)
{
    return _mm256_fmadd_ps(a, b, c);
}

INLINE vf f_fnma(vf a, vf b, vf c)
{
    return _mm256_fnmadd_ps(a, b, c);
}

INLINE vf f_sqrt(vf x)
{
    return _mm256_sqrt_ps(x);
}

//  The second argument where either is NaN.
INLINE vf f_min(vf a, vf b)
{
    return _mm256_min_ps(a, b);
}

//  The greater ones of unsigned words.
INLINE vw v_greater_words(vw a, vw b)
{
    return (vw)_mm256_max_epu32((__m256i)a, (__m256i)b);
}

//  Signed integers, rounded to nearest.
INLINE vf f_from_integers(vs x)
{
    return _mm256_cvtepi32_ps((__m256i)x);
}

INLINE vf f_select(vw mask, vf a, vf b)
{
    return _mm256_blendv_ps(b, a, (__m256)mask);
}

//  Halves of a vector as doubles, and back.
INLINE vd f_low(vf x)
{
    return _mm256_cvtps_pd(_mm256_castps256_ps128(x));
}

INLINE vd f_high(vf x)
{
    return _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1));
}

INLINE vf f_narrow(vd low, vd high)
{
    return _mm256_set_m128(_mm256_cvtpd_ps(high), _mm256_cvtpd_ps(low));
}

//  The low halves of a's lanes and of b's: a0 b0 a1 b1 ...
INLINE vw f_pack(vu a, vu b)
{
    return (vw)_mm256_blend_epi32((__m256i)a, _mm256_slli_epi64((__m256i)b, 32), 0xAA);
}

//  a0 b0 c0 d0 a1 b1 ... into 4 F_WIDTH places.
INLINE void f_store_fours(float *at, vf a, vf b, vf c, vf d)
{
    __m256 ab0 = _mm256_unpacklo_ps(a, b), ab1 = _mm256_unpackhi_ps(a, b);
    __m256 cd0 = _mm256_unpacklo_ps(c, d), cd1 = _mm256_unpackhi_ps(c, d);
    __m256 four[4] = {
        _mm256_shuffle_ps(ab0, cd0, 0x44), _mm256_shuffle_ps(ab0, cd0, 0xEE),
        _mm256_shuffle_ps(ab1, cd1, 0x44), _mm256_shuffle_ps(ab1, cd1, 0xEE)};
#pragma clang loop unroll(full)
    for (int n = 0; n < 4; n++) {
        _mm_storeu_ps(at + 4 * n, _mm256_castps256_ps128(four[n]));
        _mm_storeu_ps(at + 16 + 4 * n, _mm256_extractf128_ps(four[n], 1));
    }
}

//  The sums over lanes of four vectors, in double precision.
INLINE void f_store_sums(double *at, vf a, vf b, vf c, vf d)
{
    v_store_sums(
        at, f_low(a) + f_high(a), f_low(b) + f_high(b), f_low(c) + f_high(c),
        f_low(d) + f_high(d));
}
