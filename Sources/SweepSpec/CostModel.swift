/// The constants of the estimates that `validate` prints, all in one place.
///
/// One gradient of the function-space density costs, for L layers, N neurons, P points,
///
///     L (a N P² + b N P + c P³) seconds,
///
/// and an iteration five of them, or more where the slope of the activation jumps. The constants
/// are those of one core with AVX2 and were fitted to the XOR task; they decide no result. What no
/// formula knows is how stiff a posterior is: data close to each other or at odds with their labels
/// take several times as long.
public enum CostModel {
    /// a: kernel products, forward and backward.
    static let secondsPerNeuronPair = 2.0e-10
    /// b: activation, slope, normals and rotation of one pre-activation.
    static let secondsPerPreactivation = 2.8e-9
    /// c: Cholesky factor, inverse and adjoint.
    static let secondsPerCube = 1.5e-9
    /// Gradients of one Hamiltonian iteration.
    static let gradientsPerIteration = 5.0
    /// The same for relu and leaky_relu, whose steps have to be shorter.
    static let gradientsPerKinkedIteration = 20.0
    /// Autocorrelation time of the alignment, in iterations, with some margin.
    static let iterationsPerEffectiveSample = 1.5
    /// Elliptical slice: an iteration makes a few evaluations at about half a gradient each, and
    /// the chain moves far less.
    static let sliceGradientsPerIteration = 2.5
    static let sliceIterationsPerEffectiveSample = 40.0
    /// Iterations before a chain is believed, with adaptation of the step.
    static let burnInIterations = 60.0
    /// Langevin: one multiplication and addition of a matrix product, one normal with its update,
    /// steps of an iteration, and the iterations that a chain takes to forget.
    static let secondsPerProduct = 4.0e-10
    static let secondsPerWeight = 5.0e-9
    static let langevinStepsPerIteration = 100.0
    static let langevinIterationsPerEffectiveSample = 60.0
    /// Arrays of all weights: state, proposal, both gradients and the noise.
    static let weightArrays = 5.0
    /// Time of a chain with panels of floats over that of one with doubles.
    static let singlePrecision = 0.6
    /// Chains at powers of the likelihood besides the posterior's own.
    static let evidenceChains = 15.0
    /// Quadrature of a pair of points in one layer, for the prior's variance.
    static let secondsPerPair = 4.0e-4
    /// Reading or drawing data, infinite width, packing the result.
    static let secondsPerTrial = 2.0e-3
    /// One entry of an infinite-width kernel.
    static let secondsPerKernelEntry = 5.0e-6
    /// A criticality trial finds a few roots with quadrature.
    static let secondsPerCriticality = 2.0e-2

    /// Evaluations of the theory's equations until they are solved, in a mild case.
    static let theoryEvaluations = 30.0
    /// Weighted second moments and quadratic forms of one draw.
    static let secondsPerDrawPair = 1.5e-9
    /// Activation and weights of one draw.
    static let secondsPerDrawnPoint = 1.0e-8
    /// Products of P × P matrices.
    static let secondsPerTheoryCube = 2.0e-8
    /// P × P matrices a layer that the theory's solver keeps.
    static let theoryVectors = 160.0

    /// A compute process before it has any data.
    static let bytesPerProcess = 48.0 * 1_048_576
    /// Images of two digits of MNIST, and both files while they are parsed.
    static let bytesPerDigitSet = 128.0 * 1_048_576
    /// Panels (N padded to 8 × P doubles) a layer: two positions with gradients, velocity, phi, slope.
    static let panels = 7.0
    /// P × P matrices a layer: kernels of two positions, factors, inverses, means, infinite width.
    static let matricesPerLayer = 8.0
    /// P × P matrices that are there once.
    static let matricesPerTrial = 8.0
    /// Names, diagnostics and framing of a result.
    static let bytesPerResult = 4_096.0

    /// One step of training reads and writes each weight once, and multiplies it for every point,
    /// forward and twice backward.
    static let secondsPerTrainedWeight = 5.0e-10
    static let secondsPerTrainedWeightAndPoint = 6.0e-11
    /// Activation, slope and bias of one unit of one point; calls of one layer.
    static let secondsPerTrainedUnitAndPoint = 2.0e-9
    static let secondsPerTrainedLayer = 4.0e-7
    /// The fit of the effective theory: solutions times entries.
    static let secondsPerFittedEntry = 6.0e-6
    /// Copies of the weights: themselves, gradient, two moments, checkpoint.
    static let weightCopies = 5.0
    /// Activities of one unit of one point: value, slope, gradient, scratch, dropout.
    static let activitiesPerUnit = 6.0
}
