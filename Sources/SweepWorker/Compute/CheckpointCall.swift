import Foundation
import Synchronization

/// The supervisor's request for a checkpoint now: SIGUSR1, which a child hears in the middle of a
/// trial, and which waits until the child is ready to hear it.
enum CheckpointCall {
    /// Sent by the supervisor; blocked in a child from its first moment until ``listen()``.
    static let signal = SIGUSR1

    private static let isWaiting = Atomic<Bool>(false)

    /// From now on calls are noted.
    static func listen() {
        // Made before the first signal can come.
        isWaiting.store(false, ordering: .relaxed)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in
            CheckpointCall.isWaiting.store(true, ordering: .relaxed)
        }
        // What a signal interrupts goes on by itself.
        action.sa_flags = SA_RESTART
        sigaction(signal, &action, nil)
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, signal)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// Whether a call waits; it is answered with this.
    static func take() -> Bool {
        guard isWaiting.load(ordering: .relaxed) else { return false }
        return isWaiting.exchange(false, ordering: .relaxed)
    }
}
