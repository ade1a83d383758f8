import SweepCore
import SweepProtocol

/// The decoder of outcomes: what is read has exactly the bytes it was read from.
public struct OutcomeTarget: FuzzTarget {
    public let name = "outcome"
    public let allowance = MemoryAllowance(base: 32 << 10, perByte: 200)
    public let samples: [[UInt8]]

    public init() {
        samples = (0..<UInt64(32)).compactMap { index in
            var choices = SeededChoices(seed: 2, target: "samples", index: index)
            return try? OutcomeCodec.encode(RandomOutcome.outcome(using: &choices))
        }
    }

    public func input(from seeds: [[UInt8]], using choices: inout SeededChoices) -> [UInt8] {
        var bytes = seed(from: seeds, using: &choices)
        if choices.once(in: 4),
            let fresh = try? OutcomeCodec.encode(RandomOutcome.outcome(using: &choices))
        {
            bytes = fresh
        }
        for _ in 0..<choices.below(4) {
            if choices.once(in: 3) {
                // Just after the beginning stand the counts that decide how much is read.
                let place = min(bytes.count, 4 + choices.below(12))
                let number = UInt32(truncatingIfNeeded: choices.number(upTo: 0xFFFF_FFFF))
                let size = choices.pick([1, 2, 4])
                for index in 0..<size where place + index < bytes.count {
                    bytes[place + index] = UInt8(truncatingIfNeeded: number >> UInt32(8 * index))
                }
            } else {
                ByteMutation.mutate(&bytes, others: seeds, using: &choices)
            }
        }
        return bytes
    }

    public func verdict(on input: [UInt8]) -> Verdict {
        let outcome: TrialOutcome
        do throws(OutcomeError) {
            outcome = try OutcomeCodec.decode(input)
        } catch {
            return error.description.contains("\n")
                ? .broken("the error has two lines") : .refused
        }
        do throws(OutcomeError) {
            guard try OutcomeCodec.encode(outcome) == input else {
                return .broken("an outcome has two spellings")
            }
            _ = try OutcomeCodec.identity(of: outcome)
            return .read(units: 0)
        } catch {
            return .broken("an outcome was read, but cannot be written: \(error)")
        }
    }
}
