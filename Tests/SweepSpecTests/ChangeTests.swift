import SweepSpec
import Testing

@Suite("Canonical text and changes of a spec")
struct ChangeTests {
    @Test("the canonical text has every default and a fixed order")
    func canonicalText() throws {
        let spec = try Fixtures.spec(
            replacing: "[1.0, 1.2]", by: "{from: 0.40, to: 2.4, count: 21}")
        #expect(
            spec.canonicalText == """
                sweep: "a"
                experiment: posterior
                seeds: 10
                random_key: 0
                keep: [cka_layer, cka_layer_se, cka_mean_kernel, cka_layer_nngp, adaptation_layer]
                compare: []
                data: {dimension: 100, noise_variance: 0.4, points: 12, snr: high, task: xor, \
                test_points: 0}
                network: {activation: erf, bias_variance: 0.05}
                inference: {chains: 1, effective_samples: 100, evidence: false, kappa: 0.001, \
                max_iterations: 20000, metropolis: false, sampler: function-space}
                grid:
                  gain: {from: 0.4, to: 2.4, count: 21}
                  width: [500]
                  depth: [3]

                """)
    }

    static let specs = [
        Fixtures.posterior, Fixtures.calibration,
        "sweep: \"-\"\nexperiment: criticality\n",
        "sweep: l\nexperiment: posterior\ndata: {task: csv, path: \"a \\\"b\\\"\\t\\\\ ä\\u202e.csv\"}\n"
            + "grid: {width: [1e5], gain: {log_from: 1e-6, log_to: 3, count: 7}, depth: 1}\n",
        "sweep: t\nexperiment: posterior\ndata: {task: xor, snr: low}\nrandom_key: 9007199254740991\n"
            + "grid: {gain: [1e-300, 0.1], width: [1], depth: [2], sampler: [elliptical-slice]}\n",
    ]

    @Test("the canonical text reads back as the same sweep", arguments: specs)
    func canonicalTextReadsBack(text: String) throws {
        let spec = try SweepSpecification(text: text, path: "b/a.yaml", checkingFiles: false)
        let again = try SweepSpecification(canonicalText: spec.canonicalText, path: "b/a.yaml")
        #expect(again.canonicalText == spec.canonicalText)
        #expect(again.plan == spec.plan)
        #expect(again.name == spec.name)
        #expect(again.randomKey == spec.randomKey)
        #expect(again.dataFiles == spec.dataFiles)
        #expect(again.change(from: spec) == .same)
        for index in 0..<spec.plan.grid.pointCount {
            let point = spec.plan.grid.point(at: index)
            #expect(try again.experiment(at: point) == spec.experiment(at: point))
        }
    }

    @Test("the canonical text of the longest list is read, and short enough to be sent")
    func longCanonicalText() throws {
        let values = (1...9_999).map { "\($0)e2" }.joined(separator: ",")
        let text =
            "sweep: c\nexperiment: calibration\ncalibration: {kind: none}\n"
            + "grid: {milliseconds: [\(values)]}\n"
        let spec = try SweepSpecification(text: text, path: "a.yaml")
        #expect(spec.canonicalText.utf8.count > text.utf8.count)
        #expect(spec.canonicalText.utf8.count < SweepSpecification.byteLimit)
        let again = try SweepSpecification(canonicalText: spec.canonicalText, path: "a.yaml")
        #expect(again.plan == spec.plan)
    }

    @Test(
        "comments, spelling, written-out defaults and the form of a grid change nothing",
        arguments: [
            ("seeds: 10", "seeds: 1.0e1   # ten"), ("[1.0, 1.2]", "{from: 1, to: 1.2, count: 2}"),
            ("kappa: 1.0e-3", "kappa: 0.001, sampler: function-space, chains: 1"),
            ("task: xor, points: 12", "points: +12, snr: high, task: \"xor\""),
            ("sweep: a", "# first\n\nsweep: 'a'"), ("width: [500]", "width: 500"),
            ("seeds: 10", "seeds: 10\ncompare: []\nrandom_key: 0"),
        ])
    func spellingIsNoChange(old: String, new: String) throws {
        #expect(
            try Fixtures.spec(replacing: old, by: new).change(from: Fixtures.spec()) == .same)
    }

    @Test(
        "more seeds, more values and another order extend a sweep",
        arguments: [
            ("seeds: 10", "seeds: 12", 4), ("[1.0, 1.2]", "[1.2, 1.0, 3]", 10),
            ("[1.0, 1.2]", "{from: 1, to: 2, count: 11}", 90), ("[500]", "[500, 100]", 20),
            ("[1.0, 1.2]", "[1.2, 1.0]", 0),
            ("  width: [500]\n  depth: [3]\n", "  depth: [3]\n  width: [500]\n", 0),
        ])
    func moreIsAnExtension(old: String, new: String, added: Int) throws {
        #expect(
            try Fixtures.spec(replacing: old, by: new).change(from: Fixtures.spec())
                == .extended(addedTrials: added))
    }

    @Test(
        "everything else is a change, and its key is named",
        arguments: [
            ("sweep: a", "sweep: b", "sweep was changed from a to b"),
            ("seeds: 10", "seeds: 9", "seeds was changed from 10 to 9"),
            (
                "kappa: 1.0e-3", "kappa: 2.0e-3",
                "inference.kappa was changed from 0.001 to 0.002"
            ),
            ("points: 12", "points: 16", "data.points was changed from 12 to 16"),
            (
                "points: 12", "points: 12, snr: low", "data.snr was changed from high to low"
            ),
            ("kappa: 1.0e-3", "burn_in: 7", "inference.burn_in was added (7)"),
            (", points: 12", "", "data.points was removed (12)"),
            ("seeds: 10", "seeds: 10\nrandom_key: 1", "random_key was changed from 0 to 1"),
            (
                "[1.0, 1.2]", "[1.0, 1.3]",
                "grid.gain was changed from [1, 1.2] to [1, 1.3], without 1.2"
            ),
            (
                "  depth: [3]", "  depth: [3]\n  snr: [high]",
                "data.snr was removed (high)"
            ),
            (
                "  depth: [3]", "  depth: [3]\n  burn_in: [10]", "grid.burn_in was added ([10])"
            ),
            (
                "seeds: 10", "seeds: 10\nkeep: []",
                """
                keep was changed from [cka_layer, cka_layer_se, cka_mean_kernel, cka_layer_nngp, \
                adaptation_layer] to []
                """
            ),
        ])
    func otherThingsAreChanges(old: String, new: String, sentence: String) throws {
        let change = try Fixtures.spec(replacing: old, by: new).change(from: Fixtures.spec())
        #expect(change.description == sentence)
    }

    @Test("another experiment is a change")
    func otherExperiment() throws {
        let one = try Fixtures.spec(in: Fixtures.calibration)
        let other = try SweepSpecification(
            text: "sweep: c\nexperiment: criticality\n", path: "a.yaml")
        #expect(
            other.change(from: one).description
                == "experiment was changed from calibration to criticality")
    }
}
