import Glibc
import SweepPhysics
import Testing

@Suite("Weights of a network")
struct WeightSpaceDensityTests {
    static func problem(
        _ activation: Activation, width: Int, depth: Int, testInputs: [Double] = [],
        targets: [Double] = TinyProblems.targets, kappa: Double = 0.05, biasVariance: Double = 0.1
    ) throws -> (FunctionSpaceProblem, WeightSpaceProblem) {
        let data = try DataSet(
            dimension: 2, inputs: TinyProblems.inputs, targets: targets, testInputs: testInputs,
            testTargets: Array(repeating: 0, count: testInputs.count / 2))
        let kernels = FunctionSpaceProblem(
            activation: activation, gain: 1.3, biasVariance: biasVariance, kappa: kappa,
            width: width, depth: depth, targets: targets,
            inputFactor: data.inputFactor(gain: 1.3, biasVariance: biasVariance), reduces: false)
        return (kernels, WeightSpaceProblem(kernels, features: data.inputFeatures))
    }

    @Test(
        "energy, gradient, kernels and tangent kernel are those of the second implementation",
        arguments: NetworkReferences.networks)
    func secondImplementation(reference: NetworkReferences.Network) throws {
        let activation = try #require(Activation(rawValue: reference.activation))
        let (kernels, problem) = try Self.problem(
            activation, width: reference.width, depth: reference.depth)
        for family in SweepPhysics.KernelFamily.available {
            let density = WeightSpaceDensity(problem, family: family)
            let state = WeightState(problem)
            state.parameters.fill(from: NetworkReferences.parameters(problem.layout.count))
            density.evaluate(state)
            #expect(abs(state.energy - reference.energy) < 1e-9)
            let gradient = state.gradient.array()
            let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let probe = gradient.enumerated().reduce(0) { $0 + $1.element * cos(Double($1.offset)) }
            // The second implementation takes differences.
            #expect(abs(norm - reference.gradient.0) < 2e-7)
            #expect(abs(probe - reference.gradient.1) < 2e-7)
            let eigenvalue = density.largestTangentEigenvalue(state.parameters)
            #expect(abs(eigenvalue / reference.eigenvalue - 1) < 1e-5)
            let position = ChainPosition(kernels, isWhitened: false)
            try density.measure(state, into: position)
            let last = (reference.depth - 1) * 16
            #expect(abs(position.kernels.base[last + 1] - reference.entry) < 1e-9)
            #expect(position.kernels.base[last + 1] == position.kernels.base[last + 4])
            #expect(abs(position.potential - reference.potential) < 1e-8)
        }
    }

    @Test(
        "the gradient is that of central differences", arguments: Activation.allCases, [1, 2, 4])
    func gradient(activation: Activation, depth: Int) throws {
        for biasVariance in [0.1, 0] {
            let (_, problem) = try Self.problem(
                activation, width: 9, depth: depth, biasVariance: biasVariance)
            let density = WeightSpaceDensity(problem, family: .best)
            let state = WeightState(problem)
            let count = problem.layout.count
            let start = RandomStream(RandomKey(randomKey: 0, purpose: .weights, seed: 5))
                .normals(count: count).map { 0.6 * $0 }
            func energy(_ parameters: [Double]) -> Double {
                state.parameters.fill(from: parameters)
                density.evaluate(state)
                return state.energy
            }
            _ = energy(start)
            let gradient = state.gradient.array()
            for index in stride(from: 0, to: count, by: max(1, count / 23)) {
                var (up, down) = (start, start)
                up[index] += 1e-5
                down[index] -= 1e-5
                let difference = (energy(up) - energy(down)) / 2e-5
                #expect(abs(difference - gradient[index]) < 1e-6 * (1 + abs(difference)))
            }
        }
    }

    @Test("inputs in fewer coordinates have the same products")
    func features() throws {
        let inputs = RandomStream(RandomKey(randomKey: 0, purpose: .data, seed: 0))
            .normals(count: 5 * 40)
        let features = InputFeatures(inputs: inputs, dimension: 40)
        #expect(features.columns == 5 && features.dimension == 40)
        for row in 0..<5 {
            for column in 0..<5 {
                func product(_ values: [Double], _ width: Int) -> Double {
                    (0..<width).reduce(0) {
                        $0 + values[row * width + $1] * values[column * width + $1]
                    }
                }
                #expect(abs(product(features.values, 5) - product(inputs, 40)) < 1e-11)
            }
        }
        let few = InputFeatures(inputs: inputs, dimension: 4)
        #expect(few.columns == 4 && few.values == inputs)
    }
}
