import CSweepKernels
import Glibc
import SweepPhysics

/// Gradients and iterations of the samplers, through the product's own types.
enum SamplerCases {
    static let (gain, biasVariance, kappa) = (1.2, 0.05, 1e-3)
    static let dimension = 100

    /// P points of four clusters, as in the papers' panel (a), and the network that learns them.
    static func problem(points: Int, width: Int, depth: Int) throws -> FunctionSpaceProblem {
        let noise = AlignedBuffer(count: points * dimension)
        KernelFamily.best.kernels.normals(
            noise.base, noise.count, swk_random_key(key0: 5, key1: 6, stream: 7), 0)
        var inputs: [Double] = []
        for point in 0..<points {
            for column in 0..<dimension {
                let direction = point % 2 == 1 && column >= dimension / 2 ? -1.0 : 1.0
                let mean = point % 4 < 2 ? direction : -direction
                inputs.append(mean + 0.4.squareRoot() * noise.base[point * dimension + column])
            }
        }
        let targets = (0..<points).map { $0 % 2 == 0 ? 1.0 : -1.0 }
        let data = try DataSet(dimension: dimension, inputs: inputs, targets: targets)
        return FunctionSpaceProblem(
            activation: .erf, gain: gain, biasVariance: biasVariance, kappa: kappa, width: width,
            depth: depth, targets: targets,
            inputFactor: data.inputFactor(gain: gain, biasVariance: biasVariance))
    }

    static func randomness(_ family: KernelFamily) -> ChainRandomness {
        ChainRandomness(
            key: swk_random_key(key0: 1, key1: 2, stream: 3), chain: 0, family: family)
    }

    /// What one gradient asks for: every product of a triangle with a panel counts half.
    static func amounts(
        points: Int, width: Int, depth: Int
    ) -> (flops: Double, functions: Double) {
        let (P, N, L) = (Double(points), Double(width), Double(depth))
        let triangle = P * (P + 1) * N
        // Forward: L xi and the gram matrix; backward: the full product, L^T hbar and, but for the
        // first layer, the projection. The algebra: Cholesky with inverse, inverse of a matrix, adjoint.
        let panels = L * (3 * triangle + 2 * P * P * N) + (L - 1) * triangle
        let algebra = L * (2.0 / 3 * P * P * P) + P * P * P / 3 + (L - 1) * P * P * P
        return (panels + algebra, L * P * N)
    }

    static func gradient(
        _ family: KernelFamily, points: Int, width: Int, depth: Int, isSingle: Bool
    ) throws -> Case {
        let problem = try problem(points: points, width: width, depth: depth)
        let density = FunctionSpaceDensity(problem, family: family)
        let position = ChainPosition(problem)
        let panels = SinglePanels(problem, family: family)
        let draw = randomness(family)
        draw.normals(
            position.variables.base, count: position.variables.count, .initialVariables,
            iteration: 0)
        position.variables.clearPadding(problem)
        panels.narrow(position.variables, into: panels.variables)
        let (flops, functions) = amounts(points: points, width: width, depth: depth)
        let bytes = Double(depth * points * width) * (isSingle ? 4 : 8) * 5
        return Case(flops: flops, bytes: bytes, functions: functions) {
            do {
                if isSingle {
                    try density.evaluate(position, panels: panels)
                } else {
                    try density.evaluate(position)
                }
            } catch { return .nan }
            return position.potential
        }
    }

    static func iteration(_ family: KernelFamily, isSingle: Bool) throws -> Case {
        let problem = try problem(points: 12, width: 500, depth: 3)
        let (flops, functions) = amounts(points: 12, width: 500, depth: 3)
        var iteration = 0
        let sampler: any KernelSampler =
            isSingle
            ? try SingleHamiltonianSampler(problem, randomness: randomness(family), stepSize: 0.3)
            : try HamiltonianSampler(problem, randomness: randomness(family), stepSize: 0.3)
        return Case(
            flops: 5 * flops, bytes: Double(3 * 12 * 500) * (isSingle ? 4 : 8) * 5 * 7,
            functions: 5 * functions
        ) {
            iteration += 1
            _ = sampler.step(iteration: iteration)
            return sampler.position.potential
        }
    }

