import SweepPhysics
import SweepTraining

/// Every key of a spec, in the order in which the reference shows them.
public enum SpecKeys {
    public static let all: [SpecKey] =
        top + grid + data + network + inference + theory + training + calibration

    /// The key that may be written in this section under this name.
    static func key(_ section: SpecKey.Section, _ name: String) -> SpecKey? {
        all.first { $0.section == section && $0.name == name }
    }

    /// Keys of ``all`` that are others in a training: same name and section.
    public static let ofTraining: [SpecKey] = [
        SpecKey(
            .top, "keep", .words(TrainingSettings.arrays),
            standard: "[\(TrainingSettings.arraysKeptByDefault.joined(separator: ", "))]",
            in: [.training], "Arrays that are stored with each result."),
        SpecKey(
            .data, "digits", .wholes(0...9), standard: "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]",
            in: [.training], tasks: ["mnist"],
            "Digits, each with an output: 1 for its own images, 0 for the others."),
    ]

    /// What a key is in this experiment.
    public static func form(of key: SpecKey, in experiment: ExperimentKind) -> SpecKey {
        guard experiment == .training else { return key }
        return ofTraining.first { $0.section == key.section && $0.name == key.name } ?? key
    }

    /// The key of this name, whatever its section; no two sections share a name.
    static func key(named name: String) -> SpecKey? { all.first { $0.name == name } }

    /// The tasks (`data.task`) that an experiment has data of.
    public static func tasks(of experiment: ExperimentKind) -> [String] {
        experiment == .training
            ? ["two-point", "xor-corners", "orthogonal"] + sets : sets
    }

    /// Data sets that are drawn or read.
    private static let sets = ["xor", "mnist", "csv", "teacher"]
    private static let every = Set(ExperimentKind.allCases)
    /// Experiments with a data set and a network.
    private static let networks: Set<ExperimentKind> = [.posterior, .theory, .training, .prior]
    /// The Bayesian ones.
    private static let posteriors: Set<ExperimentKind> = [.posterior, .theory, .prior]
    private static let activations = Activation.allCases.map(\.rawValue)
    /// Wide enough for every physical use, and narrow enough that squares do not overflow.
    private static let variance = SpecKey.Kind.number(from: 0, isOpen: false, to: 1e6)
    private static let positive = SpecKey.Kind.number(from: 0, isOpen: true, to: 1e6)

    private static let top: [SpecKey] = [
        SpecKey(
            .top, "sweep", .text(noun: "a name"), requiredIn: every, in: every,
            "Name of the sweep: at most 128 letters, digits, points, hyphens and underscores."),
        SpecKey(
            .top, "experiment", .word(ExperimentKind.allCases.map(\.rawValue)), requiredIn: every,
            in: every,
            unavailable: Set(ExperimentKind.allCases).subtracting(ExperimentKind.available)
                .reduce(into: []) { $0.insert($1.rawValue) },
            "What a trial computes."),
        SpecKey(
            .top, "seeds", .whole(1...1_000_000_000), standard: "1", in: every,
            "Replicates of every grid point, each with its own data set, weights and chain."),
        SpecKey(
            .top, "random_key", .whole(0...9_007_199_254_740_991), standard: "0", in: every,
            "Another number gives other random numbers everywhere."),
        SpecKey(
            .top, "keep", .words(PosteriorSettings.arrays),
            standard: "[\(PosteriorSettings.arraysKeptByDefault.joined(separator: ", "))]",
            in: [.posterior, .theory], "Arrays that are stored with each result."),
        SpecKey(
            .top, "compare", .words(TheoryOrder.allCases.map(\.rawValue)), standard: "[]",
            in: [.posterior],
            "Theories computed beside the samples; nngp is always there."),
    ]

    // A calibration trial stands in for any other: it may carry these, and ignores them.
    private static let grid: [SpecKey] = [
        SpecKey(
            .grid, "gain", positive, requiredIn: networks,
            in: networks.union([.criticality, .calibration]),
            "Weight variance g (posterior family), or the Xavier multiplier (training)."),
        SpecKey(
            .grid, "width", .whole(1...100_000), requiredIn: networks,
            in: networks.union([.calibration]),
            "N, neurons of every hidden layer."),
        SpecKey(
            .grid, "depth", .whole(1...1_000), requiredIn: networks,
            in: networks.union([.calibration]),
            "L, kernels after C0 (posterior family), or hidden layers (training)."),
    ]

