import SweepCore
import SweepPhysics
import Testing

/// The solver against quadrature in numpy, against the equations written out again, against closed
/// forms and limits, and against the sampler.
@Suite("Theory")
struct TheorySolverTests {
    static func stream(_ seed: Int = 0) -> RandomStream {
        RandomStream(RandomKey(randomKey: 0, purpose: .theory, seed: seed))
    }

    /// The problem of ``TinyProblems``, or its first points alone.
    static func problem(
        _ activation: Activation, width: Int, depth: Int, gain: Double = 1.3,
        biasVariance: Double = 0.1, points: Int = 4
    ) throws -> FunctionSpaceProblem {
        let data = try DataSet(
            dimension: 2, inputs: Array(TinyProblems.inputs.prefix(2 * points)),
            targets: Array(TinyProblems.targets.prefix(points)))
        return FunctionSpaceProblem(
            activation: activation, gain: gain, biasVariance: biasVariance, kappa: 0.05,
            width: width, depth: depth, targets: data.targets,
            inputFactor: data.inputFactor(gain: gain, biasVariance: biasVariance))
    }

    static func solve(
        _ activation: Activation, _ order: TheoryOrder, width: Int, depth: Int,
        gain: Double = 1.3, biasVariance: Double = 0.1, points: Int = 4, draws: Int = 4_096,
        seed: Int = 0
    ) throws -> TheorySolution {
        // The closure is asked for gains whose data are fine.
        let solver = TheorySolver(
            order: order, options: TheoryOptions(draws: draws), family: .best
        ) { gain in
            guard
                let problem = try? problem(
                    activation, width: width, depth: depth, gain: gain,
                    biasVariance: biasVariance, points: points)
            else { preconditionFailure("the tiny data set has changed") }
            return problem
        }
        return try solver.solve(gain: gain, stream: stream(seed))
    }

    static func plain(_ kernel: Kernel) -> PlainMatrix {
        PlainMatrix(size: kernel.size, kernel.values)
    }

    @Test("kernels and conjugate kernels are those of quadrature in numpy")
    func agreesWithQuadrature() throws {
        let table = try ReferenceTable("theory_tiny.csv")
        #expect(table.rows.count == 14)
        var solutions: [String: TheorySolution] = [:]
        for row in table.rows {
            let order: TheoryOrder = row.numbers[0] == 1 ? .linear : .full
            let width = Int(row.numbers[1])
            let depth = Int(row.numbers[2])
            let layer = Int(row.numbers[3]) - 1
            let name = "\(row.activation) \(order) \(width) \(depth)"
            let solution =
                try solutions[name]
                ?? Self.solve(
                    row.activation, order, width: width, depth: depth, points: 3, draws: 65_536)
            solutions[name] = solution
            // What odd activations leave to the draws is smaller, and its tails are lighter.
            let bound = [.erf, .tanh].contains(row.activation) ? 1e-3 : 4e-3
            for (kernel, first, bound) in [
                (solution.kernels[layer], 4, bound), (solution.conjugates[layer], 10, 4 * bound),
            ] {
                let expected = Array(row.numbers[first..<(first + 6)])
                let largest = expected.map(abs).max() ?? 0
                var place = 0
                for a in 0..<3 {
                    for b in 0...a {
                        let difference = abs(kernel[a, b] - expected[place])
                        #expect(difference < bound * largest, "\(row.description) \(a) \(b)")
                        place += 1
                    }
                }
            }
        }
    }

