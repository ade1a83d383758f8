import Foundation
import SweepCore
import SweepProtocol
import Testing

/// Damaged messages: nothing may trap, and what decodes keeps every bound.
@Suite("Damaged bytes")
struct FuzzTests {
    /// A longer run: SWEEP_FUZZ_COUNT=1000000 SWEEP_FUZZ_SEED=7 swift test --filter FuzzTests.
    static let count = number("SWEEP_FUZZ_COUNT", otherwise: 200_000)
    static let seed = UInt64(number("SWEEP_FUZZ_SEED", otherwise: 20_260_101))

    private static func number(_ name: String, otherwise value: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap(Int.init).map { max($0, 1) } ?? value
    }

    /// Damages frames in one of the ways a broken or hostile peer would.
    static func damaged(_ frames: [Frame], using generator: inout SeededGenerator) -> [Frame] {
        var frames = frames
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            guard let which = frames.indices.randomElement(using: &generator) else { break }
            let count = frames[which].count
            switch Int.random(in: 0..<9, using: &generator) {
            case 0 where count > 0:
                let bit = Int.random(in: 0..<8 * count, using: &generator)
                frames[which][bit / 8] ^= 1 << UInt8(bit % 8)
            case 1 where count > 0:
                frames[which][Int.random(in: 0..<count, using: &generator)] = .random(
                    in: .min ... .max, using: &generator)
            case 2: frames[which].removeLast(Int.random(in: 0...count, using: &generator))
            case 3:
                frames[which].append(.random(in: .min ... .max, using: &generator))
            case 4 where count > 0:
                // The end of a varint, or its longest form.
                let place = Int.random(in: 0..<count, using: &generator)
                frames[which].replaceSubrange(
                    place..<min(count, place + 10), with: [UInt8](repeating: 0xFF, count: 10))
            case 5 where count > 1:
                let start = Int.random(in: 0..<count - 1, using: &generator)
                let end = Int.random(in: start..<count, using: &generator)
                frames[which].insert(contentsOf: frames[which][start...end], at: start)
            case 6: frames.append(frames[which])
            case 7: frames.remove(at: which)
            case 8 where frames.count == 2 && frames[0].count >= 12:
                // The right length after all, so that the body is reached.
                let length = UInt32(frames[1].count)
                for byte in 0..<4 {
                    frames[0][8 + byte] = UInt8(truncatingIfNeeded: length >> (24 - 8 * byte))
                }
            default: break
            }
        }
        return frames
    }

    @Test("damaged messages never trap, and what is read can be said again")
    func damagedMessages() throws {
        var generator = SeededGenerator(seed: Self.seed)
        let samples = try Samples.all.map {
            ($0.kind.sender, try MessageCodec.encode(Envelope($0, session: Samples.session)))
        }
        var readCount = 0
        var unequalCount = 0
        for _ in 0..<Self.count {
            let (sender, frames) = samples[Int.random(in: 0..<samples.count, using: &generator)]
            var broken = Self.damaged(frames, using: &generator)
            if broken.count == 2, broken[0].count >= 12, Bool.random(using: &generator) {
                let length = UInt32(broken[1].count)
                for byte in 0..<4 {
                    broken[0][8 + byte] = UInt8(truncatingIfNeeded: length >> (24 - 8 * byte))
                }
            }
            guard let envelope = try? MessageCodec.decode(broken, from: sender) else { continue }
            readCount += 1
            let again = try MessageCodec.encode(envelope)
            if try MessageCodec.decode(again, from: sender) != envelope { unequalCount += 1 }
        }
        #expect(unequalCount == 0)
        // Enough damage is harmless to reach far behind the header, and most of it is not.
        #expect(readCount > Self.count / 40)
        #expect(readCount < Self.count / 4 * 3)
    }

    @Test("damaged outcomes never trap, and what is read has the bytes it was read from")
    func damagedOutcomes() throws {
        var generator = SeededGenerator(seed: Self.seed &+ 1)
        let samples = try Samples.outcomes.map { [try OutcomeCodec.encode($0)] }
        var readCount = 0
        var unequalCount = 0
        for _ in 0..<Self.count {
            let sample = samples[Int.random(in: 0..<samples.count, using: &generator)]
            let broken = Self.damaged(sample, using: &generator).first ?? []
            guard let outcome = try? OutcomeCodec.decode(broken) else { continue }
            readCount += 1
            if try OutcomeCodec.encode(outcome) != broken { unequalCount += 1 }
        }
        #expect(unequalCount == 0)
        #expect(readCount > Self.count / 40)
    }

    @Test("random parts of results never trap, and never take more memory than allowed")
    func hostileParts() {
        var generator = SeededGenerator(seed: Self.seed &+ 2)
        var limits = ResultIntake.Limits()
        limits.partBytes = 16
        limits.resultBytes = 200
        limits.budgetBytes = 400
        limits.windowParts = 3
        var intake = ResultIntake(limits: limits)
        for _ in 0..<100_000 {
            let worker = WorkerID(epoch: 1, number: .random(in: 0..<8, using: &generator))
            if Int.random(in: 0..<50, using: &generator) == 0 { _ = intake.forget(worker) }
            let byteCount = Int.random(in: 1...210, using: &generator)
            let part = ResultPart(
                Lease(TrialID(.random(in: 0..<2, using: &generator)), attempt: 0),
                digest: SHA256Digest(of: "\(Int.random(in: 0..<2, using: &generator))"),
                byteCount: byteCount, partIndex: .random(in: 0..<14, using: &generator),
                partCount: .random(in: 1..<14, using: &generator),
                content: [UInt8](repeating: 1, count: .random(in: 0..<18, using: &generator)),
                wallMilliseconds: 0, cpuMilliseconds: 0)
            _ = try? intake.accept(part, from: worker)
            let isBounded = intake.reservedBytes <= 400 && intake.openCount <= 8
            if !isBounded {
                Issue.record("\(intake.reservedBytes) bytes reserved, \(intake.openCount) open")
                return
            }
        }
        for number in 0..<8 { _ = intake.forget(WorkerID(epoch: 1, number: UInt32(number))) }
        #expect(intake.reservedBytes == 0)
        #expect(intake.openCount == 0)
    }
}
