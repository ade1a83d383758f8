/* A library to be preloaded into a process of critsweep: it makes fsync slow or fail, and lets the
   wall clock jump. System calls are made directly, so nothing has to be looked up before main. */
#define _GNU_SOURCE
#include "chaos_faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile struct chaos_faults *faults;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("CRITSWEEP_CHAOS_FAULTS");
    if (!path) return;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    void *page = mmap(0, sizeof(struct chaos_faults), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED) faults = page;
}

static int suffer_sync(void) {
    if (!faults) return 0;
    int64_t delay = faults->sync_delay_milliseconds;
    if (delay > 0) {
        struct timespec rest = {delay / 1000, delay % 1000 * 1000000};
        while (nanosleep(&rest, &rest) != 0 && errno == EINTR) {}
    }
    return (int)faults->sync_error;
}

int fsync(int file) {
    int error = suffer_sync();
    if (error) {
        errno = error;
        return -1;
    }
    return (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
    int error = suffer_sync();
    if (error) {
        errno = error;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && faults && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += faults->clock_offset_seconds;
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    struct timespec exact;
    int result = clock_gettime(CLOCK_REALTIME, &exact);
    if (result == 0) {
        now->tv_sec = exact.tv_sec;
        now->tv_usec = exact.tv_nsec / 1000;
    }
    return result;
}

time_t time(time_t *result) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return (time_t)-1;
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}