    private static let data: [SpecKey] = [
        SpecKey(
            .data, "task",
            .word(["xor", "mnist", "csv", "teacher", "two-point", "xor-corners", "orthogonal"]),
            requiredIn: networks, in: networks,
            "Which data set a trial draws or reads."),
        SpecKey(
            .data, "points", .whole(2...100_000), in: networks, tasks: Set(sets),
            "P, training points; 12 unless given, for csv all rows unless given, for a training on "
                + "mnist all images."),
        SpecKey(
            .data, "dimension", .whole(2...1_000_000), standard: "100", in: networks,
            tasks: ["xor", "teacher"], "D, components of an input."),
        SpecKey(
            .data, "noise_variance", variance, standard: "0.4", in: networks,
            tasks: ["xor", "teacher"],
            "sigma squared, the variance of every component of a cluster; of teacher, the variance "
                + "of the noise on its targets, which have variance 1 without."),
        SpecKey(
            .data, "teacher", .word(Teacher.allCases.map(\.rawValue)), standard: "linear",
            in: networks, tasks: ["teacher"],
            "The network that makes the targets: linear, or one hidden layer of erf."),
        SpecKey(
            .data, "snr", .word(SignalToNoise.allCases.map(\.rawValue)), standard: "high",
            in: networks, tasks: ["xor"],
            "Distance of the clusters from the origin: high is the root of D, low is 1."),
        SpecKey(
            .data, "digits", .wholes(0...9), standard: "[0, 3]", in: posteriors, tasks: ["mnist"],
            "Two digits, the first labelled +1 and the second -1."),
        SpecKey(
            .data, "path", .text(noun: "the path of a data file or folder"), requiredIn: networks,
            in: networks, tasks: ["csv", "mnist"],
            "The file of csv, or the folder of mnist (or its file of training images), absolute or "
                + "relative to the spec."),
        SpecKey(
            .data, "test_points", .whole(0...100_000), standard: "0",
            in: networks.subtracting([.theory]), tasks: Set(sets),
            "Held-out points on which test errors are measured."),
        SpecKey(
            .data, "test_path", .text(noun: "the path of a file of images"), in: [.training],
            tasks: ["mnist"],
            "Images to test on, such as t10k-images-idx3-ubyte with its labels beside it; all of "
                + "them, or test_points. Without it the last test_points images of path."),
        SpecKey(
            .data, "dx", positive, standard: "1", in: [.training], tasks: ["two-point"],
            "Distance of the two inputs."),
        SpecKey(
            .data, "dy", variance, standard: "0.7071067811865476", in: [.training],
            tasks: ["two-point"],
            "Distance of the two targets; the default is the root of 1/2."),
    ]

    private static let network: [SpecKey] = [
        SpecKey(
            .network, "architecture", .word(["mlp", "resnet", "cnn", "dropout"]), standard: "mlp",
            in: [.training], "How the layers are connected."),
        SpecKey(
            .network, "activation", .word(activations), standard: "erf",
            in: networks.union([.criticality]), "The nonlinearity of every hidden layer."),
        SpecKey(
            .network, "bias_variance", variance, standard: "0.05",
            in: posteriors.union([.criticality]),
            "g_b, the variance of every bias; 0 for no biases."),
        SpecKey(
            .network, "observed_layer", .whole(0...1_000), in: [.training],
            "The hidden layer whose representation is measured, from 0; depth / 2 unless given."),
    ]

    private static let inference: [SpecKey] = [
        SpecKey(
            .inference, "sampler", .word(Sampler.allCases.map(\.rawValue)),
            standard: "function-space", in: [.posterior],
            "Which Markov chain draws the samples."),
        SpecKey(
            .inference, "precision", .word(ChainPrecision.allCases.map(\.rawValue)),
            standard: "double", in: [.posterior],
            "Of the panels of function-space, points by neurons; sums over neurons and matrices of "
                + "points are in double precision either way."),
        SpecKey(
            .inference, "kappa", positive, standard: "0.001", in: [.posterior, .theory],
            "Variance of the observation noise."),
        SpecKey(
            .inference, "effective_samples", .whole(1...10_000_000), standard: "100",
            in: [.posterior, .prior],
            "A trial stops at this effective sample size, the smallest over U and all layers; of "
                + "prior, how many networks are drawn."),
        SpecKey(
            .inference, "max_iterations", .whole(1...1_000_000_000), standard: "20000",
            in: [.posterior],
            "Iterations of one chain, burn-in included, before it is given up as not converged."),
        SpecKey(
            .inference, "burn_in", .whole(0...1_000_000_000), in: [.posterior],
            "Iterations thrown away first; the sampler decides unless given."),
        SpecKey(
            .inference, "chains", .whole(1...64), standard: "1", in: [.posterior],
            "Independent chains of one trial."),
        SpecKey(
            .inference, "step", .number(from: 0, isOpen: true, to: 10), in: [.posterior],
            "Step of the sampler: in function space an angle, adapted in burn-in unless given; of "
                + "langevin eta, 0.02 over the largest eigenvalue of the tangent kernel unless given."
        ),
        SpecKey(
            .inference, "metropolis", .word(["false", "true"]), standard: "false",
            in: [.posterior],
            "Whether every step of langevin passes a Metropolis test, which leaves it no bias."),
        SpecKey(
            .inference, "evidence", .word(["false", "true"]), standard: "false",
            in: [.posterior],
            "Whether to compute the log evidence, with chains at fifteen more powers of the "
                + "likelihood; not with langevin."),
    ]

