import Foundation

/// Says which seed was running when a precondition of ours ended the process.
enum TrapReport {
    private static let slotCount = 1_024
    /// The thread and the seed of each place; written by its own thread, and read by the handler,
    /// which runs on the thread that trapped.
    nonisolated(unsafe) private static let threads =
        UnsafeMutablePointer<pthread_t>.allocate(capacity: slotCount)
    nonisolated(unsafe) private static let seeds =
        UnsafeMutablePointer<UInt64>.allocate(capacity: slotCount)

    static func install() {
        threads.initialize(repeating: 0, count: slotCount)
        seeds.initialize(repeating: 0, count: slotCount)
        for number in [SIGILL, SIGTRAP] { signal(number, say) }
    }

    /// From now on this thread runs this seed.
    static func enter(seed: UInt64, thread place: Int) {
        threads[place] = pthread_self()
        seeds[place] = seed
    }

    static func endWithUsageError(_ message: String) -> Never {
        FileHandle.standardError.write(Data((message + "\n").utf8))
        exit(2)
    }

    // No allocation: the process may be in any state.
    private static let say: @convention(c) (Int32) -> Void = { _ in
        write("\na precondition was broken; replay: critsweep-sim --seed ")
        var rest = seedOfThisThread
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var place = digits.count
            repeat {
                place -= 1
                digits[place] = UInt8(48 + rest % 10)
                rest /= 10
            } while rest > 0
            _ = Foundation.write(2, digits.baseAddress.map { $0 + place }, digits.count - place)
        }
        write(" --trace\n")
        _exit(1)
    }

    private static var seedOfThisThread: UInt64 {
        let this = pthread_self()
        for place in 0..<slotCount where pthread_equal(threads[place], this) != 0 {
            return seeds[place]
        }
        return 0
    }

    private static func write(_ text: StaticString) {
        _ = Foundation.write(2, text.utf8Start, text.utf8CodeUnitCount)
    }
}
