//  The vector operations of the AVX-512 family: eight doubles. Included between the pragmas that
//  switch the instructions on.

#include <immintrin.h>

#define WIDTH 8

typedef double vd __attribute__((vector_size(64)));
typedef unsigned long long vu __attribute__((vector_size(64)));

//  Register blocking. 32 registers: 6 rows by 4 tiles, or 6 rows by 4 columns of sums (24 in all),
//  or a 12 by 1 block of a matrix product.
#define STRIP_TILES 4
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

//  The pairs table[2 i], table[2 i + 1].
INLINE void v_lookup(const double *table, vu index, vd *first, vd *second)
{
    __m512i position = _mm512_add_epi64((__m512i)index, (__m512i)index);
    *first = _mm512_i64gather_pd(position, table, 8);
    *second = _mm512_i64gather_pd(position, table + 1, 8);
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
