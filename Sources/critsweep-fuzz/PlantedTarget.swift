import Foundation
import SweepFuzzing

/// A parser with every fault that the fuzzer must find; each is planted behind one first byte.
struct PlantedTarget: FuzzTarget {
    let name = "planted"
    let samples: [[UInt8]] = [[0]]
    let allowance = MemoryAllowance(base: 16 << 10, perByte: 100)

    /// What is never given back. Unsafe is safe here: a child of the fuzzer judges on one thread.
    nonisolated(unsafe) private static var hoard: [[UInt8]] = []

    func input(from seeds: [[UInt8]], using choices: inout SeededChoices) -> [UInt8] {
        // Of the faults only the harmless one is drawn; the others are asked for by files.
        [choices.once(in: 1_000) ? UInt8(ascii: "b") : 0, choices.byte()]
    }

    func verdict(on input: [UInt8]) -> Verdict {
        switch input.first {
        case UInt8(ascii: "t"):
            let none = input.dropFirst(input.count)
            return .read(units: Int(none[none.startIndex]))
        case UInt8(ascii: "b"): return .broken("a promise of \(input.count) bytes")
        case UInt8(ascii: "s"):
            var sum = 0
            for number in 0..<30_000_000 where "\(number)".utf8.count > 3 { sum += number }
            return .read(units: sum & 1)
        case UInt8(ascii: "h"):
            while true { usleep(1_000_000) }
        case UInt8(ascii: "g"):
            let greed = [UInt8](repeating: 1, count: 1 << 20)
            return greed.contains(2) ? .refused : .read(units: 0)
        case UInt8(ascii: "m"):
            // More than a child may have.
            let greed = [UInt8](repeating: 1, count: 3 << 30)
            return greed.contains(2) ? .refused : .read(units: 0)
        case UInt8(ascii: "l"):
            Self.hoard.append([UInt8](repeating: 1, count: 10_000))
            return .refused
        case UInt8(ascii: "d"): return .read(units: Self.depth(0) & 1)
        default: return .read(units: 0)
        }
    }

    /// Never ends before the stack does.
    private static func depth(_ level: Int) -> Int {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 100) { frame in
            frame.initialize(repeating: level)
            return level == .max ? 0 : depth(level + 1) &+ frame[level % 100]
        }
    }
}
