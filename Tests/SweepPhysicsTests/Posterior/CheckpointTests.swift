import SweepCore
import SweepPhysics
import Testing

/// A trial that goes on from a checkpoint ends with the bits of one that was never disturbed.
@Suite("Checkpoints of a posterior trial")
struct CheckpointTests {
    /// Keeps what it is told to, and hands out what it is given.
    final class Keeper: CheckpointKeeper {
        let earlier: [UInt8]?
        private let wants: (Int) -> Bool
        private(set) var asked = 0
        private(set) var kept: [(state: [UInt8], step: Int)] = []
        private(set) var resumedAt: Int?
        private(set) var refusal: String?

        init(earlier: [UInt8]? = nil, wants: @escaping (Int) -> Bool = { _ in true }) {
            self.earlier = earlier
            self.wants = wants
        }

        func isDue() -> Bool {
            asked += 1
            return wants(asked)
        }

        func keep(_ state: [UInt8], step: Int) { kept.append((state, step)) }
        func resumed(at step: Int) { resumedAt = step }
        func refused(_ reason: String) { refusal = reason }
    }

    /// A short trial.
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var settings: PosteriorSettings
        var testDescription: String { name }

        init(
            _ name: String, activation: Activation = .erf, width: Int = 13, depth: Int = 2,
            testPoints: Int = 0, sampler: Sampler = .functionSpace, chains: Int = 1,
            burnIn: Int? = nil, step: Double? = nil, maxIterations: Int = 20_000,
            metropolis: Bool = false, evidence: Bool = false, effectiveSamples: Int = 20
        ) {
            self.name = name
            settings = PosteriorSettings(
                task: .xor(points: 6, dimension: 4, noiseVariance: 0.4, signal: .high),
                testPoints: testPoints, activation: activation, biasVariance: 0.05, gain: 1.2,
                width: width, depth: depth, kappa: 1e-2, sampler: sampler,
                effectiveSamples: effectiveSamples, maxIterations: maxIterations, burnIn: burnIn,
                chains: chains, step: step, metropolis: metropolis, evidence: evidence,
                keep: PosteriorSettings.arrays)
        }
    }

    static let cases = [
        Case("one chain"),
        Case("two chains", chains: 2),
        Case("elliptical slice", sampler: .ellipticalSlice, maxIterations: 600),
        Case("elliptical slice, two chains", sampler: .ellipticalSlice, chains: 2),
        Case("test points", testPoints: 3),
        Case("linear, more points than features", activation: .linear, testPoints: 2),
        Case("a burn-in and a step that the user fixed", burnIn: 7, step: 0.4),
        Case("an exhausted chain", maxIterations: 90),
        Case(
            "langevin, two chains", width: 5, testPoints: 2, sampler: .langevin, chains: 2,
            step: 0.02, maxIterations: 62),
        Case("langevin with its own step", width: 5, sampler: .langevin, maxIterations: 62),
        Case(
            "langevin with a test", width: 5, sampler: .langevin, maxIterations: 70,
            metropolis: true),
        Case("evidence", width: 7, testPoints: 1, evidence: true, effectiveSamples: 5),
    ]

    private static let point = GridPoint([.init(name: "gain", value: .number(1.2))])

    static func run(
        _ settings: PosteriorSettings, seed: Int = 1, randomKey: UInt64 = 3,
        point: GridPoint = Self.point, family: SweepPhysics.KernelFamily = .best,
        _ keeper: Keeper? = nil
    ) throws -> TrialOutcome {
        let data = try settings.dataSet(seed: seed, randomKey: randomKey) { _ in [] }
        return PosteriorTrial.run(
            settings, data: data, point: point, seed: seed, randomKey: randomKey, family: family,
            keeper: keeper)
    }

    @Test("it may be interrupted after any iteration", arguments: cases)
    func everyIteration(trial: Case) throws {
        let undisturbed = try Self.run(trial.settings)
        let watched = Keeper()
        #expect(try Self.run(trial.settings, watched) == undisturbed)
        #expect(watched.kept.map(\.step) == Array(1...watched.kept.count))
        #expect(watched.kept.count >= 60)
        // Every one where they are cheap to resume: early, around the end of the burn-in, late.
        let stride = max(1, watched.kept.count / 150)
        for index in Swift.stride(from: 0, to: watched.kept.count, by: stride) {
            let resumed = Keeper(earlier: watched.kept[index].state) { $0 == 1 }
            let outcome = try Self.run(trial.settings, resumed)
            #expect(outcome == undisturbed, "interrupted after \(index + 1)")
            #expect(resumed.resumedAt == index + 1)
            #expect(resumed.refusal == nil)
            // The very next state has the same bits too.
            if index + 1 < watched.kept.count {
                #expect(resumed.kept.first?.state == watched.kept[index + 1].state)
            }
        }
    }

    @Test("the reference kernels resume as well", arguments: [cases[0], cases[2]])
    func reference(trial: Case) throws {
        let family = try #require(SweepPhysics.KernelFamily.named("reference"))
        let undisturbed = try Self.run(trial.settings, family: family)
        let watched = Keeper { $0 == 70 }
        _ = try Self.run(trial.settings, family: family, watched)
        let resumed = Keeper(earlier: try #require(watched.kept.first?.state)) { _ in false }
        #expect(try Self.run(trial.settings, family: family, resumed) == undisturbed)
        #expect(resumed.resumedAt == 70)
    }

    @Test("an interruption of an interruption, and so on, changes nothing")
    func chainOfInterruptions() throws {
        let settings = Self.cases[1].settings
        let undisturbed = try Self.run(settings)
        var state: [UInt8]?
        var outcome: TrialOutcome?
        for _ in 0..<20 {
            let keeper = Keeper(earlier: state) { $0 == 11 }
            outcome = try Self.run(settings, keeper)
            guard let next = keeper.kept.first?.state else { break }
            state = next
        }
        #expect(outcome == undisturbed)
    }

    @Test("a checkpoint of anything else is refused, and the trial begins afresh")
    func foreign() throws {
        let settings = Self.cases[0].settings
        let watched = Keeper { $0 == 60 }
        _ = try Self.run(settings, watched)
        let state = try #require(watched.kept.first?.state)

        func expectRefusal(
            _ what: Comment, _ run: (Keeper?) throws -> TrialOutcome
        ) throws {
            let keeper = Keeper(earlier: state) { _ in false }
            let outcome = try run(keeper)
            #expect(keeper.resumedAt == nil, what)
            #expect(keeper.refusal?.contains("another trial") == true, what)
            #expect(outcome == (try run(nil)), what)
        }
        try expectRefusal("seed") { try Self.run(settings, seed: 2, $0) }
        try expectRefusal("random key") { try Self.run(settings, randomKey: 4, $0) }
        try expectRefusal("point") {
            try Self.run(
                settings, point: GridPoint([.init(name: "gain", value: .number(1.3))]), $0)
        }
        let changes: [(Comment, (inout PosteriorSettings) -> Void)] = [
            ("effective samples", { $0.effectiveSamples = 21 }), ("chains", { $0.chains = 2 }),
            ("iterations", { $0.maxIterations = 10_000 }), ("burn-in", { $0.burnIn = 50 }),
            ("step", { $0.step = 0.3 }), ("kappa", { $0.kappa = 2e-2 }),
            ("gain", { $0.gain = 1.25 }), ("bias variance", { $0.biasVariance = 0.06 }),
            ("width", { $0.width = 14 }), ("depth", { $0.depth = 3 }),
            ("activation", { $0.activation = .tanh }), ("test points", { $0.testPoints = 1 }),
            ("sampler", { $0.sampler = .ellipticalSlice }), ("evidence", { $0.evidence = true }),
        ]
        for (what, change) in changes {
            var other = settings
            change(&other)
            try expectRefusal(what) { try Self.run(other, $0) }
        }
        for family in SweepPhysics.KernelFamily.available
        where family.name != SweepPhysics.KernelFamily.best.name {
            try expectRefusal("kernels") { try Self.run(settings, family: family, $0) }
        }
    }

    @Test("damaged and truncated bytes are refused")
    func damaged() throws {
        let settings = Self.cases[4].settings
        let undisturbed = try Self.run(settings)
        let watched = Keeper { $0 == 55 }
        _ = try Self.run(settings, watched)
        let state = try #require(watched.kept.first?.state)
        var broken: [[UInt8]] = [[], Array("CSK1".utf8), state + [0], Array(state.dropFirst())]
        for length in stride(from: 0, to: state.count, by: 97) {
            broken.append(Array(state.prefix(length)))
        }
        for place in stride(from: 0, to: state.count, by: 131) {
            var changed = state
            changed[place] ^= 1 << UInt8(place % 8)
            broken.append(changed)
        }
        // Refused before anything is computed, so a data set that cannot be sampled does.
        let data = try settings.dataSet(seed: 1, randomKey: 3) { _ in [] }
        var quick = settings
        quick.maxIterations = 1
        for bytes in broken {
            let keeper = Keeper(earlier: bytes) { _ in false }
            _ = PosteriorTrial.run(
                quick, data: data, point: Self.point, seed: 1, randomKey: 3, family: .best,
                keeper: keeper)
            #expect(keeper.refusal != nil && keeper.resumedAt == nil)
        }
        for bytes in [broken[0], broken[7], broken[broken.count - 3]] {
            let keeper = Keeper(earlier: bytes) { _ in false }
            #expect(try Self.run(settings, keeper) == undisturbed)
            #expect(keeper.refusal?.contains("damaged") == true)
        }
    }
}