    @Test(
        "the backward equation with slopes and curvatures agrees with the identity",
        arguments: [Activation.erf, .tanh, .gelu])
    func identityHolds(activation: Activation) throws {
        let width = 12.0
        let gain = 1.3
        let solution = try Self.solve(
            activation, .full, width: Int(width), depth: 2, draws: 65_536)
        let root = Self.plain(solution.kernels[0]).root
        let conjugate = Self.plain(solution.conjugates[1])
        let points = root.size
        let count = 60_000
        let normals = RandomStream(RandomKey(randomKey: 5, purpose: .data, seed: 1))
            .normals(count: count * points)
        var total = 0.0
        var back = 0 * root
        var dropped = back
        for draw in 0..<count {
            let h = (0..<points).map { a in
                (0...a).reduce(0) { $0 + root[a, $1] * normals[draw * points + $1] }
            }
            let phi = h.map(activation.value)
            let u = (0..<points).map { a in
                (0..<points).reduce(0) { $0 + conjugate[a, $1] * phi[$1] }
            }
            let tilt = gain / width * zip(phi, u).reduce(0) { $0 + $1.0 * $1.1 }
            // exp by its series is enough here: the tilt of most draws is mild.
            let weight = Self.exponential(tilt)
            total += weight
            let slope = h.map(activation.slope)
            for a in 0..<points {
                back[a, a] += weight * gain * activation.curvature(h[a]) * u[a]
                for b in 0..<points {
                    back[a, b] += weight * gain * slope[a] * conjugate[a, b] * slope[b]
                    dropped[a, b] +=
                        weight * 2 * gain * gain / width * slope[a] * u[a] * slope[b] * u[b]
                }
            }
        }
        let expected = Self.plain(solution.conjugates[0])
        let found = (1 / total) * (back + dropped)
        #expect((found - expected).norm < 0.04 * expected.norm)
        // Without its last term the equation would be far off: the check can fail.
        #expect(((1 / total) * back - expected).norm > 0.1 * expected.norm)
    }

    /// eˣ = (e^{x/2ᵏ})^{2ᵏ} by Taylor's series.
    private static func exponential(_ x: Double) -> Double {
        var sum = 1.0
        for term in stride(from: 14, through: 1, by: -1) { sum = 1 + x / 1024 * sum / Double(term) }
        for _ in 0..<10 { sum *= sum }
        return sum
    }

    @Test("a linear network meets its closed form")
    func linearNetwork() throws {
        let width = 6.0
        let gain = 1.4
        let solution = try Self.solve(
            .linear, .full, width: 6, depth: 3, gain: gain, biasVariance: 0.2, points: 3)
        let problem = try Self.problem(
            .linear, width: 6, depth: 3, gain: gain, biasVariance: 0.2, points: 3)
        let one = PlainMatrix.identity(3)
        let biases = PlainMatrix(Array(repeating: [0.2, 0.2, 0.2], count: 3))
        let factor = PlainMatrix(size: 3, problem.inputFactor)
        var last = factor * PlainMatrix((0..<3).map { i in (0..<3).map { factor[$0, i] } })
        for layer in 0..<3 {
            let kernel = Self.plain(solution.kernels[layer])
            let conjugate = Self.plain(solution.conjugates[layer])
            // (1 - (2 g/N) C T)⁻¹ C is the covariance of the tilted Gaussian.
            let spread = (one - (2 * gain / width) * (last * conjugate)).inverse
            #expect((gain * (spread * last) + biases - kernel).norm < 1e-7 * kernel.norm)
            if layer > 0 {
                let below = Self.plain(solution.conjugates[layer - 1])
                #expect((gain * (conjugate * spread) - below).norm < 1e-7 * below.norm)
            }
            last = kernel
        }
        #expect(solution.weightFraction == 1 && solution.residual < 1e-8)
    }

