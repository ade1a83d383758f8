import SweepFuzzing
import Testing

/// The targets themselves, without the processes around them.
@Suite("Fuzzing targets")
struct TargetTests {
    private static let names = FuzzTargets.all.map(\.name)

    private static func target(_ name: String) throws -> any FuzzTarget {
        try #require(FuzzTargets.named(name))
    }

    @Test("an input depends on seed, target and number alone", arguments: names)
    func inputsRepeat(name: String) throws {
        let (one, other) = (try Self.target(name), try Self.target(name))
        let inputs = (0..<50).map { one.input(seed: 7, index: $0, seeds: one.samples) }
        let again = (0..<50).reversed().map {
            other.input(seed: 7, index: $0, seeds: other.samples)
        }
        #expect(inputs == again.reversed())
        #expect(inputs != (0..<50).map { one.input(seed: 8, index: $0, seeds: one.samples) })
        #expect(Set(inputs).count > 40)
    }

    @Test("every sample is read", arguments: names)
    func samplesAreRead(name: String) throws {
        let target = try Self.target(name)
        #expect(!target.samples.isEmpty)
        var readCount = 0
        for sample in target.samples {
            switch target.verdict(on: sample) {
            case .read: readCount += 1
            case .refused: break
            case .broken(let sentence): Issue.record("\(name): \(sentence)")
            }
        }
        // Some tables and some specs are bad ones on purpose.
        let share = ["spec", "csv"].contains(name) ? 0.5 : 1
        #expect(Double(readCount) >= share * Double(target.samples.count))
    }

    @Test("inputs reach behind the first check, and most damage is seen", arguments: names)
    func inputsReachDeep(name: String) throws {
        let target = try Self.target(name)
        var (readCount, refusedCount) = (0, 0)
        for index in 0..<UInt64(1_500) {
            let input = target.input(seed: 3, index: index, seeds: target.samples)
            switch target.verdict(on: input) {
            case .read: readCount += 1
            case .refused: refusedCount += 1
            case .broken(let sentence): Issue.record("\(name) \(index): \(sentence)")
            }
        }
        #expect(readCount > 100)
        // Everything that choices can say is a good value, or a run of the intake.
        if name != "values", name != "parts" { #expect(refusedCount > 300) }
    }

    @Test("any bytes are an input of any target", arguments: names)
    func anyBytes(name: String) throws {
        let target = try Self.target(name)
        var choices = SeededChoices(seed: 11, target: name, index: 0)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in choices.byte() }
            if case .broken(let sentence) = target.verdict(on: bytes) {
                Issue.record("\(name): \(sentence)")
            }
        }
    }

    @Test("memory is allowed in proportion to what is read")
    func allowance() {
        let allowance = MemoryAllowance(base: 1_000, perByte: 10, perUnit: 100)
        #expect(allowance.bytes(byteCount: 5, verdict: .refused) == 1_050)
        #expect(allowance.bytes(byteCount: 5, verdict: .read(units: 3)) == 1_350)
    }
}

/// Decisions from a seed and from bytes.
@Suite("Choices")
struct ChoicesTests {
    @Test("choices from bytes are the bytes, and zeros after their end")
    func byteChoices() {
        var choices = ByteChoices([5, 0xEF, 0xF1, 1, 2, 0xF7, 9])
        #expect(choices.next() == 5)
        #expect(choices.next() == 0xEF)
        #expect(choices.next() == 0x0102)
        #expect(!choices.isAtEnd)
        #expect(choices.next() == 9 << 56)
        #expect(choices.isAtEnd)
        #expect(choices.next() == 0)
    }

    @Test("a number never exceeds its bound", arguments: [UInt64(0), 1, 100, 1 << 40, .max])
    func numberIsBounded(bound: UInt64) {
        var choices = SeededChoices(seed: 1, target: "a", index: 0)
        var seen: Set<UInt64> = []
        for _ in 0..<500 {
            let number = choices.number(upTo: bound)
            #expect(number <= bound)
            seen.insert(number)
        }
        #expect(seen.contains(bound))
        #expect(seen.contains(0))
        #expect(choices.below(0) == 0)
    }
}
