import Glibc
import SweepCore

/// The two clocks of a worker: one for waiting, one for work.
public enum MonotonicTime {
    /// Nanoseconds on the machine's monotonic clock.
    public static var nanoseconds: UInt64 { reading(of: CLOCK_MONOTONIC) }

    /// Nanoseconds of CPU time that this thread has used.
    public static var threadNanoseconds: UInt64 { reading(of: CLOCK_THREAD_CPUTIME_ID) }

    /// The monotonic clock as the supervisor's core wants it.
    public static var instant: Instant { Instant(milliseconds: nanoseconds / 1_000_000) }

    private static func reading(of clock: clockid_t) -> UInt64 {
        var time = timespec()
        // It cannot fail for a clock that the system has.
        _ = clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