    /// One whole trial; the functions are its effective samples.
    static func trial(_ family: KernelFamily) throws -> Case {
        let problem = try problem(points: 12, width: 500, depth: 3)
        let key = swk_random_key(key0: 1, key1: 2, stream: 3)
        func run() -> PosteriorSample? {
            try? PosteriorSampling.run(problem, ChainSettings(), key: key, family: family)
        }
        return Case(functions: run()?.diagnostics.effectiveSamples ?? .nan) {
            run()?.alignment.last ?? .nan
        }
    }

    static func make(_ name: String, _ family: KernelFamily) throws -> Case? {
        switch name {
        case "gradient-double":
            return try gradient(family, points: 12, width: 500, depth: 3, isSingle: false)
        case "gradient-single":
            return try gradient(family, points: 12, width: 500, depth: 3, isSingle: true)
        case "large-double":
            return try gradient(family, points: 100, width: 2000, depth: 2, isSingle: false)
        case "large-single":
            return try gradient(family, points: 100, width: 2000, depth: 2, isSingle: true)
        case "iteration-double": return try iteration(family, isSingle: false)
        case "iteration-single": return try iteration(family, isSingle: true)
        case "trial": return try trial(family)
        default:
            // gradient:P:N:L, for fitted exponents.
            let parts = name.split(separator: ":")
            guard parts.count == 4, parts[0] == "gradient", let P = Int(parts[1]),
                let N = Int(parts[2]), let L = Int(parts[3])
            else { return nil }
            return try gradient(family, points: P, width: N, depth: L, isSingle: false)
        }
    }

    /// Writes P, N, L, A (P, P), y (P), ξ (L, P, N), U and dU/dξ (L, P, N) as doubles, so that a peer
    /// can tell that it computes the same.
    static func writeCheck(_ path: String, _ family: KernelFamily) throws {
        let (points, width, depth) = (12, 500, 3)
        let problem = try problem(points: points, width: width, depth: depth)
        let density = FunctionSpaceDensity(problem, family: family)
        let position = ChainPosition(problem)
        randomness(family).normals(
            position.variables.base, count: position.variables.count, .initialVariables,
            iteration: 0)
        position.variables.clearPadding(problem)
        try density.evaluate(position)
        let tiles = (width + 7) / 8
        func panels(_ buffer: AlignedBuffer) -> [Double] {
            var plain: [Double] = []
            for layer in 0..<depth {
                for point in 0..<points {
                    for neuron in 0..<width {
                        let tile = (layer * tiles + neuron / 8) * points + point
                        plain.append(buffer.base[tile * 8 + neuron % 8])
                    }
                }
            }
            return plain
        }
        let factor = (0..<points * points).map { density.factor(ofLayer: 0)[$0] }
        let numbers =
            [Double(points), Double(width), Double(depth)] + factor
            + (0..<points).map { $0 % 2 == 0 ? 1.0 : -1.0 } + panels(position.variables)
            + [position.potential] + panels(position.gradient)
        try writeNumbers(numbers, path)
    }
}

/// Writes numbers as they are in memory.
func writeNumbers(_ numbers: [Double], _ path: String) throws {
    guard let file = fopen(path, "w") else { throw CheckError.notWritable(path) }
    defer { fclose(file) }
    guard fwrite(numbers, 8, numbers.count, file) == numbers.count else {
        throw CheckError.notWritable(path)
    }
}

enum CheckError: Error, CustomStringConvertible {
    case notWritable(String)

    var description: String {
        switch self {
        case .notWritable(let path): "cannot write \(path)"
        }
    }
}
