/// Specs to start from, as `critsweep init` prints them.
public struct SpecTemplate: Hashable, Sendable {
    public let name: String
    /// One sentence for a list of templates.
    public let summary: String
    /// The whole file.
    public let text: String

    /// The templates in the order of a first acquaintance.
    public static let all = [
        smoke, xorCriticalGain, posteriorCheck, mnist, csv, training, calibration,
    ]

    /// The template of this name, or nil.
    public static func named(_ name: String) -> SpecTemplate? { all.first { $0.name == name } }

    /// The name of a template that someone who typed `name` probably meant.
    public static func suggestion(for name: String) -> String? {
        Suggestion.nearest(to: name, among: all.map(\.name))
    }
}

// MARK: - Texts

// Those that are also a file in configs/ are the same to the byte; a test compares them.
extension SpecTemplate {
    static let smoke = SpecTemplate(
        name: "smoke", summary: "The smallest sweep; ends in seconds.",
        text: """
            # The smallest sweep: it ends in seconds and shows that everything works.
            #
            #     critsweep validate configs/smoke.yaml     what it will take; starts nothing
            #     critsweep run configs/smoke.yaml          runs it; the same command resumes it
            #
            # A sweep is every combination of the values under `grid`, each repeated for every seed. Here that
            # is 5 gains x 1 width x 1 depth = 5 points, and 3 seeds each: 15 trials.

            sweep: smoke                    # its name; letters, digits, points, hyphens, underscores
            experiment: posterior           # sample Bayesian networks that have seen the data

            data:
              task: xor                     # four Gaussian clusters, labels like an exclusive or
              points: 8                     # P, training points
              dimension: 50                 # D, components of an input

            network:
              activation: erf
              bias_variance: 0.05           # g_b; with it the critical gain of erf is 1.3758

            inference:
              effective_samples: 40         # a trial stops when its chain is worth so many independent samples

            grid:
              gain: [0.6, 1.0, 1.4, 1.8, 2.2]   # g, the variance of the weights is g / N
              width: [64]                       # N, neurons of a layer
              depth: [3]                        # L, kernels after the input's

            seeds: 3                        # own data set and own chain each: the spread in the table

            """)

    static let xorCriticalGain = SpecTemplate(
        name: "xor-critical-gain",
        summary: "Alignment against gain around the critical gain: 21 gains, 10 seeds.",
        text: """
            # Feature learning against gain: panel (a) of Fischer et al., "Critical feature learning in deep
            # neural networks" (ICML 2024).
            #
            # How well are the layers of a trained network aligned with the labels (CKA), and does the
            # alignment peak where signals neither grow nor fade with depth? For erf and g_b = 0.05 the
            # critical gain is 1.3758. 21 gains x 10 seeds = 210 trials.
            #
            #     critsweep run configs/xor-critical-gain.yaml

            sweep: xor-critical-gain
            experiment: posterior

            data: {task: xor, points: 12, dimension: 100, noise_variance: 0.4}
            network: {activation: erf, bias_variance: 0.05}

            # kappa is the variance of the observation noise. The chain of a trial runs until its effective
            # sample size is 100, the smallest over the potential and the alignment of every layer.
            inference: {sampler: function-space, kappa: 1.0e-3, effective_samples: 100}

            # Beside the samples: infinite width, and theory of finite width to first order in 1/N and in full.
            compare: [nngp, linear, full]

            # A range has `count` values, both ends among them: 0.4, 0.5, ... 2.4. The key written last runs
            # fastest when points are numbered.
            grid:
              gain: {from: 0.4, to: 2.4, count: 21}
              width: [500]
              depth: [3]

            # Ten training sets; the table gives mean, standard deviation and standard error over them.
            seeds: 10

            """)

    static let posteriorCheck = SpecTemplate(
        name: "posterior-check", summary: "Nine points with known sampled values.",
        text: """
            # Sampled alignment of the output kernel at nine points, to be compared with theory.
            #
            # At width 500, 200, 100 the alignment (metric cka_output) moves away from its value at infinite
            # width (cka_output_nngp), the more the narrower the network. One data set, chosen for the
            # derivation of the equations, gave
            #
            #     gain  width   infinite width   sampled
            #     1.0   500     0.081            0.113 to 0.115
            #     1.0   200     0.081            0.153
            #     1.0   100     0.081            0.209
            #     1.4   100     0.090            0.167
            #     2.2   100     0.101            0.139
            #
            # Other data sets differ: look whether these values lie within the spread over the seeds.
            #
            #     critsweep run configs/posterior-check.yaml

            sweep: posterior-check
            experiment: posterior

            data: {task: xor, points: 12, dimension: 100, noise_variance: 0.4}
            network: {activation: erf, bias_variance: 0.05}

            # More samples than usual, so that the sampling error is far below the spread over data sets.
            inference: {kappa: 1.0e-3, effective_samples: 1000}

            grid:
              gain: [1.0, 1.4, 2.2]
              width: [500, 200, 100]
              depth: [3]

            seeds: 10

            """)

