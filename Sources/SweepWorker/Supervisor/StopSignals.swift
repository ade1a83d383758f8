import Foundation

/// SIGINT and SIGTERM as something to wait for.
///
/// One for a process, made before its loop begins.
public final class StopSignals: StopRequests {
    private let reading: Int32

    /// Takes over the two signals.
    public init() {
        guard let ends = closingPipe() else {
            preconditionFailure("a process that just began has two descriptors left")
        }
        for end in [ends.reading, ends.writing] {
            _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
        }
        reading = ends.reading
        stopSignalPipe = ends.writing
        var both = sigset_t()
        sigemptyset(&both)
        for number in [SIGINT, SIGTERM] {
            sigaddset(&both, number)
            _ = signal(number) { number in
                // Only what is safe in a signal handler: a write, and errno as it was.
                let code = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(stopSignalPipe, &byte, 1)
                errno = code
            }
        }
        // A parent may have blocked them.
        pthread_sigmask(SIG_UNBLOCK, &both, nil)
    }

    public var descriptors: [Int32] { [reading] }

    public func take() -> [Int32] {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = read(reading, &bytes, bytes.count)
        return count > 0 ? bytes[..<count].map(Int32.init) : []
    }
}

// Written once, before the handlers that read it are installed; a handler has no other way to know.
nonisolated(unsafe) private var stopSignalPipe: Int32 = -1
