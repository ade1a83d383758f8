#include "floors.h"

#include <string.h>

#define CHAINS 12

//  What the compiler cannot know, so that it leaves the loops alone.
static volatile double s_input = 0.5;
static volatile double s_output;

//  12 chains hide a latency of 4 to 6 cycles on two units.
#define FLOOR(name, element, type, features)                                                     \
    __attribute__((target(features), noinline)) static void name(size_t rounds)                  \
    {                                                                                            \
        typedef type vector;                                                                     \
        const vector factor = (vector){0} + (element)s_input, addend = factor;                   \
        vector chain[CHAINS];                                                                    \
        for (int n = 0; n < CHAINS; n++) {                                                       \
            chain[n] = factor * (element)n;                                                      \
        }                                                                                        \
        for (size_t round = 0; round < rounds; round++) {                                        \
            _Pragma("clang fp contract(fast)")                                                   \
            _Pragma("clang loop unroll(full)")                                                   \
            for (int n = 0; n < CHAINS; n++) {                                                   \
                chain[n] = chain[n] * factor + addend;                                           \
            }                                                                                    \
        }                                                                                        \
        vector sum = chain[0];                                                                   \
        for (int n = 1; n < CHAINS; n++) {                                                       \
            sum += chain[n];                                                                     \
        }                                                                                        \
        s_output = sum[0];                                                                       \
    }

typedef double s_double1 __attribute__((vector_size(8)));
typedef float s_single1 __attribute__((vector_size(4)));
FLOOR(s_plain_double, double, s_double1, "sse2")
FLOOR(s_plain_single, float, s_single1, "sse2")

#if defined(__x86_64__)
typedef double s_double4 __attribute__((vector_size(32)));
typedef float s_single8 __attribute__((vector_size(32)));
typedef double s_double8 __attribute__((vector_size(64)));
typedef float s_single16 __attribute__((vector_size(64)));
FLOOR(s_avx2_double, double, s_double4, "avx2,fma")
FLOOR(s_avx2_single, float, s_single8, "avx2,fma")
FLOOR(s_avx512_double, double, s_double8, "avx512f,avx512vl,fma")
FLOOR(s_avx512_single, float, s_single16, "avx512f,avx512vl,fma")
#endif

double floor_fma_double(const char *family, size_t rounds)
{
#if defined(__x86_64__)
    if (strcmp(family, "avx512") == 0) {
        s_avx512_double(rounds);
        return 2.0 * CHAINS * 8 * (double)rounds;
    }
    if (strcmp(family, "avx2") == 0) {
        s_avx2_double(rounds);
        return 2.0 * CHAINS * 4 * (double)rounds;
    }
#endif
    s_plain_double(rounds);
    return 2.0 * CHAINS * (double)rounds;
}

double floor_fma_single(const char *family, size_t rounds)
{
#if defined(__x86_64__)
    if (strcmp(family, "avx512") == 0) {
        s_avx512_single(rounds);
        return 2.0 * CHAINS * 16 * (double)rounds;
    }
    if (strcmp(family, "avx2") == 0) {
        s_avx2_single(rounds);
        return 2.0 * CHAINS * 8 * (double)rounds;
    }
#endif
    s_plain_single(rounds);
    return 2.0 * CHAINS * (double)rounds;
}
