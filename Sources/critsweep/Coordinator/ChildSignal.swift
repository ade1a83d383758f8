import Foundation
import Synchronization

/// SIGCHLD as a readable descriptor: some child process has ended.
enum ChildSignal {
    private static let descriptor = Atomic<Int32>(-1)

    /// Has `descriptor` (an eventfd) made readable whenever a child ends.
    static func watch(_ descriptor: Int32) {
        Self.descriptor.store(descriptor, ordering: .releasing)
        var action = sigaction()
        action.sa_flags = SA_RESTART | SA_NOCLDSTOP
        action.__sigaction_handler.sa_handler = { _ in
            let saved = errno
            var one: UInt64 = 1
            _ = write(ChildSignal.descriptor.load(ordering: .relaxed), &one, 8)
            errno = saved
        }
        sigaction(SIGCHLD, &action, nil)
    }
}
