import CSweepKernels
import SweepCore

/// The chains of one trial on their way: what is done when, and how to go on after an interruption.
final class PosteriorRun {
    /// All that the chains are a function of.
    struct Setting {
        let problem: FunctionSpaceProblem
        let settings: ChainSettings
        let key: swk_random_key
        let family: KernelFamily
        let test: PosteriorSampling.TestPoints?
        /// Inputs as a network of weights sees them, held-out points last.
        let features: InputFeatures
        let target: CentredTarget
    }

    private enum Stage: Int {
        case burnIn = 0
        case sampling = 1
    }

    let chains: [PosteriorChain]
    private let setting: Setting
    private let identity: Fingerprint
    private var stage = Stage.burnIn
    /// The chain at work; those before it are done with this stage.
    private var place = 0
    /// Iterations that each chain is to keep before the next look.
    private var wanted: Int

    private var settings: ChainSettings { setting.settings }

    /// Takes up what an earlier attempt left, or begins with a draw of the prior for each chain.
    ///
    /// - Throws: ``SingularKernel`` when a draw has a kernel without Cholesky factor.
    init(_ setting: Setting, keeper: (any CheckpointKeeper)?) throws(SingularKernel) {
        self.setting = setting
        identity = setting.fingerprint
        if let keeper, let earlier = keeper.earlier {
            do throws(CheckpointRefusal) {
                var reader = try CheckpointReader(earlier, identity: identity)
                (stage, place, wanted) = try Self.progress(setting.settings, from: &reader)
                var chains: [PosteriorChain] = []
                for index in 0..<setting.settings.chains {
                    chains.append(try setting.chain(index, from: &reader))
                }
                try reader.finish()
                self.chains = chains
                keeper.resumed(at: step)
                return
            } catch {
                keeper.refused(error.reason)
            }
        }
        stage = .burnIn
        place = 0
        let settings = setting.settings
        let share = (settings.effectiveSamples / Double(settings.chains)).rounded(.up)
        wanted = max(Int(share), Self.shortestSampling)
        var chains: [PosteriorChain] = []
        for index in 0..<settings.chains { chains.append(try setting.chain(index)) }
        self.chains = chains
    }

    /// Fewer kept iterations of a chain say nothing.
    private static let shortestSampling = 20

    /// Iterations of all chains together.
    private var step: Int { chains.reduce(0) { $0 + $1.iteration } }

    /// Runs the chains until they may be believed.
    ///
    /// - Throws: ``TrialFailure`` when that does not happen.
    func toTheEnd(_ keeper: (any CheckpointKeeper)?) throws(TrialFailure) -> Convergence {
        while true {
            while place < chains.count {
                while advance(chains[place]) {
                    if let keeper, keeper.isDue() { keeper.keep(checkpoint(), step: step) }
                }
                if let loss = chains[place].loss { throw TrialFailure(.diverged, loss) }
                place += 1
            }
            place = 0
            switch stage {
            case .burnIn: stage = .sampling
            case .sampling:
                if let convergence = try look() { return convergence }
            }
        }
    }

    private func advance(_ chain: PosteriorChain) -> Bool {
        switch stage {
        case .burnIn: chain.advanceBurnIn()
        case .sampling: chain.advanceSampling(until: wanted)
        }
    }

    /// Decides what follows from what was kept; nil to go on.
    private func look() throws(TrialFailure) -> Convergence? {
        if let layer = chains.compactMap(\.record.constantLayer).min() {
            throw PosteriorSampling.constantKernel(layer)
        }
        let convergence = Convergence(chains.map(\.record))
        let isEnough =
            convergence.effectiveSamples >= settings.effectiveSamples
            && convergence.shortest >= Self.shortestSampling
        if isEnough, convergence.splitRHat <= ChainSettings.largestSplitRHat,
            convergence.acceptance >= ChainSettings.smallestAcceptance
        {
            return convergence
        }
        guard !chains.contains(where: \.isExhausted) else {
            throw PosteriorSampling.notConverged(chains, convergence, settings)
        }
        if isEnough {
            // The halves disagree: the start was not forgotten, or the step no longer fits.
            stage = .burnIn
        } else {
            wanted += max(wanted / 10, 5)
        }
        return nil
    }

    // MARK: Checkpoints

    private func checkpoint() -> [UInt8] {
        var writer = CheckpointWriter(identity: identity)
        for number in [stage.rawValue, place, wanted] { writer.write(number) }
        for chain in chains { chain.write(to: &writer) }
        return writer.finish()
    }

    private static func progress(
        _ settings: ChainSettings, from reader: inout CheckpointReader
    ) throws(CheckpointRefusal) -> (Stage, Int, Int) {
        guard let stage = Stage(rawValue: try reader.integer()) else { throw .damaged }
        return (stage, try reader.count(upTo: settings.chains - 1), try reader.count())
    }
}

extension PosteriorRun.Setting {
    private func randomness(_ index: Int) -> ChainRandomness {
        ChainRandomness(key: key, chain: index, family: family)
    }

    private func prediction(_ randomness: ChainRandomness) -> TestPrediction? {
        // A network of weights predicts by itself.
        if case .langevin = settings.sampler { return nil }
        return test.map {
            TestPrediction(
                problem, inputFactor: $0.inputFactor, testCount: $0.count, randomness: randomness)
        }
    }

    fileprivate func chain(_ index: Int) throws(SingularKernel) -> PosteriorChain {
        let randomness = randomness(index)
        return try PosteriorChain(
            problem, settings, randomness: randomness, target: target, features: features,
            prediction: prediction(randomness))
    }

    fileprivate func chain(
        _ index: Int, from reader: inout CheckpointReader
    ) throws(CheckpointRefusal) -> PosteriorChain {
        let randomness = randomness(index)
        return try PosteriorChain(
            problem, settings, randomness: randomness, target: target, features: features,
            prediction: prediction(randomness), from: &reader)
    }

    /// Of everything here: seed and canonical point are in the key, data in targets and factors.
    var fingerprint: Fingerprint {
        var fingerprint = Fingerprint()
        fingerprint.add("posterior in function space")
        fingerprint.add(family.name)
        for word in [UInt64(key.key0), UInt64(key.key1), key.stream] { fingerprint.add(word) }
        fingerprint.add(problem.activation.rawValue)
        for number in [problem.gain, problem.biasVariance, problem.kappa] {
            fingerprint.add(number)
        }
        for number in [problem.width, problem.depth, problem.points] { fingerprint.add(number) }
        for values in [problem.givenTargets, problem.targets, problem.inputFactor] {
            fingerprint.add(values)
        }
        fingerprint.add(test?.count ?? 0)
        fingerprint.add(test?.inputFactor ?? [])
        switch settings.sampler {
        case .hamiltonian: fingerprint.add(1)
        case .ellipticalSlice: fingerprint.add(2)
        case .langevin(let metropolis):
            fingerprint.add(metropolis ? 4 : 3)
            fingerprint.add(features.dimension)
            fingerprint.add(features.columns)
            fingerprint.add(features.values)
        }
        fingerprint.add(settings.effectiveSamples)
        for number in [settings.maxIterations, settings.burnIn ?? -1, settings.chains] {
            fingerprint.add(number)
        }
        fingerprint.add(settings.step ?? 0)
        fingerprint.add(problem.likelihoodPower)
        return fingerprint
    }
}
