import SweepCore
import SweepProtocol

/// The coordinator's end of results in parts: one honest worker among hostile ones.
///
/// Whatever the others send, memory stays within its budget, the honest worker's result arrives
/// whole and only once, and nothing stays reserved when all are gone.
public struct IntakeTarget: FuzzTarget {
    public let name = "parts"
    // The budget is reserved as announced, not as received.
    public let allowance = MemoryAllowance(base: 64 << 10, perByte: 1_000)
    public let samples: [[UInt8]] = (0..<4).map { number in
        (0..<120).map { UInt8(truncatingIfNeeded: $0 * (7 + number) ^ $0 >> 3) }
    }

    private static let limits: ResultIntake.Limits = {
        var limits = ResultIntake.Limits()
        limits.partBytes = 16
        limits.resultBytes = 200
        limits.windowParts = 3
        limits.budgetBytes = 400
        return limits
    }()

    public init() {}

    public func input(from seeds: [[UInt8]], using choices: inout SeededChoices) -> [UInt8] {
        if choices.once(in: 2) {
            var bytes = seed(from: seeds, using: &choices)
            for _ in 0...choices.below(3) {
                ByteMutation.mutate(&bytes, others: seeds, using: &choices)
            }
            return Array(bytes.prefix(1_000))
        }
        // Small bytes: most decisions are among few.
        return (0..<40 + choices.below(200)).map { _ in UInt8(choices.below(0xF4)) }
    }

    public func verdict(on input: [UInt8]) -> Verdict {
        var choices = ByteChoices(input)
        var run: Run
        do throws(OutcomeError) {
            run = try Run(using: &choices)
        } catch {
            return .broken("the honest result cannot be sent: \(error)")
        }
        while !choices.isAtEnd {
            run.step(using: &choices)
            if let trouble = run.trouble { return .broken(trouble) }
        }
        run.finish()
        return run.trouble.map { .broken($0) } ?? .read(units: 0)
    }

    private struct Run {
        static let honest = WorkerID(epoch: 1, number: 100)

        var intake = ResultIntake(limits: IntakeTarget.limits)
        var outgoing: OutgoingResult
        let content: [UInt8]
        /// Whether the coordinator has the honest result.
        var isComplete = false
        var trouble: String?

        init(using choices: inout ByteChoices) throws(OutcomeError) {
            content = (0...choices.below(200)).prefix(200).map { UInt8(truncatingIfNeeded: $0) }
            outgoing = try OutgoingResult(
                Lease(TrialID(0), attempt: 0), content: content,
                limits: .init(resultBytes: 200, partBytes: 16), wallMilliseconds: 1,
                cpuMilliseconds: 1)
        }

        mutating func step(using choices: inout ByteChoices) {
            let action = choices.below(8)
            if action < 2 {
                sendHonestPart()
            } else if action == 2 {
                // The connection is gone, and the honest worker begins again.
                let worker = choices.once(in: 4) ? Self.honest : hostile(using: &choices)
                take(intake.forget(worker))
                if worker == Self.honest { outgoing.restart() }
            } else {
                sendHostilePart(using: &choices)
            }
            check()
        }

        /// Everybody else leaves, and the honest worker sends what it has left.
        mutating func finish() {
            for number in 0..<4 {
                take(intake.forget(WorkerID(epoch: 1, number: UInt32(number))))
            }
            for _ in 0..<20 where !isComplete && trouble == nil { sendHonestPart() }
            if trouble != nil { return }
            if !isComplete { trouble = "the honest result never arrived" }
            take(intake.forget(Self.honest))
            if intake.reservedBytes != 0 || intake.openCount != 0 {
                trouble = "\(intake.reservedBytes) bytes stay reserved for nobody"
            }
        }

        private mutating func sendHonestPart() {
            guard !isComplete, let part = outgoing.nextPart else { return }
            do throws(ResultIntake.PartError) {
                let steps = try intake.accept(part, from: Self.honest)
                outgoing.markSent()
                take(steps)
            } catch {
                trouble = "a part of the honest worker was refused: \(error)"
            }
        }

        private func hostile(using choices: inout ByteChoices) -> WorkerID {
            WorkerID(epoch: 1, number: UInt32(choices.below(4)))
        }

        private mutating func sendHostilePart(using choices: inout ByteChoices) {
            let byteCount = Int(clamping: choices.number(upTo: 240))
            let rightCount = (byteCount + 15) / 16
            let partCount = choices.once(in: 4) ? choices.below(20) : rightCount
            let index = choices.below(max(1, partCount) + (choices.once(in: 8) ? 3 : 0))
            let rest = byteCount - 16 * index
            let length = choices.once(in: 4) ? choices.below(20) : max(0, min(16, rest))
            let part = ResultPart(
                // The honest worker's own lease among them: nobody's parts mix with another's.
                Lease(TrialID(choices.below(3)), attempt: choices.below(2)),
                digest: choices.once(in: 2)
                    ? outgoing.digest : SHA256Digest(of: [UInt8(choices.below(2))]),
                byteCount: byteCount, partIndex: index, partCount: partCount,
                content: [UInt8](repeating: 7, count: length), wallMilliseconds: 0,
                cpuMilliseconds: 0)
            guard let steps = try? intake.accept(part, from: hostile(using: &choices)) else {
                return
            }
            take(steps)
        }

        private mutating func take(_ steps: [ResultIntake.Step]) {
            for step in steps {
                switch step {
                case .complete(let result, from: let worker):
                    if SHA256Digest(of: result.content) != result.digest {
                        trouble = "a result is complete without its digest"
                    }
                    guard worker == Self.honest else { continue }
                    if isComplete { trouble = "the honest result came twice" }
                    if result.content != content { trouble = "the honest result was changed" }
                    isComplete = true
                case .credit(let credit, to: let worker):
                    if worker == Self.honest { outgoing.receive(credit) }
                    if credit.receivedParts > credit.grantedParts {
                        trouble = "credit for fewer parts than were received"
                    }
                case .damaged(_, from: let worker):
                    if worker == Self.honest { trouble = "the honest result was damaged" }
                }
            }
        }

        private mutating func check() {
            if intake.reservedBytes > IntakeTarget.limits.budgetBytes {
                trouble = "\(intake.reservedBytes) bytes reserved"
            }
            if intake.openCount > 5 { trouble = "\(intake.openCount) results of 5 workers" }
        }
    }
}
