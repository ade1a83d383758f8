#ifndef CHAOS_FAULTS_H
#define CHAOS_FAULTS_H

#include <stdint.h>

/* What a process that was started with this library preloaded is made to suffer. The file that the
   environment variable CRITSWEEP_CHAOS_FAULTS names is mapped, so that faults come and go while the
   process runs. The harness writes it by these offsets. */
struct chaos_faults {
    int64_t sync_delay_milliseconds; /* offset 0: how long each fsync and fdatasync takes longer */
    int64_t sync_error;              /* offset 8: errno of each fsync and fdatasync, 0 for none */
    int64_t clock_offset_seconds;    /* offset 16: added to the wall clock, not to the monotonic */
};

#endif
