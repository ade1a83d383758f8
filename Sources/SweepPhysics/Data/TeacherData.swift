import SweepCore

/// Targets of a random network: what a student of the same or another kind could learn.
public enum Teacher: String, CaseIterable, Hashable, Sendable {
    /// y = w · x / √D.
    case linear
    /// One hidden layer of ``TeacherData/hiddenNeurons`` neurons:
    /// y = c Σ_k v_k erf(u_k · x / √D) / √M, c such that y has variance 1 over teachers.
    case erf
}

/// Inputs x ~ N(0, 1) in each of D components, targets of a random teacher with noise on them.
///
/// Source: the teacher–student setting of Gardner and Derrida 1989.
public enum TeacherData {
    /// M of the erf teacher.
    public static let hiddenNeurons = 100

    /// Draws P training points and T held-out points, of one teacher.
    ///
    /// The teacher depends on the seed, and neither on P nor T; every point has its own place in a
    /// stream, so P points are the first P of any larger draw. All of a teacher's weights are
    /// N(0, 1), so that a target without noise has variance 1 over teachers and inputs.
    ///
    /// - Parameter noiseVariance: of the noise on every target, held-out ones too, ≥ 0.
    /// - Throws: ``DataProblem`` for fewer than 2 points.
    public static func draw(
        teacher: Teacher, points: Int, dimension: Int, noiseVariance: Double, testPoints: Int = 0,
        randomKey: UInt64, seed: Int
    ) throws(DataProblem) -> DataSet {
        precondition(noiseVariance >= 0 && noiseVariance.isFinite, "noise \(noiseVariance)")
        precondition(dimension >= 1 && testPoints >= 0, "a data set without dimension or points")
        if points < 2 { throw .tooFew(points: max(0, points)) }
        // Noise scales the same numbers, so data sets of different noise are paired.
        let fields = GridPoint([
            .init(name: "task", value: .word("teacher")),
            .init(name: "teacher", value: .word(teacher.rawValue)),
            .init(name: "dimension", value: .number(Double(dimension))),
        ]).canonicalText
        func stream(_ purpose: RandomKey.Purpose) -> RandomStream {
            RandomStream(
                RandomKey(randomKey: randomKey, purpose: purpose, seed: seed, point: fields))
        }
        let network = Network(teacher, dimension: dimension, stream(.teacher))
        let deviation = noiseVariance.squareRoot()
        func sample(_ purpose: RandomKey.Purpose, _ count: Int) -> ([Double], [Double]) {
            // Of each point D components, then the noise on its target.
            let numbers = stream(purpose).normals(count: count * (dimension + 1))
            var inputs: [Double] = []
            inputs.reserveCapacity(count * dimension)
            var targets: [Double] = []
            for point in 0..<count {
                let start = point * (dimension + 1)
                let input = numbers[start..<(start + dimension)]
                inputs.append(contentsOf: input)
                targets.append(network.value(at: input) + deviation * numbers[start + dimension])
            }
            return (inputs, targets)
        }
        let (inputs, targets) = sample(.data, points)
        let (testInputs, testTargets) = sample(.testPoints, testPoints)
        return try DataSet(
            dimension: dimension, inputs: inputs, targets: targets, testInputs: testInputs,
            testTargets: testTargets)
    }

    private struct Network {
        let teacher: Teacher
        let dimension: Int
        /// w, or u_1 … u_M.
        let incoming: [Double]
        /// v with its scale; empty of the linear teacher.
        let outgoing: [Double]

        init(_ teacher: Teacher, dimension: Int, _ stream: RandomStream) {
            self.teacher = teacher
            self.dimension = dimension
            let scale = 1 / Double(dimension).squareRoot()
            let neurons = teacher == .linear ? 1 : TeacherData.hiddenNeurons
            incoming = stream.normals(count: neurons * dimension).map { scale * $0 }
            guard teacher == .erf else {
                outgoing = []
                return
            }
            // <erf(z)²> over z ~ N(0, 1) is (2/π) asin(2/3) = 0.4646….
            let square = Activation.erf.gaussianMoments(variance: 1).square
            let factor = 1 / (square * Double(neurons)).squareRoot()
            outgoing = stream.normals(first: neurons * dimension, count: neurons)
                .map { factor * $0 }
        }

        func value(at input: ArraySlice<Double>) -> Double {
            func product(_ neuron: Int) -> Double {
                zip(incoming[(neuron * dimension)..<((neuron + 1) * dimension)], input)
                    .reduce(0) { $0 + $1.0 * $1.1 }
            }
            guard teacher == .erf else { return product(0) }
            var sum = 0.0
            for neuron in outgoing.indices {
                sum += outgoing[neuron] * TeacherData.erf(product(neuron))
            }
            return sum
        }
    }

    /// erf from basic operations, so that data sets have the same bits on every machine.
    private static func erf(_ x: Double) -> Double {
        let rest = PortableMath.exp(-x * x) * PortableMath.scaledErfc(abs(x))
        return x < 0 ? rest - 1 : 1 - rest
    }
}
