import SweepSpec
import Testing

@Suite("Errors of the grid")
struct GridErrorTests {
    static let wrong: [WrongSpec] = [
        WrongSpec(
            old: "1.0, 1.2",
            new: "",
            sentence: """
                a.yaml:7: grid.gain must have at least one value, but its list is empty; write \
                for example [0.5, 1, 1.5]
                """),
        WrongSpec(
            old: "[1.0, 1.2]",
            new: "",
            sentence: """
                a.yaml:7: grid.gain has no value; give a list, such as [0.5, 1, 1.5]
                """),
        WrongSpec(
            old: "[1.0, 1.2]",
            new: "{}",
            sentence: """
                a.yaml:7: grid.gain.from is missing; a range needs from, to, count
                """),
        WrongSpec(
            old: ".0, 1.2",
            new: ", 1.0",
            sentence: """
                a.yaml:7: grid.gain has 1.0 twice; remove one of them
                """),
        WrongSpec(
            old: ".0, 1.2",
            new: ", [2]",
            sentence: """
                a.yaml:7: grid.gain must be a list of single values, but has a list in it
                """),
        WrongSpec(
            old: ".0, 1.2",
            new: ", x",
            sentence: """
                a.yaml:7: grid.gain must be a number above 0 and at most 1000000, but is "x"
                """),
        WrongSpec(
            old: "1.0, 1.2",
            new: "0",
            sentence: """
                a.yaml:7: grid.gain must be a number above 0 and at most 1000000, but is 0
                """),
        WrongSpec(
            old: "[1.0, 1.2]",
            new: "{from: 1, to: 2}",
            sentence: """
                a.yaml:7: grid.gain.count is missing; a range needs from, to, count
                """),
        WrongSpec(
            old: "[1.0, 1.2]",
            new: "{from: 1, to: 2, count: 1}",
            sentence: """
                a.yaml:7: grid.gain.count must be at least 2 to go from 1 to 2, but is 1
                """),
        WrongSpec(
            old: "[1.0, 1.2]",
            new: "{from: 1, to: 1, count: 3}",
            sentence: """
                a.yaml:7: grid.gain.count must be 1 when both ends are 1, but is 3
                """),
        WrongSpec(
            old: "[1.0, 1.2]",
            new: "{from: 1, to: 2, count: 0}",
            sentence: """
                a.yaml:7: grid.gain.count must be a whole number from 1 to 10000, but is 0
                """),
        WrongSpec(
            old: "[1.0, 1.2]",
            new: "{from: 1, to: 2, count: 2.5}",
            sentence: """
                a.yaml:7: grid.gain.count must be a whole number from 1 to 10000, but is 2.5
                """),
        WrongSpec(
            old: "[1.0, 1.2]",
            new: "{log_from: 0, log_to: 2, count: 3}",
            sentence: """
                a.yaml:7: grid.gain.log_from must be a number above 0, but is 0
                """),
        WrongSpec(
            old: "[1.0, 1.2]",
            new: "{log_from: 1, to: 2, count: 3}",
            sentence: """
                a.yaml:7: grid.gain.to is not a key of this range; a range is {from, to, count} \
                or {log_from, log_to, count}
                """),
        WrongSpec(
            old: "[1.0, 1.2]",
            new: "{from: 1, to: inf, count: 3}",
            sentence: """
                a.yaml:7: grid.gain.to must be a number above 0 and at most 1000000, but is \
                "inf"
                """),
        WrongSpec(
            old: "[1.0, 1.2]",
            new: "{from: 1, to: 1.0000000000001, count: 50}",
            sentence: """
                a.yaml:7: grid.gain.count must be smaller: with 50 values from 1 to \
                1.0000000000001 two are the same (1) at 12 significant digits
                """),
        WrongSpec(
            old: "[1.0, 1.2]",
            new: "{from: 1, to: 2, count: 10000000}",
            sentence: """
                a.yaml:7: grid.gain.count must be a whole number from 1 to 10000, but is \
                10000000
                """),
        WrongSpec(
            old: "[1.0, 1.2]",
            new: "{from: 1, to: 2, step: 0.1}",
            sentence: """
                a.yaml:7: grid.gain.step is not a key of this range; a range is {from, to, \
                count} or {log_from, log_to, count}
                """),
        WrongSpec(
            old: "[1.0, 1.2]",
            new: "{from: -1, to: 2, count: 3}",
            sentence: """
                a.yaml:7: grid.gain.from must be a number above 0 and at most 1000000, but is -1
                """),
        WrongSpec(
            old: "[1.0, 1.2]",
            new: "{from: [1], to: 2, count: 3}",
            sentence: """
                a.yaml:7: grid.gain.from must be a number above 0 and at most 1000000, but is a \
                list
                """),
        WrongSpec(
            old: "[1.0, 1.2]",
            new: "{from: , to: 2, count: 3}",
            sentence: """
                a.yaml:7: grid.gain.from has no value; it must be a number above 0 and at most \
                1000000
                """),
        WrongSpec(
            old: "[500]",
            new: "{from: 100, to: 200, count: 4}",
            sentence: """
                a.yaml:8: grid.width must be a whole number from 1 to 100000, but 4 values from \
                100 to 200 have 133.333333333 among them; change count or write a list
                """),
        WrongSpec(
            old: "gain: [1.0, 1.2]\n  ",
            new: "",
            sentence: """
                a.yaml:6: grid.gain is missing; give at least one value, for example gain: [1.2]
                """),
        WrongSpec(
            old: " width",
            new: " kappa: [1]\n  width",
            sentence: """
                a.yaml:8: grid.kappa is swept, but inference.kappa is given in line 5 too; \
                remove one of them
                """),
        WrongSpec(
            old: " width",
            new: " seeds: [1]\n  width",
            sentence: """
                a.yaml:8: grid.seeds cannot be swept: only numbers and words of an enumeration \
                in a section can, so give seeds one value outside the grid
                """),
        WrongSpec(
            old: " width",
            new: " path: [1]\n  width",
            sentence: """
                a.yaml:8: grid.path cannot be swept: only numbers and words of an enumeration in \
                a section can, so give data.path one value outside the grid
                """),
        WrongSpec(
            old: " width",
            new: " kapa: [1]\n  width",
            sentence: """
                a.yaml:8: grid.kapa is not a key that can be swept; did you mean grid.kappa?
                """),
        WrongSpec(
            old: " width",
            new: " qqqqqqqqqq: [1]\n  width",
            sentence: """
                a.yaml:8: grid.qqqqqqqqqq is not a key that can be swept; those of experiment \
                posterior are gain, width, depth, task, points, dimension, noise_variance, teacher, \
                snr, test_points, activation, bias_variance, sampler, kappa, effective_samples, \
                max_iterations, burn_in, chains, step, metropolis, evidence
                """),
        WrongSpec(
            old: " width",
            new: " epochs: [1]\n  width",
            sentence: """
                a.yaml:8: grid.epochs is a key of experiment training, but this is posterior; \
                remove it
                """),
        WrongSpec(
            old: " width",
            new: " snr: {from: 1, to: 2, count: 2}\n  width",
            sentence: """
                a.yaml:8: grid.snr must be a list of words, but is a range; write for example \
                [high, low]
                """),
        WrongSpec(
            old: "[1.0, 1.2]\n  width: [500]\n  depth: [3]",
            new:
                "{from: 1, to: 2, count: 4000}\n  width: [500]\n  depth: [3, 4, 5]\n  noise_variance: {from: 1, to: 2, count: 4000}\n  step: {from: 1, to: 2, count: 100}",
            sentence: """
                a.yaml:7: grid must have at most 4294967295 points, but has 4000 × 1 × 3 × \
                4000 × 100; give fewer values
                """),
        WrongSpec(
            old: "1.2]\n ",
            new: "1.2,1,3,4]\n ",
            sentence: """
                a.yaml:7: grid.gain has 1 twice; remove one of them
                """),
        WrongSpec(
            old: ".0, 1.2]\n  width: [500]\n  depth: [3]\nseeds: 10",
            new: ", 2, 3, 4, 5]\n  width: [500]\n  depth: [3]\nseeds: 1000000000",
            sentence: """
                a.yaml:10: seeds must leave at most 4294967295 trials, but is 1000000000 for 5 \
                points; give fewer seeds or points
                """),
    ]

    @Test("a grid that is not one is refused", arguments: wrong)
    func gridIsRefused(wrong: WrongSpec) {
        #expect(Fixtures.sentence(wrong.text) == wrong.sentence)
    }
}
