import CSweepKernels
import Glibc
import SweepPhysics
import Testing

/// The density and the moves of function space against a second implementation and quadrature.
@Suite("Function space by other means")
struct FunctionSpaceReferenceTests {
    struct Density: CustomTestStringConvertible, Sendable {
        var activation: String
        var depth: Int
        var potential: Double
        /// C_L[0][1].
        var entry: Double
        /// |∇U|, and Σ_k cos(k) ∂U/∂ξ_k.
        var gradient: (Double, Double)

        init(
            _ activation: String, depth: Int, potential: Double, entry: Double,
            gradient: (Double, Double)
        ) {
            self.activation = activation
            self.depth = depth
            self.potential = potential
            self.entry = entry
            self.gradient = gradient
        }

        var testDescription: String { "\(activation), depth \(depth)" }
    }

    /// Printed by `Tests/reference/function_space.py`; 11 neurons.
    static let densities: [Density] = [
        .init(
            "erf", depth: 1, potential: 2.435258685677, entry: -0.044531668728,
            gradient: (2.2093275, -0.3170748)),
        .init(
            "erf", depth: 3, potential: 5.572089559888, entry: 0.098466084054,
            gradient: (5.8611919, -3.0729525)),
        .init(
            "tanh", depth: 1, potential: 2.552166032784, entry: -0.019013646929,
            gradient: (2.2321768, -0.2816718)),
        .init(
            "tanh", depth: 3, potential: 6.883365434680, entry: 0.126311795547,
            gradient: (6.7443597, -3.9253447)),
        .init(
            "relu", depth: 1, potential: 7.468550524928, entry: 0.184844284234,
            gradient: (6.1292515, -6.4904900)),
        .init(
            "relu", depth: 3, potential: 16.442141503771, entry: 0.124101508276,
            gradient: (5.9915255, -3.7417559)),
        .init(
            "leaky_relu", depth: 1, potential: 7.348095739805, entry: 0.181766203315,
            gradient: (6.0118613, -6.2985341)),
        .init(
            "leaky_relu", depth: 3, potential: 16.443576310767, entry: 0.123956339309,
            gradient: (5.9852709, -3.7568912)),
        .init(
            "silu", depth: 1, potential: 5.425840153779, entry: 0.081293288358,
            gradient: (4.2807726, -3.3603705)),
        .init(
            "silu", depth: 3, potential: 17.175563695377, entry: 0.119491078142,
            gradient: (2.1001217, -1.6797107)),
        .init(
            "gelu", depth: 1, potential: 6.275120367117, entry: 0.106702931671,
            gradient: (5.4920407, -5.7365440)),
        .init(
            "gelu", depth: 3, potential: 17.377955273651, entry: 0.117955520786,
            gradient: (2.4349025, -2.4810365)),
        .init(
            "elu", depth: 1, potential: 2.778985160262, entry: -0.000995969333,
            gradient: (2.0004267, -1.7094579)),
        .init(
            "elu", depth: 3, potential: 7.685124461361, entry: 0.117783518787,
            gradient: (7.6144367, -5.6735927)),
    ]

