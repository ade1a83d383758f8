//  The vector operations of the AVX2 family: four doubles. Included between the pragmas that
//  switch the instructions on.

#include <immintrin.h>

#define WIDTH 4

typedef double vd __attribute__((vector_size(32)));
typedef unsigned long long vu __attribute__((vector_size(32)));

//  Register blocking. 16 registers: 6 rows by the 2 vectors of one tile, or 3 rows by 4 columns of
//  sums (12 in all), or a 6 by 2 block of a matrix product.
#define STRIP_TILES 1
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

//  The pairs table[2 i], table[2 i + 1]. Four loads and shuffles beat two gathers.
INLINE void v_lookup(const double *table, vu index, vd *first, vd *second)
{
    __m128i low = _mm256_castsi256_si128((__m256i)index);
    __m128i high = _mm256_extracti128_si256((__m256i)index, 1);
    __m128d pair0 = _mm_loadu_pd(table + 2 * _mm_cvtsi128_si64(low));
    __m128d pair1 = _mm_loadu_pd(table + 2 * _mm_extract_epi64(low, 1));
    __m128d pair2 = _mm_loadu_pd(table + 2 * _mm_cvtsi128_si64(high));
    __m128d pair3 = _mm_loadu_pd(table + 2 * _mm_extract_epi64(high, 1));
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
