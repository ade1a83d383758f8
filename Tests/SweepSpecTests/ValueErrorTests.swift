import SweepPhysics
import SweepSpec
import Testing

@Suite("Errors of values")
struct ValueErrorTests {
    static let wrong: [WrongSpec] = [
        WrongSpec(
            old: "points: 12",
            new: "points: wide ",
            sentence: """
                a.yaml:3: data.points must be a whole number from 2 to 100000, but is "wide"
                """),
        WrongSpec(
            old: "points: 12",
            new: "points: \"5\" ",
            sentence: """
                a.yaml:3: data.points must be a whole number from 2 to 100000, but is the text \
                "5"; remove the quotes
                """),
        WrongSpec(
            old: "points: 12",
            new: "points: 0x10 ",
            sentence: """
                a.yaml:3: data.points must be a whole number from 2 to 100000, but is "0x10"
                """),
        WrongSpec(
            old: "points: 12",
            new: "points: 1_000 ",
            sentence: """
                a.yaml:3: data.points must be a whole number from 2 to 100000, but is "1_000"
                """),
        WrongSpec(
            old: "points: 12",
            new: "points: 5.5 ",
            sentence: """
                a.yaml:3: data.points must be a whole number from 2 to 100000, but is 5.5
                """),
        WrongSpec(
            old: "points: 12",
            new: "points: 1e400 ",
            sentence: """
                a.yaml:3: data.points must be a whole number from 2 to 100000, but "1e400" is \
                too large for a number
                """),
        WrongSpec(
            old: "points: 12",
            new: "points: -1 ",
            sentence: """
                a.yaml:3: data.points must be a whole number from 2 to 100000, but is -1
                """),
        WrongSpec(
            old: "points: 12",
            new: "points: [1] ",
            sentence: """
                a.yaml:3: data.points must be a whole number from 2 to 100000, but is a list
                """),
        WrongSpec(
            old: "points: 12",
            new: "points: {a: 1} ",
            sentence: """
                a.yaml:3: data.points must be a whole number from 2 to 100000, but is a section \
                of keys
                """),
        WrongSpec(
            old: "points: 12",
            new: "points:  ",
            sentence: """
                a.yaml:3: data.points has no value; it must be a whole number from 2 to 100000
                """),
        WrongSpec(
            old: "points: 12",
            new: "points: ~ ",
            sentence: """
                a.yaml:3: data.points has no value; it must be a whole number from 2 to 100000
                """),
        WrongSpec(
            old: "points: 12",
            new: "points: inf ",
            sentence: """
                a.yaml:3: data.points must be a whole number from 2 to 100000, but is "inf"
                """),
        WrongSpec(
            old: "points: 12",
            new: "points: .nan ",
            sentence: """
                a.yaml:3: data.points must be a whole number from 2 to 100000, but is ".nan"
                """),
        WrongSpec(
            old: "points: 12",
            new: "points: no ",
            sentence: """
                a.yaml:3: data.points must be a whole number from 2 to 100000, but is "no"
                """),
        WrongSpec(
            old: "points: 12",
            new: "points: 1:30 ",
            sentence: """
                a.yaml:3: data.points must be a whole number from 2 to 100000, but is "1:30"
                """),
        WrongSpec(
            old: "points: 12",
            new: "points: 100001 ",
            sentence: """
                a.yaml:3: data.points must be a whole number from 2 to 100000, but is 100001
                """),
        WrongSpec(
            old: "kappa: 1.0e-3",
            new: "kappa: 1e-400",
            sentence: """
                a.yaml:5: inference.kappa must be a number above 0 and at most 1000000, but \
                "1e-400" is too small to be told from 0
                """),
        WrongSpec(
            old: "kappa: 1.0e-3",
            new: "kappa: 0",
            sentence: """
                a.yaml:5: inference.kappa must be a number above 0 and at most 1000000, but is 0
                """),
        WrongSpec(
            old: "kappa: 1.0e-3",
            new: "kappa: nan",
            sentence: """
                a.yaml:5: inference.kappa must be a number above 0 and at most 1000000, but is \
                "nan"
                """),
        WrongSpec(
            old: "kappa: 1.0e-3",
            new: "kappa: 2000000",
            sentence: """
                a.yaml:5: inference.kappa must be a number above 0 and at most 1000000, but is \
                2000000
                """),
        WrongSpec(
            old: "kappa: 1.0e-3",
            new: "kappa: 1e999999999999",
            sentence: """
                a.yaml:5: inference.kappa must be a number above 0 and at most 1000000, but \
                "1e999999999999" is too large for a number
                """),
        WrongSpec(
            old: "activation: erf",
            new: "activation: no",
            sentence: """
                a.yaml:4: network.activation must be one of erf, tanh, relu, leaky_relu, silu, \
                gelu, elu, linear, but is "no"
                """),
        WrongSpec(
            old: "activation: erf",
            new: "activation: relux",
            sentence: """
                a.yaml:4: network.activation must be one of erf, tanh, relu, leaky_relu, silu, \
                gelu, elu, linear, but is "relux"; did you mean relu?
                """),
        WrongSpec(
            old: "activation: erf",
            new: "activation: langevin",
            sentence: """
                a.yaml:4: network.activation must be one of erf, tanh, relu, leaky_relu, silu, \
                gelu, elu, linear, but is "langevin"
                """),
        WrongSpec(
            old: "activation: erf",
            new: "activation: [erf]",
            sentence: """
                a.yaml:4: network.activation must be one of erf, tanh, relu, leaky_relu, silu, \
                gelu, elu, linear, but is a list
                """),
        WrongSpec(
            old: "activation: erf",
            new: "activation: Relu",
            sentence: """
                a.yaml:4: network.activation must be one of erf, tanh, relu, leaky_relu, silu, \
                gelu, elu, linear, but is "Relu"; did you mean relu?
                """),
        WrongSpec(
            old: "experiment: posterior",
            new: "experiment: postrior",
            sentence: """
                a.yaml:2: experiment must be one of posterior, theory, training, prior, \
                criticality, calibration, but is "postrior"; did you mean posterior?
                """),
        WrongSpec(
            old: "sweep: a",
            new: "sweep: .a",
            sentence: """
                a.yaml:1: sweep must be a name of at most 128 letters (a to z), digits, points, \
                hyphens and underscores that does not begin with a point, but is ".a"
                """),
        WrongSpec(
            old: "sweep: a",
            new: "sweep: a/b",
            sentence: """
                a.yaml:1: sweep must be a name of at most 128 letters (a to z), digits, points, \
                hyphens and underscores that does not begin with a point, but is "a/b"
                """),
        WrongSpec(
            old: "sweep: a",
            new: "sweep: ",
            sentence: """
                a.yaml:1: sweep has no value; it must be a name
                """),
        WrongSpec(
            old: "sweep: a",
            new: "sweep: \"\"",
            sentence: """
                a.yaml:1: sweep must be a name, but is empty
                """),
        WrongSpec(
            old: "task: xor, points: 12",
            new: "task: csv, path: nofile.csv",
            sentence: """
                a.yaml:3: data.path must name a readable file, but "nofile.csv" is not one: No \
                such file or directory
                """),
        WrongSpec(
            old: "task: xor, points: 12",
            new: "task: csv, path: .",
            sentence: """
                a.yaml:3: data.path must name a readable file, but "." is not one: Is a \
                directory
                """),
        WrongSpec(
            old: "seeds: 10",
            new: "seeds: 1000000000\nrandom_key: 9007199254740993",
            sentence: """
                a.yaml:11: random_key must be a whole number from 0 to 9007199254740991, but is \
                9007199254740993
                """),
        WrongSpec(
            old: "seeds: 10",
            new: "keep: [cka_layers]",
            sentence: """
                a.yaml:10: keep must be a list of words among \
                \(PosteriorSettings.arrays.joined(separator: ", ")), but is \
                "cka_layers"; did you mean cka_layer?
                """),
        WrongSpec(
            old: "seeds: 10",
            new: "keep: cka_layer",
            sentence: """
                a.yaml:10: keep must be a list of words among \
                \(PosteriorSettings.arrays.joined(separator: ", ")), but is a single value
                """),
        WrongSpec(
            old: "seeds: 10",
            new: "keep: [cka_layer, cka_layer]",
            sentence: """
                a.yaml:10: keep has "cka_layer" twice; remove one of them
                """),
        WrongSpec(
            old: "kappa: 1.0e-3",
            new: "burn_in: 20000",
            sentence: """
                a.yaml:5: inference.burn_in must be below max_iterations (20000), but is 20000
                """),
    ]

    @Test("a value that its key does not allow is refused", arguments: wrong)
    func valueIsRefused(wrong: WrongSpec) {
        #expect(Fixtures.sentence(wrong.text) == wrong.sentence)
    }
}
