/// A moment on the monotonic clock of one process, in milliseconds from an arbitrary start.
///
/// Never compared with another process's: messages carry durations only.
public struct Instant: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let milliseconds: UInt64

    public init(milliseconds: UInt64) { self.milliseconds = milliseconds }

    /// This moment moved `duration` milliseconds into the future.
    public func advanced(byMilliseconds duration: UInt64) -> Instant {
        Instant(milliseconds: milliseconds + duration)
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.milliseconds < right.milliseconds
    }

    public var description: String { "\(milliseconds)ms" }
}
