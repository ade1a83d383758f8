import Foundation
import SweepCoordinator
import SweepCore
import SweepTransport
import Synchronization

/// Requests to the loop: from the terminal and the system as signals, from the query socket as
/// calls of ``submit(_:)``.
final class LiveDesk: ControlDesk, Sendable {
    private let wakeUp: WakeUp
    private let requests = Mutex<[ControlRequest]>([])

    init() throws {
        wakeUp = try WakeUp()
        CoordinatorSignals.watch(wakeUp.descriptor)
    }

    var descriptor: Int32 { wakeUp.descriptor }

    func submit(_ request: ControlRequest) {
        requests.withLock { $0.append(request) }
        wakeUp.signal()
    }

    func takeRequests() -> [ControlRequest] {
        wakeUp.drain()
        let stops = [ControlRequest](
            repeating: .stop, count: CoordinatorSignals.take())
        return stops
            + requests.withLock { list in
                defer { list = [] }
                return list
            }
    }
}

/// SIGINT, SIGTERM and SIGHUP as numbers of requests to stop.
///
/// A handler may do next to nothing: it counts, and writes to the eventfd that the loop waits on.
enum CoordinatorSignals {
    private static let count = Atomic<Int>(0)
    private static let descriptor = Atomic<Int32>(-1)

    /// Has the signals counted from now on, and `descriptor` made readable by each.
    static func watch(_ descriptor: Int32) {
        Self.descriptor.store(descriptor, ordering: .releasing)
        // Touched once here, so that no handler is the first to.
        count.store(0, ordering: .releasing)
        // A peer that went away must not end us.
        signal(SIGPIPE, SIG_IGN)
        for number in [SIGINT, SIGTERM] { install(number) }
        // Under nohup it is ignored, and stays so.
        var old = sigaction()
        sigaction(SIGHUP, nil, &old)
        if old.__sigaction_handler.sa_handler == nil { install(SIGHUP) }
    }

    /// Requests since the last call.
    static func take() -> Int { count.exchange(0, ordering: .acquiringAndReleasing) }

    private static func install(_ number: Int32) {
        var action = sigaction()
        action.sa_flags = SA_RESTART
        action.__sigaction_handler.sa_handler = { _ in
            let saved = errno
            CoordinatorSignals.count.add(1, ordering: .relaxed)
            var one: UInt64 = 1
            _ = write(CoordinatorSignals.descriptor.load(ordering: .relaxed), &one, 8)
            errno = saved
        }
        sigaction(number, &action, nil)
    }
}