    @Test("potential, kernel and gradient are those of numpy", arguments: densities)
    func agreesWithNumpy(reference: Density) throws {
        let activation = try #require(
            Activation.allCases.first { $0.rawValue == reference.activation })
        let problem = try TinyProblems.problem(activation, width: 11, depth: reference.depth)
        let (points, width) = (problem.points, 11)
        for family in SweepPhysics.KernelFamily.available {
            let density = FunctionSpaceDensity(problem, family: family)
            let position = ChainPosition(problem)
            let layerSize = position.variables.count / reference.depth
            func place(_ k: Int) -> Int {
                let (layer, point, neuron) = (k / (points * width), k / width % points, k % width)
                return layer * layerSize + (neuron / 8 * points + point) * 8 + neuron % 8
            }
            let count = reference.depth * points * width
            for k in 0..<count {
                let x = Double(k)
                position.variables.base[place(k)] = sin(
                    1 + 1.7 * x + fmod(0.3 * x * x, 7))
            }
            try density.evaluate(position)
            let last = (reference.depth - 1) * points * points
            #expect(abs(position.potential - reference.potential) < 1e-9)
            #expect(abs(position.kernels.base[last + 1] - reference.entry) < 1e-11)
            let gradient = (0..<count).map { position.gradient.base[place($0)] }
            let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let probe = gradient.enumerated().reduce(0) { $0 + cos(Double($1.offset)) * $1.element }
            #expect(abs(norm - reference.gradient.0) < 1e-5)
            #expect(abs(probe - reference.gradient.1) < 1e-5)
        }
    }

    /// One neuron and one layer, f = w φ(h), h = v x: v alone decides the kernel.
    private enum Toy {
        static let inputs = [0.8, -1.5]
        static let targets = [1.0, -0.4]
        static let (gain, kappa) = (1.3, 0.1)

        static func problem() throws -> FunctionSpaceProblem {
            let data = try DataSet(dimension: 1, inputs: inputs, targets: targets)
            return FunctionSpaceProblem(
                activation: .erf, gain: gain, biasVariance: 0, kappa: kappa, width: 1, depth: 1,
                targets: targets, inputFactor: data.inputFactor(gain: gain, biasVariance: 0))
        }

        /// Posterior means of C_1[0][1] and U.
        static var means: (entry: Double, potential: Double) {
            var (weight, entry, potential) = (0.0, 0.0, 0.0)
            for index in -40_000...40_000 {
                let v = Double(index) * 2e-4
                let (a, b) = (erf(v * inputs[0]), erf(v * inputs[1]))
                let (c11, c12, c22) = (gain * a * a + kappa, gain * a * b, gain * b * b + kappa)
                let determinant = c11 * c22 - c12 * c12
                let misfit =
                    (c22 * targets[0] * targets[0] - 2 * c12 * targets[0] * targets[1]
                        + c11 * targets[1] * targets[1]) / determinant
                let u = 0.5 * misfit + 0.5 * log(determinant)
                let density = exp(-0.5 * v * v / gain - u)
                weight += density
                entry += density * c12
                potential += density * u
            }
            return (entry / weight, potential / weight)
        }
    }

    @Test(
        "one neuron, one layer: the law of quadrature, and as many moves there as back",
        arguments: ["hamiltonian", "slice"])
    func detailedBalance(name: String) throws {
        let randomness = ChainRandomness(key: TinyProblems.key(4), chain: 0, family: .best)
        let sampler: any KernelSampler =
            name == "slice"
            ? try EllipticalSliceSampler(Toy.problem(), randomness: randomness)
            // Steps so long that a third of the trajectories is refused.
            : try HamiltonianSampler(Toy.problem(), randomness: randomness, stepSize: 1.1)
        var (entries, potentials): ([Double], [Double]) = ([], [])
        var accepted = 0.0
        let count = 60_000
        for iteration in 0..<count {
            accepted += sampler.step(iteration: iteration).acceptanceProbability
            guard iteration >= 100 else { continue }
            entries.append(sampler.position.kernels.base[1])
            potentials.append(sampler.position.potential)
        }
        // The test of the Hamiltonian trajectory has something to do.
        if name == "hamiltonian" {
            #expect((0.3...0.97).contains(accepted / Double(count)))
        }
        for (values, expected) in [
            (entries, Toy.means.entry), (potentials, Toy.means.potential),
        ] {
            let mean = values.reduce(0, +) / Double(values.count)
            let error = try #require(Autocorrelation.standardError([values]))
            #expect(abs(mean - expected) < 4 * error)
            #expect(error < 0.03 * abs(expected))
        }
        // Reversible: <A_t B_{t+1} − B_t A_{t+1}> = 0.
        var currents: [Double] = []
        for index in 1..<entries.count {
            let there = entries[index - 1] * potentials[index]
            currents.append(there - potentials[index - 1] * entries[index])
        }
        let current = currents.reduce(0, +) / Double(currents.count)
        let error = try #require(Autocorrelation.standardError([currents]))
        #expect(abs(current) < 4 * error)
    }
}
