import SweepPhysics
import SweepTraining
import Testing

@Suite("Checkpoints of trainings")
struct TrainingCheckpointTests {
    final class Keeper: CheckpointKeeper {
        var earlier: [UInt8]?
        var kept: [(state: [UInt8], step: Int)] = []
        var resumedAt: Int?
        var refusal: String?

        init(earlier: [UInt8]? = nil) { self.earlier = earlier }

        func isDue() -> Bool { true }
        func keep(_ state: [UInt8], step: Int) { kept.append((state, step)) }
        func resumed(at step: Int) { resumedAt = step }
        func refused(_ reason: String) { refusal = reason }
    }

    static let variants: [TrainingSettings] = {
        var plain = TrainingRunTests.settings()
        plain.epochs = 12
        var momentum = plain
        momentum.optimizer = .sgd(momentum: 0.9)
        var adam = plain
        adam.optimizer = .adam()
        adam.precision = .float64
        adam.recordEvery = 5
        var batches = plain
        batches.batch = 3
        var dropout = TrainingRunTests.settings(.dropout)
        dropout.epochs = 12
        dropout.batch = 3
        var cnn = TrainingRunTests.settings(.cnn)
        cnn.epochs = 12
        var resnet = TrainingRunTests.settings(.resnet)
        resnet.epochs = 12
        return [plain, momentum, adam, batches, dropout, cnn, resnet]
    }()

    @Test("a run taken up after any epoch ends with the same bits", arguments: variants.indices)
    func sameBits(variant: Int) throws {
        let settings = Self.variants[variant]
        let keeper = Keeper()
        let whole = try TrainingRunTests.run(settings, keeper: keeper)
        #expect(keeper.kept.map(\.step) == Array(1..<12))
        for kept in keeper.kept {
            let second = Keeper(earlier: kept.state)
            #expect(try TrainingRunTests.run(settings, keeper: second) == whole)
            #expect(second.resumedAt == kept.step)
            #expect(second.refusal == nil)
        }
    }

    @Test("bytes of another run or damaged ones are refused, and the run begins afresh")
    func refusals() throws {
        let settings = Self.variants[0]
        let keeper = Keeper()
        let whole = try TrainingRunTests.run(settings, keeper: keeper)
        let state = keeper.kept[5].state
        var others: [[UInt8]] = [[], Array(state.dropLast()), state + [0]]
        for place in stride(from: 0, to: state.count, by: max(1, state.count / 50)) {
            var damaged = state
            damaged[place] ^= 4
            others.append(damaged)
        }
        for bytes in others {
            let second = Keeper(earlier: bytes)
            #expect(try TrainingRunTests.run(settings, keeper: second) == whole)
            #expect(second.resumedAt == nil)
            #expect(second.refusal != nil)
        }
        var changed = settings
        changed.learningRate = 0.051
        let foreign = Keeper(earlier: state)
        _ = try TrainingRunTests.run(changed, keeper: foreign)
        #expect(foreign.refusal != nil)
    }
}
