import Glibc
import SweepPhysics

extension CalibrationSettings {
    /// Spends the time of a calibration trial: CPU time for `spin`, time alone for `sleep`.
    public func spendTime() {
        // A spec allows no more than a day; a value from elsewhere must not trap.
        let nanoseconds = UInt64(max(0, min(milliseconds, 86_400_000)) * 1e6)
        switch kind {
        case .none: break
        case .spin:
            let end = MonotonicTime.threadNanoseconds + nanoseconds
            while MonotonicTime.threadNanoseconds < end {}
        case .sleep:
            var rest = timespec(
                tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
            // A signal shortens a sleep; the rest of it follows.
            var left = timespec()
            while nanosleep(&rest, &left) != 0, errno == EINTR { rest = left }
        }
    }
}
