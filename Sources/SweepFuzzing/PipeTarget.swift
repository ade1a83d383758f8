import SweepCore
import SweepProtocol
import SweepWorker

/// The pipes of compute children and the files of the spool.
///
/// The first byte says how the stream is cut; frames and errors must not depend on it. Every frame
/// is read as a request to a child, as a finished trial and as a file of the spool, and what is
/// read is written with the same meaning or the same bytes.
public struct PipeTarget: FuzzTarget {
    public let name = "pipe"
    public let allowance = MemoryAllowance(base: 64 << 10, perByte: 600)
    public let samples: [[UInt8]]

    private static let frameLimit = 4_096
    private static let sweep: UInt64 = 0xFEDC

    public init() {
        samples = (0..<UInt64(48)).compactMap { index in
            var choices = SeededChoices(seed: 3, target: "samples", index: index)
            return try? [UInt8(index)] + Self.stream(using: &choices)
        }
    }

    /// One or two good frames.
    private static func stream(using choices: inout SeededChoices) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0...choices.below(2) {
            switch choices.below(6) {
            case 0:
                bytes += try ChildRequest.prepare(RandomMessage.welcome(using: &choices)).frame()
            case 1:
                bytes += try ChildRequest.compute(RandomMessage.assignment(using: &choices)).frame()
            case 2: bytes += FrameBuffer.frame(try finished(using: &choices).bytes)
            case 3:
                bytes += try ChildRequest.resume(
                    RandomMessage.lease(using: &choices), checkpoint(using: &choices)
                ).frame()
            case 4: bytes += FrameBuffer.frame(answer(using: &choices).bytes)
            default:
                bytes += FrameBuffer.frame(
                    SpoolRecord.bytes(of: try finished(using: &choices), sweep: sweep))
            }
        }
        return bytes
    }

    private static func checkpoint(using choices: inout SeededChoices) -> [UInt8] {
        CheckpointContent(
            step: choices.number(upTo: WireLimits.step),
            kernelFamily: RandomMessage.name(using: &choices),
            softwareVersion: RandomMessage.name(using: &choices),
            state: (0...choices.size(below: 100)).map { _ in choices.byte() }
        ).bytes
    }

    private static func answer(using choices: inout SeededChoices) -> ChildAnswer {
        let lease = RandomMessage.lease(using: &choices)
        switch choices.below(3) {
        case 0: return .checkpoint(lease, content: checkpoint(using: &choices))
        case 1: return .continued(lease, step: choices.number(upTo: WireLimits.step))
        default:
            return .refused(lease, reason: RandomMessage.text(atMost: 1_000, using: &choices))
        }
    }

    private static func finished(using choices: inout SeededChoices) throws -> FinishedTrial {
        let outcome = RandomOutcome.outcome(using: &choices)
        let ending: AttemptEnding = if case .success = outcome { .success } else { .failure }
        return FinishedTrial(
            RandomMessage.lease(using: &choices), ending,
            content: try OutcomeCodec.encode(outcome),
            wallMilliseconds: choices.number(upTo: .max),
            cpuMilliseconds: choices.number(upTo: .max))
    }

    public func input(from seeds: [[UInt8]], using choices: inout SeededChoices) -> [UInt8] {
        var bytes = seed(from: seeds, using: &choices)
        if choices.once(in: 3), let fresh = try? Self.stream(using: &choices) {
            bytes = [choices.byte()] + fresh
        }
        for _ in 0..<choices.below(4) {
            ByteMutation.mutate(&bytes, others: seeds, using: &choices)
        }
        // The first length right again, so that what is in the frame is looked at.
        if bytes.count > 5, choices.once(in: 2) {
            let length = min(bytes.count - 5, Self.frameLimit)
            for index in 0..<4 {
                bytes[1 + index] = UInt8(truncatingIfNeeded: length >> (8 * index))
            }
        }
        return bytes
    }

    public func verdict(on input: [UInt8]) -> Verdict {
        let stream = input.dropFirst()
        let whole = Self.frames(of: stream, pieces: Int.max)
        let cut = Self.frames(of: stream, pieces: 1 + Int(input.first ?? 0) % 64)
        if whole != cut { return .broken("frames depend on how the stream is cut") }
        var isRead = false
        for frame in whole.frames {
            switch Self.verdict(onFrame: frame) {
            case .read: isRead = true
            case .broken(let sentence): return .broken(sentence)
            case .refused: break
            }
        }
        return isRead ? .read(units: 0) : .refused
    }

    private struct Found: Equatable {
        var frames: [[UInt8]] = []
        var isTooLong = false
    }

    private static func frames(of stream: ArraySlice<UInt8>, pieces: Int) -> Found {
        var buffer = FrameBuffer(limit: frameLimit)
        var found = Found()
        var rest = stream
        while !rest.isEmpty {
            buffer.append(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
            do throws(FrameBuffer.TooLong) {
                while let frame = try buffer.next() { found.frames.append(frame) }
            } catch {
                found.isTooLong = true
                return found
            }
        }
        return found
    }

    private static func verdict(onFrame frame: [UInt8]) -> Verdict {
        var isRead = false
        if let request = try? ChildRequest(payload: frame) {
            isRead = true
            guard let bytes = try? request.frame(),
                (try? ChildRequest(payload: Array(bytes.dropFirst(4)))) == request
            else { return .broken("a request to a child is read differently") }
        }
        switch ChildAnswer(bytes: frame) {
        case .checkpoint(let lease, let content)?:
            isRead = true
            if ChildAnswer.checkpoint(lease, content: content).bytes != frame {
                return .broken("an answer of a child has two spellings")
            }
            if let checkpoint = CheckpointContent(bytes: content), checkpoint.bytes != content {
                return .broken("a checkpoint has two spellings")
            }
        case .continued(let lease, let step)?:
            isRead = true
            if ChildAnswer.continued(lease, step: step).bytes != frame {
                return .broken("an answer of a child has two spellings")
            }
        // Words are mended, not kept.
        case .refused?: isRead = true
        case .finished?, nil: break
        }
        if let trial = FinishedTrial(bytes: frame) {
            isRead = true
            if trial.bytes != frame { return .broken("a finished trial has two spellings") }
            // Nearly anything may follow the head; it is taken apart by another target.
            _ = try? OutcomeCodec.decode(trial.content)
            let file = SpoolRecord.bytes(of: trial, sweep: sweep)
            if SpoolRecord.trial(in: file, sweep: sweep) != trial {
                return .broken("a file of the spool is read differently")
            }
            if SpoolRecord.trial(in: file, sweep: sweep ^ 1) != nil {
                return .broken("a file of the spool is read in another sweep")
            }
        }
        if let trial = SpoolRecord.trial(in: frame, sweep: sweep) {
            isRead = true
            if SpoolRecord.bytes(of: trial, sweep: sweep) != frame {
                return .broken("a file of the spool has two spellings")
            }
        }
        return isRead ? .read(units: 0) : .refused
    }
}
