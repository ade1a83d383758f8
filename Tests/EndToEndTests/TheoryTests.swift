import Foundation
import TestSupport
import Testing

@Suite("The theory at the command line")
struct TheoryTests {
    private static let posterior = """
        sweep: sampled
        experiment: posterior
        data: {task: xor, points: 6, dimension: 20}
        inference: {effective_samples: 30}
        compare: [linear, full]
        grid:
          gain: [0.8, 1.4]
          width: [48]
          depth: [2]
        seeds: 2
        """

    private static let theory = """
        sweep: thought
        experiment: theory
        data: {task: xor, points: 6, dimension: 20}
        theory: {draws: 2048}
        grid:
          order: [nngp, linear, full]
          gain: [0.8, 1.4]
          width: [48]
          depth: [2]
        seeds: 2
        """

    private static func json(_ text: String) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test("theory prints all three orders of a posterior's point, as trial does of its own")
    func command() throws {
        try Scratch.with { folder in
            let path = try Scratch.write(Self.posterior, "sampled.yaml", in: folder)
            let result = try Program.run(["theory", path, "--point", "1", "--seed", "1"])
            #expect(result.status == 0, "\(result.talk)")
            let object = try Self.json(result.output)
            #expect((object["point"] as? [String: Any])?["gain"] as? Double == 1.4)
            let metrics = try #require(object["metrics"] as? [String: Any])
            let arrays = try #require(object["arrays"] as? [String: Any])
            for order in ["nngp", "linear", "full"] {
                let layers = try #require(arrays["cka_layer_\(order)"] as? [Double])
                #expect(layers.count == 2)
                #expect(metrics["cka_output_\(order)"] as? Double == layers[1])
                for name in ["kernels", "conjugate_kernels"] {
                    let kernels = try #require(arrays["\(name)_\(order)"] as? [[[Double]]])
                    #expect(kernels.count == 2 && kernels[1].count == 6 && kernels[1][5].count == 6)
                }
            }
            let diagnostics = try #require(object["diagnostics"] as? [String: Any])
            #expect((diagnostics["residual"] as? Double).map { $0 < 1e-8 } == true)
            #expect((diagnostics["iterations"] as? Double).map { $0 > 0 } == true)
            #expect((diagnostics["weight_fraction"] as? Double).map { $0 > 0.1 } == true)
            #expect((diagnostics["annealing_widths"] as? String)?.hasSuffix("48") == true)

            let trial = try Self.json(
                Program.run(["trial", path, "--point", "1", "--seed", "1"]).output)
            let sampled = try #require(trial["metrics"] as? [String: Any])
            for order in ["linear", "full"] {
                #expect(
                    sampled["cka_output_\(order)"] as? Double
                        == metrics["cka_output_\(order)"] as? Double)
            }
            let lines = try Program.run(["theory", path, "--format", "csv"]).output
                .split(separator: "\n")
            #expect(lines[0] == "layer,cka_layer_nngp,cka_layer_linear,cka_layer_full")
            #expect(lines.count == 3)
            let table = try Program.run(["theory", path, "--format", "table"]).output
            #expect(table.contains("CKA full") && table.contains("full: residual"))
            #expect(table.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(table)")
        }
    }

    @Test("a sweep of theory has a table, the same for one worker and two, and a figure")
    func sweep() throws {
        let one = try Sweeps.undisturbed(Self.theory, workers: 1)
        #expect(one == (try Sweeps.undisturbed(Self.theory, workers: 2)))
        let lines = one.split(separator: "\n")
        #expect(lines.count == 7)
        #expect(
            lines[0].hasPrefix(
                "order,gain,width,depth,n,failed,cka_output_mean,cka_output_sd,cka_output_sem"))
        #expect(lines[0].contains("cka_output_nngp_mean"))
        #expect(lines.dropFirst().allSatisfy { $0.contains(",48,2,2,0,0.") })
    }

    @Test("where there is no theory the reason is told with its exit code")
    func refusals() throws {
        try Scratch.with { folder in
            let path = try Scratch.write(Self.posterior, "sampled.yaml", in: folder)
            let beyond = try Program.run(["theory", path, "--point", "2"])
            #expect(beyond.status == 2)
            #expect(beyond.talk == "critsweep: --point must be from 0 to 1, but is 2\n")
            let other = try Scratch.write(
                "sweep: c\nexperiment: calibration\ncalibration: {kind: none}\n", "c.yaml",
                in: folder)
            let wrong = try Program.run(["theory", "c.yaml"], in: folder)
            #expect(wrong.status == 2 && !other.isEmpty)
            #expect(
                wrong.talk == """
                    critsweep: c.yaml is of experiment calibration; the theory is of experiments \
                    posterior and theory

                    """)
            // So few draws cannot even be given the right second moment.
            let few = try Scratch.write(
                Self.theory.replacing("draws: 2048", with: "draws: 2")
                    .replacing("points: 6", with: "points: 20"), "few.yaml", in: folder)
            let failed = try Program.run(["trial", few, "--point", "4", "--seed", "0"])
            #expect(failed.status == 1)
            let failure = try #require(try Self.json(failed.output)["failure"] as? [String: Any])
            #expect(failure["kind"] as? String == "not_converged")
            #expect((failure["message"] as? String)?.hasPrefix("2 draws are too few") == true)
        }
    }
}
