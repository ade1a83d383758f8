import CSweepKernels
import SweepCore

/// ln p(y) by thermodynamic integration.
///
///     ln p(y) = − ∫_0^1 <U>_β dβ − (P/2) ln 2π
///
/// over posteriors whose likelihood has the power β: the chain mean of ln p(y | C_L) at β = 1 alone
/// is not it. With β = t³ the integrand vanishes at t = 0 with its slope, and the trapezoidal rule on
/// sixteen intervals of t, with the slope at the other end taken out (Euler–Maclaurin), has an error
/// of the fourth order, which is estimated from every other node.
struct Evidence: Hashable {
    /// ln p(y).
    let value: Double
    /// From the errors of the chain means.
    let standardError: Double
    /// Estimated error of the rule.
    let ruleError: Double

    /// One chain mean.
    struct Node: Hashable {
        var mean: Double
        var error: Double
        /// Variance of U.
        var variance: Double
    }

    static let intervals = 16
    static let exponent = 3.0

    /// β of node `index`, 1 … ``intervals``.
    static func power(_ index: Int) -> Double {
        let t = Double(index) / Double(intervals)
        return t * t * t
    }

    /// - Parameter nodes: of β = ``power(_:)``, 1 … ``intervals``, the last one the posterior.
    init(_ nodes: [Node], points: Int) {
        precondition(nodes.count == Self.intervals, "\(nodes.count) nodes")
        let p = Self.exponent
        func weight(_ index: Int) -> Double {
            let t = Double(index) / Double(Self.intervals)
            return p * t * t
        }
        let last = nodes[nodes.count - 1]
        // d/dt (<U> p t²) at t = 1, where d<U>/dβ = −Var U.
        let slope = p * (p - 1) * last.mean - p * p * last.variance
        func rule(_ stride: Int) -> Double {
            let step = Double(stride) / Double(Self.intervals)
            var sum = 0.5 * weight(Self.intervals) * last.mean
            for index in Swift.stride(from: stride, to: Self.intervals, by: stride) {
                sum += weight(index) * nodes[index - 1].mean
            }
            return step * sum - step * step / 12 * slope
        }
        let step = 1 / Double(Self.intervals)
        var variance = 0.0
        for (index, node) in nodes.enumerated() {
            let half = index + 1 == Self.intervals ? 0.5 : 1
            let part = half * step * weight(index + 1) * node.error
            variance += part * part
        }
        let fine = rule(1)
        value = -fine - 0.5 * Double(points) * KernelMath.logarithm(2 * PortableMath.pi)
        standardError = variance.squareRoot()
        ruleError = abs(fine - rule(2)) / 15
    }
}

extension PosteriorSampling {
    /// Runs the chains of every power of the likelihood but the last, the smallest power first.
    ///
    /// - Parameters:
    ///   - key: the random key of node 1 … 15.
    ///   - keeper: keeps checkpoints of the node at work with the results of those before.
    /// - Returns: the nodes; the posterior's own is missing.
    static func evidenceNodes(
        _ problem: FunctionSpaceProblem, _ settings: ChainSettings,
        key: (_ node: Int) -> swk_random_key, family: KernelFamily, keeper: StagedKeeper?
    ) throws(TrialFailure) -> [Evidence.Node] {
        var nodes: [Evidence.Node] = []
        for index in 1..<Evidence.intervals {
            if let known = keeper?.node(index) {
                nodes.append(known)
                continue
            }
            var powered = problem
            powered.likelihoodPower = Evidence.power(index)
            let sample: PosteriorSample
            do throws(TrialFailure) {
                sample = try run(
                    powered, settings, key: key(index), family: family,
                    keeper: keeper?.stage(index))
            } catch {
                throw TrialFailure(
                    error.kind,
                    "at the power \(powered.likelihoodPower) of the likelihood, for the evidence: "
                        + error.message)
            }
            let node = sample.node(power: powered.likelihoodPower)
            nodes.append(node)
            let chain = sample.diagnostics
            keeper?.finished(node, iterations: chain.burnIn + chain.iterations)
        }
        return nodes
    }
}

extension PosteriorSample {
    /// U itself; a chain's potential is β U.
    func node(power: Double) -> Evidence.Node {
        Evidence.Node(
            mean: meanPotential / power, error: meanPotentialError / power,
            variance: potentialVariance / (power * power))
    }
}

/// Checkpoints of a trial whose chains run one stage after the other: results of the stages that are
/// done, then the checkpoint of the stage at work.
final class StagedKeeper {
    private let outer: any CheckpointKeeper
    private let identity: Fingerprint
    private var nodes: [Evidence.Node] = []
    private var steps = 0
    private var inner: [UInt8]?

    init(_ outer: any CheckpointKeeper, identity: Fingerprint) {
        self.outer = outer
        self.identity = identity
        guard let earlier = outer.earlier else { return }
        do throws(CheckpointRefusal) {
            var reader = try CheckpointReader(earlier, identity: identity)
            steps = try reader.count()
            let done = try reader.count(upTo: Evidence.intervals - 1)
            var nodes: [Evidence.Node] = []
            for _ in 0..<done {
                nodes.append(
                    Evidence.Node(
                        mean: try reader.double(), error: try reader.double(),
                        variance: try reader.double()))
            }
            inner = try reader.bytes()
            try reader.finish()
            self.nodes = nodes
        } catch {
            outer.refused(error.reason)
        }
    }

    /// Node 1 … that is done already.
    func node(_ index: Int) -> Evidence.Node? {
        index <= nodes.count ? nodes[index - 1] : nil
    }

    func finished(_ node: Evidence.Node, iterations: Int) {
        nodes.append(node)
        steps += iterations
        inner = nil
    }

    /// The keeper of stage `index`, the one after ``nodes``.
    func stage(_ index: Int) -> any CheckpointKeeper {
        defer { inner = nil }
        return Stage(self, earlier: nodes.count == index - 1 ? inner : nil)
    }

    private func checkpoint(_ state: [UInt8]) -> [UInt8] {
        var writer = CheckpointWriter(identity: identity)
        writer.write(steps)
        writer.write(nodes.count)
        for node in nodes {
            for number in [node.mean, node.error, node.variance] { writer.write(number) }
        }
        writer.write(bytes: state)
        return writer.finish()
    }

    private final class Stage: CheckpointKeeper {
        let earlier: [UInt8]?
        private let owner: StagedKeeper

        init(_ owner: StagedKeeper, earlier: [UInt8]?) {
            self.owner = owner
            self.earlier = earlier
        }

        func isDue() -> Bool { owner.outer.isDue() }
        func keep(_ state: [UInt8], step: Int) {
            owner.outer.keep(owner.checkpoint(state), step: owner.steps + step)
        }
        func resumed(at step: Int) { owner.outer.resumed(at: owner.steps + step) }
        func refused(_ reason: String) { owner.outer.refused(reason) }
    }
}