    @Test(
        "kernels approach those of infinite width as 1/N, and the two orders each other as 1/N²",
        arguments: [Activation.erf, .relu])
    func wideLimit(activation: Activation) throws {
        let problem = try Self.problem(activation, width: 1, depth: 3)
        let data = try DataSet(
            dimension: 2, inputs: TinyProblems.inputs, targets: TinyProblems.targets)
        let infinite = try NNGP.kernels(
            input: data.inputKernel(gain: problem.gain, biasVariance: problem.biasVariance),
            gain: problem.gain, biasVariance: problem.biasVariance, depth: 3,
            activation: activation)
        var distances: [Double] = []
        var differences: [Double] = []
        let widths = [1_000, 2_000, 4_000, 8_000]
        for width in widths {
            let full = try Self.solve(activation, .full, width: width, depth: 3)
            let linear = try Self.solve(activation, .linear, width: width, depth: 3)
            distances.append(try #require(full.kernels[2].adaptation(from: infinite[2])))
            differences.append(try #require(full.kernels[2].adaptation(from: linear.kernels[2])))
        }
        // Least squares in the logarithms; the widths are powers of two apart.
        func slope(_ values: [Double]) -> Double {
            let x = [-1.5, -0.5, 0.5, 1.5]
            let logs = values.map { KernelMath.logarithm($0) / KernelMath.logarithm(2) }
            return zip(x, logs).reduce(0) { $0 + $1.0 * $1.1 } / 5
        }
        #expect(abs(slope(distances) + 1) < 0.1, "\(distances)")
        #expect(abs(slope(differences) + 2) < 0.3, "\(differences)")
    }

    @Test(
        "theory and sampler agree on the alignment at P/N = 0.06 and 0.12", arguments: [200, 100])
    func agreesWithSampler(width: Int) throws {
        let settings = PosteriorSettings(
            task: .xor(points: 12, dimension: 100, noiseVariance: 0.4, signal: .high),
            activation: .erf, biasVariance: 0.05, gain: 1, width: width, depth: 3, kappa: 1e-3,
            effectiveSamples: 150, compare: [.linear, .full])
        let data = try XorData.draw(
            points: 12, dimension: 100, noiseVariance: 0.4, signal: .high, randomKey: 0, seed: 0)
        let outcome = PosteriorTrial.run(
            settings, data: data, point: GridPoint([]), seed: 0, randomKey: 0, family: .best)
        guard case .success(let result) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        func metric(_ name: String) throws -> Double {
            try #require(result.metrics.first { $0.name == name }?.value)
        }
        let sampled = try metric("cka_output")
        let error = try metric("cka_output_se")
        let theory = try metric("cka_output_full")
        #expect(abs(theory - sampled) < 0.03 * sampled + 3 * error)
        #expect(try theory - metric("cka_output_nngp") > 10 * error)
        #expect(result.arrays.contains { $0.name == "cka_layer_full" && $0.values.last == theory })
        #expect(result.arrays.contains { $0.name == "cka_layer_linear" && $0.shape == [3] })
    }

    @Test("below the critical gain, where the iteration diverges, the layers adapt")
    func deepNetwork() throws {
        let settings = TheorySettings(
            task: .xor(points: 8, dimension: 100, noiseVariance: 0.4, signal: .high),
            activation: .erf, biasVariance: 0.05, gain: 0.7, width: 100, depth: 8, kappa: 1e-3,
            options: TheoryOptions(draws: 2_048))
        let data = try XorData.draw(
            points: 8, dimension: 100, noiseVariance: 0.4, signal: .high, randomKey: 0, seed: 0)
        let outcome = TheoryTrial.run(
            settings, data: data, seed: 0, randomKey: 0, family: .best)
        guard case .success(let result) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        let layers = try #require(result.arrays.first { $0.name == "cka_layer_full" }?.values)
        #expect(zip(layers, layers.dropFirst()).allSatisfy { $0 < $1 })
        #expect(layers[7] > 0.9)
        let residual = result.diagnostics.first { $0.name == "residual" }
        guard case .number(let size) = residual?.value, let size else {
            Issue.record("no residual")
            return
        }
        #expect(size < 1e-8)
    }

    @Test("what cannot be solved is a failure with its reason, and no number")
    func failures() throws {
        func failure(_ body: () throws -> TheorySolution) -> TrialFailure? {
            do {
                _ = try body()
                return nil
            } catch {
                return error as? TrialFailure
            }
        }
        let few = failure { try Self.solve(.erf, .full, width: 50, depth: 2, draws: 2) }
        #expect(few == nil, "two draws are rounded up to sixteen, enough for four points")
        let fewer = failure { try Self.solve(.relu, .full, width: 50, depth: 2, draws: 2) }
        #expect(fewer == nil)
        let narrow = failure {
            try Self.solve(.relu, .linear, width: 1, depth: 3, gain: 6, draws: 256)
        }
        #expect(narrow?.kind == .notConverged)
        #expect(narrow?.message.contains("theory to order linear was found at width 1") == true)
    }

    @Test("the same seed gives the same bits, another seed other draws")
    func isDeterministic() throws {
        let one = try Self.solve(.tanh, .full, width: 30, depth: 2)
        #expect(try one == Self.solve(.tanh, .full, width: 30, depth: 2))
        let other = try Self.solve(.tanh, .full, width: 30, depth: 2, seed: 1)
        #expect(other.kernels != one.kernels)
        #expect(try #require(other.kernels[1].adaptation(from: one.kernels[1])) < 2e-3)
    }
}