    private static let theory: [SpecKey] = [
        SpecKey(
            .theory, "order", .word(TheoryOrder.allCases.map(\.rawValue)), standard: "full",
            in: [.theory], "How far the theory goes beyond infinite width."),
        SpecKey(
            .theory, "draws", .whole(2...100_000_000), standard: "16384", in: [.theory],
            "Quasi-random draws of an expectation, rounded up to a multiple of 16."),
        SpecKey(
            .theory, "tolerance", .number(from: 0, isOpen: true, to: 1), standard: "1e-08",
            in: [.theory], "Relative change of all kernels below which they count as solved."),
    ]

    private static let training: [SpecKey] = [
        SpecKey(
            .training, "optimizer", .word(["sgd", "adam"]), standard: "sgd", in: [.training],
            "The update rule."),
        SpecKey(
            .training, "momentum", .number(from: 0, isOpen: false, to: 0.999), standard: "0",
            in: [.training], "Part of the last step that sgd repeats; adam ignores it."),
        SpecKey(
            .training, "learning_rate", .number(from: 0, isOpen: true, to: 1_000),
            requiredIn: [.training],
            in: [.training], "Step of the optimizer."),
        SpecKey(
            .training, "epochs", .whole(1...1_000_000_000), requiredIn: [.training],
            in: [.training],
            "Passes over the data."),
        SpecKey(
            .training, "batch", .whole(1...1_000_000), in: [.training],
            "Points of a mini-batch; all unless given."),
        SpecKey(
            .training, "loss", .word(["half-mse", "mse"]), standard: "half-mse", in: [.training],
            "What is minimised."),
        SpecKey(
            .training, "stop_at_loss", variance, in: [.training],
            "Training ends early at this loss."),
        SpecKey(
            .training, "record_every", .whole(1...1_000_000_000), standard: "1", in: [.training],
            "Epochs between two recorded ones."),
        SpecKey(
            .training, "layers", .wholes(0...1_000), in: [.training],
            "Hidden layers that are recorded besides the observed one."),
        SpecKey(
            .training, "pair", .wholes(0...1_000_000), in: [.training],
            "Two points, counted from 0, of which h, y and w tell; the first and one with another "
                + "target unless given."),
        SpecKey(
            .training, "alternatives", .word(["false", "true"]), standard: "false",
            in: [.training],
            "Whether the four wrong systems of equations are fitted beside the theory."),
        SpecKey(
            .training, "rate_ratio", .number(from: 0, isOpen: true, to: 1e12), in: [.training],
            "eta_h/eta_y for the distances that the theory predicts of all pairs of points; the "
                + "trial's own fit unless given."),
        SpecKey(
            .training, "stored_entries", .whole(2...1_000_000), standard: "1000", in: [.training],
            "Entries of a longer series that are stored: half evenly spaced, half in the logarithm "
                + "of the epoch. Fits use them all."),
        SpecKey(
            .training, "dtype", .word(["float32", "float64"]), standard: "float32",
            in: [.training], "Precision of the training."),
    ]

    private static let calibration: [SpecKey] = [
        SpecKey(
            .calibration, "kind", .word(CalibrationSettings.Kind.allCases.map(\.rawValue)),
            requiredIn: [.calibration], in: [.calibration],
            "What a trial does: nothing, compute, or sleep."),
        SpecKey(
            .calibration, "milliseconds", .number(from: 0, isOpen: false, to: 86_400_000),
            in: [.calibration], "How long a trial spins or sleeps."),
    ]
}
