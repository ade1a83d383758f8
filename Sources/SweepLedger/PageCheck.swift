import Foundation
import GRDB

/// The look at every page that an unclean stop calls for, on a thread and a connection of its own: the
/// ledger is read meanwhile, and written only when it has passed.
final class PageCheck: Sendable {
    /// What both threads touch, only with `gate` locked.
    private final class Shared: @unchecked Sendable {
        // Sendable because every access is between lock and unlock of the one gate.
        var isOver = false
        var damage: LedgerError?
    }

    private let gate = MonotonicCondition()
    private let shared = Shared()

    /// Begins to look at a file whose log is empty, and into which nothing is written before
    /// ``wait()`` has returned: the other connection's locks are not asked.
    init(ofFileAt path: String) {
        let thread = Thread { [gate, shared] in
            let damage = Self.damage(path)
            gate.lock()
            shared.damage = damage
            shared.isOver = true
            gate.broadcast()
            gate.unlock()
        }
        thread.name = "page check"
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// Returns when every page is sound; at once when it is called again.
    ///
    /// - Throws: What was found, each time.
    func wait() throws(LedgerError) {
        gate.lock()
        defer { gate.unlock() }
        while !shared.isOver { gate.wait() }
        if let damage = shared.damage { throw damage }
    }

    private static func damage(_ path: String) -> LedgerError? {
        do throws(LedgerError) {
            let queue = try Connection.open(path, .reading)
            do {
                try queue.inDatabase { try Connection.quickCheck($0, path) }
                try queue.close()
            } catch { throw LedgerError(error, path: path) }
            return nil
        } catch { return error }
    }
}
