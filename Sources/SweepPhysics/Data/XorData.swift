import SweepCore

/// Four Gaussian clusters, x = m + σ z: those at ±u have the target +1, those at ±v the target -1.
///
/// u is +1 in every coordinate; v is +1 in the first half and -1 in the second (in odd dimension 0
/// in the middle, and the rest a little longer to make up for it). So u ⊥ v and |u| = |v| = |m|,
/// which is √D for a high signal and 1 for a low one.
///
/// Source: Refinetti et al. 2021, rotated.
public enum XorData {
    /// Draws P training points and T held-out points.
    ///
    /// Every point has its own place in a stream that does not depend on P, T or anything of the
    /// network, so P points are the first P of any larger draw. Points come in blocks of four, one
    /// of each cluster, with the two targets in turn and the rest of the order drawn: any even
    /// number of points has as many +1 as -1.
    ///
    /// - Parameters:
    ///   - noiseVariance: σ² ≥ 0.
    ///   - randomKey: the spec's `random_key`.
    /// - Throws: ``DataProblem`` in fewer than 2 dimensions or for fewer than 2 points.
    public static func draw(
        points: Int, dimension: Int, noiseVariance: Double, signal: SignalToNoise,
        testPoints: Int = 0, randomKey: UInt64, seed: Int
    ) throws(DataProblem) -> DataSet {
        precondition(noiseVariance >= 0 && noiseVariance.isFinite, "noise \(noiseVariance)")
        precondition(testPoints >= 0, "\(testPoints) test points")
        if dimension < 2 { throw .dimensionTooSmall(dimension) }
        if points < 2 { throw .tooFew(points: max(0, points)) }
        let fields = GridPoint([
            .init(name: "task", value: .word("xor")),
            .init(name: "dimension", value: .number(Double(dimension))),
            .init(name: "noise_variance", value: .number(noiseVariance)),
            .init(name: "snr", value: .word(signal.rawValue)),
        ]).canonicalText
        let deviation = noiseVariance.squareRoot()
        let length = signal == .high ? Double(dimension).squareRoot() : 1
        func sample(_ purpose: RandomKey.Purpose, _ count: Int) -> ([Double], [Double]) {
            let stream = RandomStream(
                RandomKey(randomKey: randomKey, purpose: purpose, seed: seed, point: fields))
            var inputs = stream.normals(count: count * dimension)
            var targets: [Double] = []
            for point in 0..<count {
                let cluster = cluster(of: point, stream)
                targets.append(cluster.target)
                for j in 0..<dimension {
                    let index = point * dimension + j
                    inputs[index] =
                        deviation * inputs[index]
                        + mean(of: cluster, coordinate: j, dimension: dimension, length: length)
                }
            }
            return (inputs, targets)
        }
        let (inputs, targets) = sample(.data, points)
        let (testInputs, testTargets) = sample(.testPoints, testPoints)
        return try DataSet(
            dimension: dimension, inputs: inputs, targets: targets, testInputs: testInputs,
            testTargets: testTargets)
    }

    private struct Cluster {
        /// +1 for ±u, -1 for ±v.
        var target: Double
        var sign: Double
    }

    /// Three bits a block: which target comes first, and which sign in each of the two pairs.
    private static func cluster(of point: Int, _ stream: RandomStream) -> Cluster {
        let bits = stream.bits(at: UInt64(point / 4))
        let place = UInt64(point % 4)
        let isOfU = place % 2 == bits & 1
        let signBit = (isOfU ? bits >> 1 : bits >> 2) & 1
        return Cluster(target: isOfU ? 1 : -1, sign: place / 2 == signBit ? 1 : -1)
    }

    private static func mean(
        of cluster: Cluster, coordinate: Int, dimension: Int, length: Double
    ) -> Double {
        if cluster.target > 0 {
            return cluster.sign * (length / Double(dimension).squareRoot())
        }
        let half = dimension / 2
        if dimension % 2 == 1 && coordinate == half { return 0 }
        let size = length / Double(2 * half).squareRoot()
        return coordinate < half ? cluster.sign * size : -cluster.sign * size
    }
}
