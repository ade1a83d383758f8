import SweepCore
import SweepProtocol
import SweepWorker

/// Values that keep every bound, drawn from the bytes of the input: whatever is written is read
/// back as the same value.
public struct ValueTarget: FuzzTarget {
    public let name = "values"
    // One byte of choices may ask for a text of some length.
    public let allowance = MemoryAllowance(base: 512 << 10, perByte: 2_000)
    public let samples: [[UInt8]] = (0..<6).map { [$0] }

    public init() {}

    public func input(from seeds: [[UInt8]], using choices: inout SeededChoices) -> [UInt8] {
        if choices.once(in: 4) {
            var bytes = seed(from: seeds, using: &choices)
            ByteMutation.mutate(&bytes, others: seeds, using: &choices)
            return bytes
        }
        return (0..<choices.size(below: 600)).map { _ in choices.byte() }
    }

    public func verdict(on input: [UInt8]) -> Verdict {
        var choices = ByteChoices(input)
        switch choices.below(4) {
        case 0:
            let outcome = RandomOutcome.outcome(using: &choices)
            do throws(OutcomeError) {
                let bytes = try OutcomeCodec.encode(outcome)
                guard try OutcomeCodec.decode(bytes) == outcome else {
                    return .broken("an outcome is read differently: \(outcome)")
                }
                return .read(units: 0)
            } catch {
                return .broken("a good outcome cannot be written or read: \(error)")
            }
        case 1:
            let request: ChildRequest =
                choices.once(in: 2)
                ? .prepare(RandomMessage.welcome(using: &choices))
                : .compute(RandomMessage.assignment(using: &choices))
            do throws(ProtocolError) {
                let payload = Array(try request.frame().dropFirst(4))
                guard try ChildRequest(payload: payload) == request else {
                    return .broken("a request to a child is read differently")
                }
                return .read(units: 0)
            } catch {
                return .broken("a good request cannot be written or read: \(error)")
            }
        default:
            let message = RandomMessage.message(using: &choices)
            let envelope = Envelope(message, session: RandomMessage.session(using: &choices))
            return WireTarget.verdict(on: envelope, from: message.kind.sender)
        }
    }
}
