import SweepSpec
import Testing

@Suite("Errors of keys")
struct KeyErrorTests {
    static let wrong: [WrongSpec] = [
        WrongSpec(
            old: "seeds: 10",
            new: "seed: 10",
            sentence: """
                a.yaml:10: seed is not a key of a spec; did you mean seeds?
                """),
        WrongSpec(
            old: "activation: erf",
            new: "aktivation: erf",
            sentence: """
                a.yaml:4: network.aktivation is not a key of a spec; did you mean \
                network.activation?
                """),
        WrongSpec(
            old: "kappa: 1.0e-3",
            new: "zzzzzzz: 1.0e-3",
            sentence: """
                a.yaml:5: inference.zzzzzzz is not a key of a spec; keys of this section are \
                sampler, precision, kappa, effective_samples, max_iterations, burn_in, chains, \
                step, metropolis, evidence
                """),
        WrongSpec(
            old: "bias_variance: 0.05",
            new: "gain: 1",
            sentence: """
                a.yaml:4: network.gain is not a key of a spec; it belongs in section grid
                """),
        WrongSpec(
            old: "points: 12",
            new: "kappa: 1",
            sentence: """
                a.yaml:3: data.kappa is not a key of a spec; it belongs in section inference
                """),
        WrongSpec(
            old: "kappa: 1.0e-3",
            new: "metropolis: true",
            sentence: """
                a.yaml:5: inference.metropolis is for inference.sampler langevin, the others have \
                such a test anyway; remove it
                """),
        WrongSpec(
            old: "kappa: 1.0e-3",
            new: "sampler: elliptical-slice, precision: single",
            sentence: """
                a.yaml:5: inference.precision single needs inference.sampler function-space, but \
                the sampler is elliptical-slice; change the sampler or remove precision
                """),
        WrongSpec(
            old: "kappa: 1.0e-3",
            new: "precision: half",
            sentence: """
                a.yaml:5: inference.precision must be one of double, single, but is "half"
                """),
        WrongSpec(
            old: "kappa: 1.0e-3",
            new: "sampler: langevin, evidence: true",
            sentence: """
                a.yaml:5: inference.evidence needs inference.sampler function-space or \
                elliptical-slice, but the sampler is langevin; change the sampler or remove \
                evidence
                """),
        WrongSpec(
            old: "kappa: 1.0e-3",
            new: "metropolis: yes",
            sentence: """
                a.yaml:5: inference.metropolis must be one of false, true, but is "yes"
                """),
        WrongSpec(
            old: "task: xor",
            new: "task: orthogonal",
            sentence: """
                a.yaml:3: data.task must be one of xor, mnist, csv, teacher for experiment posterior, \
                but is orthogonal
                """),
        WrongSpec(
            old: "task: xor",
            new: "task: xor, teacher: erf",
            sentence: """
                a.yaml:3: data.teacher is a key of data.task teacher, but the task is xor; remove it
                """),
        WrongSpec(
            old: "task: xor",
            new: "task: mnist",
            sentence: """
                a.yaml:3: data.path is missing; it must be the path of a data file or folder
                """),
        WrongSpec(
            old: "task: xor",
            new: "digits: [3, 8, 9], path: p, task: mnist",
            sentence: """
                a.yaml:3: data.digits must be two different digits, such as [0, 3], but is [3, 8, 9]
                """),
        WrongSpec(
            old: "task: xor",
            new: "digits: [3, 3.0], path: p, task: mnist",
            sentence: """
                a.yaml:3: data.digits has 3.0 twice; remove one of them
                """),
        WrongSpec(
            old: "task: xor",
            new: "digits: [0, 3], task: xor",
            sentence: """
                a.yaml:3: data.digits is a key of data.task mnist, but the task is xor; remove it
                """),
        WrongSpec(
            old: "experiment: posterior",
            new: "experiment: command",
            sentence: """
                a.yaml:2: experiment "command" is not available in this version; available: \
                posterior, theory, training, prior, criticality, calibration
                """),
        WrongSpec(
            old: "experiment: posterior",
            new: "experimant: posterior",
            sentence: """
                a.yaml:2: experimant is not a key of a spec; did you mean experiment?
                """),
        WrongSpec(
            old: "experiment: posterior\n",
            new: "",
            sentence: """
                a.yaml:1: experiment is missing; it must be one of posterior, theory, training, \
                prior, criticality, calibration
                """),
        WrongSpec(
            old: "sweep: a\n",
            new: "",
            sentence: """
                a.yaml:1: sweep is missing; name the sweep, for example "sweep: my-sweep"
                """),
        WrongSpec(
            old: "inference: {kappa: 1.0e-3",
            new: "training: {epochs: 3",
            sentence: """
                a.yaml:5: section training belongs to experiment training, but this is \
                posterior; remove it
                """),
        WrongSpec(
            old: " {kappa: 1.0e-3}",
            new: "",
            sentence: """
                a.yaml:5: section inference must have keys in it, but is empty; give keys or \
                remove it
                """),
        WrongSpec(
            old: "kappa: 1.0e-3",
            new: "",
            sentence: """
                a.yaml:5: section inference must have keys in it, but is empty; give keys or \
                remove it
                """),
        WrongSpec(
            old: "{kappa: 1.0e-3}",
            new: "[1]",
            sentence: """
                a.yaml:5: section inference must have keys in it, but is a list; give keys or \
                remove it
                """),
        WrongSpec(
            old: "activation: erf, bias_variance: 0.05",
            new: "observed_layer: 1",
            sentence: """
                a.yaml:4: network.observed_layer is a key of experiment training, but this is \
                posterior; remove it
                """),
        WrongSpec(
            old: " points: 12",
            new: " path: x.csv, points: 12",
            sentence: """
                a.yaml:3: data.path is a key of data.task csv, mnist, but the task is xor; \
                remove it
                """),
        WrongSpec(
            old: "task: xor, points: 12",
            new: "task: csv",
            sentence: """
                a.yaml:3: data.path is missing; it must be the path of a data file or folder
                """),
        WrongSpec(
            old: "task: xor, ",
            new: "",
            sentence: """
                a.yaml:3: data.task is missing; it must be one of xor, mnist, csv, teacher, \
                two-point, xor-corners, orthogonal
                """),
        WrongSpec(
            old: "seeds: 10",
            new: "compare: [ful]",
            sentence: """
                a.yaml:10: compare must be a list of words among nngp, linear, full, but is "ful"; \
                did you mean full?
                """),
        WrongSpec(
            old: "\ndata",
            new: "\n<<: {a: 1}\ndata",
            sentence: """
                a.yaml:3: "<<" is not a key of a spec; keys and sections are sweep, experiment, \
                seeds, random_key, keep, compare, data, network, inference, grid
                """),
    ]

