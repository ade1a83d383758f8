import Synchronization

/// The public keys that may talk to a coordinator. Changes hold from the next message on.
public final class AllowList: Sendable {
    private let keys: Mutex<Set<CurvePublicKey>>

    public init(_ keys: some Sequence<CurvePublicKey> = []) { self.keys = Mutex(Set(keys)) }

    public func contains(_ key: CurvePublicKey) -> Bool { keys.withLock { $0.contains(key) } }

    public func insert(_ key: CurvePublicKey) { keys.withLock { _ = $0.insert(key) } }

    /// Shuts a key out: its next message is dropped, and its next connection refused.
    public func remove(_ key: CurvePublicKey) { keys.withLock { _ = $0.remove(key) } }

    /// Takes over a list that was read again.
    public func replace(with keys: some Sequence<CurvePublicKey>) {
        let replacement = Set(keys)
        self.keys.withLock { $0 = replacement }
    }
}
