//  Which family this CPU can run. The compiler's CPU check covers the operating system too: it
//  asks whether the wide registers are saved on a context switch.

#include "families.h"

#include <string.h>

#if SWK_HAS_X86_FAMILIES

static int s_can_run_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static int s_can_run_avx512(void)
{
    return s_can_run_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
}

#endif

const swk_kernels *swk_kernels_named(const char *name)
{
    if (!name) {
        return NULL;
    }
    if (strcmp(name, swk_reference.name) == 0) {
        return &swk_reference;
    }
#if SWK_HAS_X86_FAMILIES
    if (strcmp(name, swk_avx2.name) == 0) {
        return s_can_run_avx2() ? &swk_avx2 : NULL;
    }
    if (strcmp(name, swk_avx512.name) == 0) {
        return s_can_run_avx512() ? &swk_avx512 : NULL;
    }
#endif
    return NULL;
}

const swk_kernels *swk_kernels_best(void)
{
#if SWK_HAS_X86_FAMILIES
    if (s_can_run_avx512()) {
        return &swk_avx512;
    }
    if (s_can_run_avx2()) {
        return &swk_avx2;
    }
#endif
    return &swk_reference;
}