    @Test("a key that is unknown, missing or in the wrong place is refused", arguments: wrong)
    func keyIsRefused(wrong: WrongSpec) {
        #expect(Fixtures.sentence(wrong.text) == wrong.sentence)
    }

    @Test(
        "keys of other experiments are refused in a calibration",
        arguments: [
            WrongSpec(
                old: "none", new: "spin",
                sentence: """
                    a.yaml:3: calibration.milliseconds is missing; kind spin needs it, a number from 0 to \
                    86400000
                    """, base: Fixtures.calibration),
            WrongSpec(
                old: "seeds: 5", new: "data: {task: xor}",
                sentence: """
                    a.yaml:4: section data belongs to experiment posterior, theory, training, prior, but \
                    this is calibration; remove it
                    """, base: Fixtures.calibration),
            WrongSpec(
                old: "seeds: 5", new: "keep: []",
                sentence: """
                    a.yaml:4: keep is a key of experiment posterior, theory, training, but this is calibration; remove it
                    """, base: Fixtures.calibration),
            WrongSpec(
                old: "calibration: {kind: none}\n", new: "",
                sentence: """
                    a.yaml:2: calibration.kind is missing; it must be one of none, spin, sleep
                    """, base: Fixtures.calibration),
            WrongSpec(
                old: "seeds: 5", new: "grid: {kappa: [1]}",
                sentence: """
                    a.yaml:4: grid.kappa is a key of experiment posterior, theory, but this is \
                    calibration; remove it
                    """, base: Fixtures.calibration),
        ])
    func calibrationKeyIsRefused(wrong: WrongSpec) {
        #expect(Fixtures.sentence(wrong.text) == wrong.sentence)
    }

    @Test(
        "every experiment that is not available is named in one sentence",
        arguments: ["command"])
    func laterExperimentIsRefused(name: String) {
        #expect(
            Fixtures.sentence("sweep: a\nexperiment: \(name)\n")
                == """
                a.yaml:2: experiment "\(name)" is not available in this version; \
                available: posterior, theory, training, prior, criticality, calibration
                """)
    }
}
