import Foundation
import Synchronization

/// One value on its way from the thread that makes it to the thread that waits for it.
final class OneAnswer<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let isReady = DispatchSemaphore(value: 0)

    func put(_ value: Value) {
        self.value.withLock { $0 = value }
        isReady.signal()
    }

    /// The value as far as it is there.
    var latest: Value? { value.withLock { $0 } }

    /// Waits for the value; nil when it does not come in time.
    func take(withinSeconds seconds: Double) -> Value? {
        isReady.wait(timeout: .now() + seconds) == .success ? latest : nil
    }
}
