import Foundation

/// Says which seed was running when a precondition of ours ended the process.
enum TrapReport {
    // One thread runs the seeds; the handler runs on it, after the trap.
    nonisolated(unsafe) static var seed: UInt64 = 0

    static func install() {
        for number in [SIGILL, SIGTRAP] { signal(number, say) }
    }

    static func endWithUsageError(_ message: String) -> Never {
        FileHandle.standardError.write(Data((message + "\n").utf8))
        exit(2)
    }

    // No allocation: the process may be in any state.
    private static let say: @convention(c) (Int32) -> Void = { number in
        write("\na precondition was broken; replay: critsweep-sim --seed ")
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = TrapReport.seed
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

    private static func write(_ text: StaticString) {
        _ = Foundation.write(2, text.utf8Start, text.utf8CodeUnitCount)
    }
}
