#include "heap_meter.h"

#include <errno.h>
#include <malloc.h>
#include <stddef.h>

//  The C library's own functions behind the names that are replaced here.
extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t count, size_t size);
extern void *__libc_realloc (void *block, size_t size);
extern void *__libc_memalign (size_t alignment, size_t size);
extern void __libc_free (void *block);

static int64_t s_live;
static int64_t s_peak;

static void *
s_taken (void *block)
{
    if (block != NULL) {
        s_live += (int64_t) malloc_usable_size (block);
        if (s_live > s_peak)
            s_peak = s_live;
    }
    return block;
}

int64_t
heap_meter_live (void)
{
    return s_live;
}

int64_t
heap_meter_peak (void)
{
    return s_peak;
}

void
heap_meter_reset_peak (void)
{
    s_peak = s_live;
}

void
heap_meter_trim (void)
{
    malloc_trim (0);
}

void *
malloc (size_t size)
{
    return s_taken (__libc_malloc (size));
}

void *
calloc (size_t count, size_t size)
{
    return s_taken (__libc_calloc (count, size));
}

void *
realloc (void *block, size_t size)
{
    int64_t before = block != NULL ? (int64_t) malloc_usable_size (block) : 0;
    void *moved = __libc_realloc (block, size);
    //  A failed call leaves the old block as it was; size 0 frees it.
    if (moved != NULL || size == 0)
        s_live -= before;
    return s_taken (moved);
}

void *
memalign (size_t alignment, size_t size)
{
    return s_taken (__libc_memalign (alignment, size));
}

void *
aligned_alloc (size_t alignment, size_t size)
{
    return s_taken (__libc_memalign (alignment, size));
}

int
posix_memalign (void **block, size_t alignment, size_t size)
{
    void *taken = s_taken (__libc_memalign (alignment, size));
    if (taken == NULL)
        return ENOMEM;
    *block = taken;
    return 0;
}

void
free (void *block)
{
    if (block == NULL)
        return;
    s_live -= (int64_t) malloc_usable_size (block);
    __libc_free (block);
}