    static let mnist = SpecTemplate(
        name: "mnist", summary: "Two handwritten digits, from the files of MNIST.",
        text: """
            # Real data: two handwritten digits, and how well each layer learns to tell them apart.
            #
            # `path` is a folder with the training files of MNIST, train-images-idx3-ubyte and
            # train-labels-idx1-ubyte, packed (.gz) or not. configs/get-mnist of the repository makes them
            # from a subset of 5,000 images: configs/get-mnist mnist
            #
            # Every seed has its own images: half of each digit, the first labelled +1, the second -1. All
            # pixels are shifted and scaled by the same two numbers, to mean 0 and variance 1.

            sweep: mnist
            experiment: posterior

            data:
              task: mnist
              path: mnist                   # absolute, or relative to this file
              digits: [0, 3]
              points: 12                    # P, training images
              test_points: 50               # other images, to measure the test error

            network:
              activation: erf
              bias_variance: 0.05           # g_b; with it the critical gain of erf is 1.3758

            inference:
              kappa: 1.0e-3                 # variance of the observation noise
              effective_samples: 100

            grid:
              gain: [0.6, 1.0, 1.4, 1.8, 2.2]
              width: [500]
              depth: [2]

            seeds: 5

            """)

    static let csv = SpecTemplate(
        name: "csv", summary: "Your own data from a CSV file.",
        text: """
            # Your own data: how does the alignment of every layer with your targets depend on gain?
            #
            # The file has no header; numbers are separated by commas, one point a line, and the last column
            # is the target. Rows are taken in file order and nothing is scaled: centre and scale the columns
            # yourself if they need it.

            sweep: my-data
            experiment: posterior

            data:
              task: csv
              path: data.csv                # absolute, or relative to this file
              # points: 20                  # only the first 20 rows; all unless given
              # test_points: 10             # the rows after them are held out to measure the test error

            network:
              activation: relu              # erf, tanh, relu, leaky_relu, silu, gelu, elu, linear
              bias_variance: 0.05

            inference:
              kappa: 1.0e-2                 # variance of the observation noise on your targets
              effective_samples: 100

            grid:
              gain: [1.0, 1.5, 2.0, 2.5]    # the critical gain of relu is 2
              width: [200]
              depth: [3]

            # Every seed has the same data here, so the spread over seeds is that of the sampling alone.
            seeds: 3

            """)

    static let training = SpecTemplate(
        name: "training", summary: "How networks learn to tell two points apart, and its theory.",
        text: """
            # How a network learns to tell two points apart: h, the squared distance of their hidden
            # representations, y, that of the outputs, and the effective theory fitted to both.
            #
            # Four gains from rich to lazy, in narrow networks; it ends within a minute. The arrays of a trial
            # hold the series; h_final beside h_predicted, the fitted rates and the error of the fit are in the
            # table.
            #
            #     critsweep run training.yaml
            #     critsweep plot training.sweep                               h at the end, beside the theory
            #     critsweep plot training.sweep --series --where gain=1      h, y, w and loss along the training

            sweep: training
            experiment: training

            data:
              task: two-point               # or xor-corners, orthogonal
              # dx: 1                       # distance of the two inputs
              # dy: 0.7071067811865476      # distance of the two targets

            network:
              architecture: mlp             # mlp, resnet, cnn, dropout
              activation: leaky_relu
              observed_layer: 10            # hidden layers are counted from 0

            training:
              optimizer: sgd                # or adam
              learning_rate: 0.0025
              epochs: 10000
              loss: half-mse                # or mse, without the half
              stop_at_loss: 1.0e-9
              record_every: 10              # epochs from one entry of the series to the next

            # Here the gain multiplies Xavier's deviation: std = gain sqrt(2 / (fan_in + fan_out)).
            grid:
              gain: [0.95, 1.0, 1.05, 1.1]
              width: [50]
              depth: [20]

            seeds: 5                        # own weights each

            """)

    static let calibration = SpecTemplate(
        name: "calibration", summary: "Trials that do nothing, to measure the engine.",
        text: """
            # Trials that compute nothing of interest: what does the sweep engine itself cost?
            #
            # `kind` is `none` (end at once), `spin` (use the CPU) or `sleep`, the latter two for so many
            # milliseconds. 1000 trials of 1 ms measure how fast trials are handed out, stored and acknowledged.

            sweep: calibration
            experiment: calibration
            calibration: {kind: spin, milliseconds: 1}
            seeds: 1000

            """)
}
