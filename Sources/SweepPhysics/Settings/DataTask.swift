/// Where the P training points of a trial come from.
public enum DataTask: Hashable, Sendable {
    /// Four Gaussian clusters at ±u (label +1) and ±v (label −1), u ⊥ v: x = m + σ z.
    ///
    /// `noiseVariance` is σ², `dimension` is D.
    ///
    /// Source: Refinetti et al. 2021.
    case xor(points: Int, dimension: Int, noiseVariance: Double, signal: SignalToNoise)

    /// The rows of a file, last column the target. `points` takes the first so many; nil takes all
    /// that are not held out for testing.
    ///
    /// `path` is absolute or relative to the working directory.
    case csv(path: String, points: Int?)

    /// Images of two handwritten digits, the first labelled +1 and the second −1, drawn for each
    /// seed from the training files of MNIST or of another set in its format.
    case mnist(files: DigitFiles, digits: DigitPair, points: Int)

    /// Normal inputs in `dimension` components; targets of a random network of variance 1 with noise
    /// of variance `noiseVariance` on them.
    case teacher(kind: Teacher, points: Int, dimension: Int, noiseVariance: Double)
}

/// How far the clusters of `xor` are from the origin.
public enum SignalToNoise: String, CaseIterable, Hashable, Sendable {
    /// |m| = √D.
    case high
    /// |m| = 1.
    case low
}
