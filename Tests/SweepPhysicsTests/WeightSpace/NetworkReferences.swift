import Glibc
import Testing

/// Printed by `Tests/reference/weight_space.py`.
enum NetworkReferences {
    struct Network: CustomTestStringConvertible, Sendable {
        var activation: String
        var width: Int
        var depth: Int
        /// E(θ).
        var energy: Double
        /// |∇E|, and Σ_k cos(k) ∂E/∂θ_k.
        var gradient: (Double, Double)
        /// C_L[0][1].
        var entry: Double
        /// U.
        var potential: Double
        /// Largest eigenvalue of the tangent kernel.
        var eigenvalue: Double

        init(
            _ activation: String, width: Int, depth: Int, energy: Double,
            gradient: (Double, Double), entry: Double, potential: Double, eigenvalue: Double
        ) {
            self.activation = activation
            self.width = width
            self.depth = depth
            self.energy = energy
            self.gradient = gradient
            self.entry = entry
            self.potential = potential
            self.eigenvalue = eigenvalue
        }

        var testDescription: String { "\(activation), depth \(depth)" }
    }

    struct Evidence: CustomTestStringConvertible, Sendable {
        var activation: String
        var width: Int
        var depth: Int
        /// ln p(y), with its standard error.
        var value: Double
        var error: Double

        init(_ activation: String, width: Int, depth: Int, value: Double, error: Double) {
            self.activation = activation
            self.width = width
            self.depth = depth
            self.value = value
            self.error = error
        }

        var testDescription: String { "\(activation), width \(width), depth \(depth)" }
    }

    static let networks: [Network] = [
        .init(
            "erf", width: 5, depth: 1, energy: 10.7341418411,
            gradient: (15.34132075, -8.40356619),
            entry: 0.4792603254, potential: 7.7326430114, eigenvalue: 11.8597101),
        .init(
            "erf", width: 5, depth: 3, energy: 7.2557484338,
            gradient: (11.67990068, -2.03686562),
            entry: 0.6344828114, potential: 13.1767167295, eigenvalue: 21.2586933),
        .init(
            "tanh", width: 5, depth: 1, energy: 9.7700302853,
            gradient: (13.72783495, -7.65212432),
            entry: 0.4079571448, potential: 7.5153269974, eigenvalue: 10.5566181),
        .init(
            "tanh", width: 5, depth: 3, energy: 6.8288816117,
            gradient: (9.78590602, -1.12810119),
            entry: 0.5442885994, potential: 12.8005358926, eigenvalue: 17.2417675),
        .init(
            "relu", width: 5, depth: 1, energy: 9.9850368440,
            gradient: (16.58133296, -5.37105084),
            entry: 0.5325410772, potential: 4.0463224540, eigenvalue: 15.6990687),
        .init(
            "relu", width: 5, depth: 3, energy: 7.5488121692,
            gradient: (11.95172842, -2.08034034),
            entry: 0.1000000000, potential: 1.9996049792, eigenvalue: 17.9241143),
        .init(
            "leaky_relu", width: 5, depth: 1, energy: 10.0137594645,
            gradient: (16.61033758, -5.42881158),
            entry: 0.5324875342, potential: 4.0453249922, eigenvalue: 15.6911900),
        .init(
            "leaky_relu", width: 5, depth: 3, energy: 7.5430161145,
            gradient: (11.95356408, -1.91225628),
            entry: 0.0969808242, potential: 1.9719631617, eigenvalue: 17.9008520),
        .init(
            "linear", width: 5, depth: 1, energy: 13.2965867222,
            gradient: (21.72405299, -12.44789130),
            entry: 0.5902028835, potential: 3.1500439893, eigenvalue: 19.1009563),
        .init(
            "linear", width: 5, depth: 3, energy: 23.8591079606,
            gradient: (71.22150893, -22.78010557),
            entry: 1.7459228339, potential: 1.7477745192, eigenvalue: 123.6967629),
        .init(
            "silu", width: 5, depth: 1, energy: 8.7188199507,
            gradient: (13.28340587, -6.11612208),
            entry: 0.3251045906, potential: 3.4211759582, eigenvalue: 11.3862662),
        .init(
            "silu", width: 5, depth: 3, energy: 6.3315505068,
            gradient: (8.50341884, 0.29463338),
            entry: 0.1099911126, potential: 0.6010529780, eigenvalue: 13.2570411),
        .init(
            "gelu", width: 5, depth: 1, energy: 9.4539873879,
            gradient: (15.10750562, -6.16254982),
            entry: 0.3882371188, potential: 3.1196686988, eigenvalue: 13.6408002),
        .init(
            "gelu", width: 5, depth: 3, energy: 7.1613850876,
            gradient: (12.07677631, 0.66891895),
            entry: 0.0232916073, potential: 0.9596950900, eigenvalue: 19.4794028),
        .init(
            "elu", width: 5, depth: 1, energy: 12.2343724671,
            gradient: (19.40538272, -9.55728788),
            entry: 0.5630317314, potential: 3.6826711774, eigenvalue: 16.6086691),
        .init(
            "elu", width: 5, depth: 3, energy: 8.4791323569,
            gradient: (17.54066674, 2.64469189),
            entry: 0.0838321118, potential: 1.0527897002, eigenvalue: 31.0290466),
    ]

    static let evidences: [Evidence] = [
        .init("erf", width: 6, depth: 1, value: -4.86595, error: 0.00085),
        .init("erf", width: 6, depth: 2, value: -5.02176, error: 0.00131),
        .init("tanh", width: 12, depth: 3, value: -5.60688, error: 0.00147),
        .init("relu", width: 24, depth: 2, value: -6.44320, error: 0.00145),
        .init("linear", width: 6, depth: 2, value: -5.85502, error: 0.00071),
    ]

    /// The weights of the networks: a formula, so that no file is needed.
    static func parameters(_ count: Int) -> [Double] {
        (0..<count).map { index in
            let k = Double(index)
            let turn = (0.3 * k * k).truncatingRemainder(dividingBy: 7)
            return 0.8 * sin(1 + 1.7 * k + turn)
        }
    }
}
