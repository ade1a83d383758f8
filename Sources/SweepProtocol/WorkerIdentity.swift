import CSodium
import SweepCore

extension WorkerIdentity {
    /// The 16 bytes of the wire, high word first, big-endian.
    public var bytes: [UInt8] {
        [high, low].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
        }
    }

    /// An identity from its 16 bytes, or nil when there are not 16.
    public init?(bytes: [UInt8]) {
        guard bytes.count == WireLimits.identityBytes else { return nil }
        self.init(
            high: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) },
            low: bytes[8...].reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// A new identity from the system's random generator. For the edge of the program only.
    public static func random() -> Self {
        var words: [UInt64] = [0, 0]
        randombytes_buf(&words, 16)
        return Self(high: words[0], low: words[1])
    }

    /// This worker's own number under the key that its connection proved: SHA-256 of both, cut to
    /// 16 bytes, so that no other key can claim the identity.
    public func bound(toKey key: String) -> Self {
        let digest = SHA256Digest(of: bytes + Array(key.utf8)).bytes
        return Self(
            high: digest[..<8].reduce(0) { $0 << 8 | UInt64($1) },
            low: digest[8..<16].reduce(0) { $0 << 8 | UInt64($1) })
    }
}
