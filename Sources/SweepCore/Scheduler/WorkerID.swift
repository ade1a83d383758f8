/// One session of a worker with one start of the coordinator.
///
/// The loop gives a new number to every connection and never uses one again. The epoch is part of
/// it, so a session of an earlier coordinator can match nothing in a later one. On the wire it is
/// the session number that a worker repeats in each message.
public struct WorkerID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Starts of a coordinator on this ledger, the current one included.
    public let epoch: UInt32
    public let number: UInt32

    public init(epoch: UInt32, number: UInt32) {
        self.epoch = epoch
        self.number = number
    }

    /// The session number of the wire: the epoch in the upper half.
    public init(rawValue: UInt64) {
        epoch = UInt32(truncatingIfNeeded: rawValue >> 32)
        number = UInt32(truncatingIfNeeded: rawValue)
    }

    public var rawValue: UInt64 { UInt64(epoch) << 32 | UInt64(number) }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    public var description: String { "w\(epoch).\(number)" }
}

/// Which worker this is, through reconnections and restarts of either side.
///
/// The loop composes it from the peer's authenticated key and the worker's own random number, so
/// that no other key can claim it.
public struct WorkerIdentity: Hashable, Sendable, CustomStringConvertible {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// 32 hexadecimal digits.
    public var description: String { Self.hexadecimal(high) + Self.hexadecimal(low) }

    private static func hexadecimal(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
