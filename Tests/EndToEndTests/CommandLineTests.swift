import Foundation
import TestSupport
import Testing

@Suite("Command line")
struct CommandLineTests {
    private static let spec = """
        sweep: tiny
        experiment: posterior
        data: {task: xor, points: 6, dimension: 20}
        inference: {effective_samples: 30}
        grid:
          gain: [0.8, 1.4]
          width: [24]
          depth: [2]
        seeds: 2
        """

    private static func json(_ text: String) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test("trial prints one JSON object, the same bits each time")
    func trial() throws {
        try Scratch.with { folder in
            let path = try Scratch.write(Self.spec, "tiny.yaml", in: folder)
            let first = try Program.run(["trial", path, "--point", "1", "--seed", "1"])
            #expect(first.status == 0, "\(first.talk)")
            let object = try Self.json(first.output)
            #expect((object["point"] as? [String: Any])?["gain"] as? Double == 1.4)
            #expect(object["seed"] as? Int == 1)
            let metrics = try #require(object["metrics"] as? [String: Any])
            #expect(metrics["test_mse"] is NSNull)
            let arrays = try #require(object["arrays"] as? [String: Any])
            #expect((arrays["cka_layer"] as? [Double])?.count == 2)
            let kernels = try #require(arrays["mean_kernels"] as? [[[Double]]])
            #expect(kernels.count == 2 && kernels[1].count == 6 && kernels[1][5].count == 6)
            let diagnostics = try #require(object["diagnostics"] as? [String: Any])
            #expect((diagnostics["cpu_seconds"] as? Double).map { $0 > 0 } == true)
            let again = try Self.json(
                Program.run(["trial", path, "--point", "1", "--seed", "1"]).output)
            #expect(
                NSDictionary(dictionary: metrics).isEqual(
                    to: again["metrics"] as? [String: Any] ?? [:]))
            let other = try Self.json(
                Program.run(["trial", path, "--point", "1", "--seed", "0"]).output)
            #expect(
                !NSDictionary(dictionary: metrics).isEqual(
                    to: other["metrics"] as? [String: Any] ?? [:]))
        }
    }

    @Test("a failed trial prints its failure and ends with 1")
    func failedTrial() throws {
        try Scratch.with { folder in
            let text = Self.spec.replacing(
                "effective_samples: 30", with: "effective_samples: 500, max_iterations: 60")
            let path = try Scratch.write(text, "tiny.yaml", in: folder)
            let result = try Program.run(["trial", path, "--point", "0", "--seed", "0"])
            #expect(result.status == 1)
            let failure = try #require(try Self.json(result.output)["failure"] as? [String: Any])
            #expect(failure["kind"] as? String == "not_converged")
            #expect(result.talk.hasPrefix("critsweep: not_converged: "))
        }
    }

    @Test("the critical gain of erf is that of the paper")
    func criticality() throws {
        let result = try Program.run([
            "criticality", "--activation", "erf", "--bias-variance", "0.05", "--format", "json",
        ])
        #expect(result.status == 0)
        let gain = try #require(try Self.json(result.output)["critical_gain"] as? Double)
        #expect(abs(gain - 1.375839) < 1e-6)
    }

    @Test(
        "bad usage ends with 2 and one sentence",
        arguments: [
            ["trial", "no-such-file.yaml"],
            ["validate", "no-such-file.yaml"],
            ["criticality", "--activation", "sigmoid", "--bias-variance", "0"],
            ["criticality", "--activation", "erf", "--bias-variance", "-1"],
            ["criticality", "--activation", "erf", "--bias-variance", "many"],
            ["init", "no-such-template"],
            ["no-such-command"],
            ["run"],
        ])
    func usage(arguments: [String]) throws {
        let result = try Program.run(arguments)
        #expect(result.status == 2, "\(result.talk)")
        #expect(result.output.isEmpty)
        #expect(!result.talk.isEmpty)
    }

    @Test("a spec with an error ends with 2 and names file, line and key")
    func badSpec() throws {
        try Scratch.with { folder in
            let text = Self.spec.replacing("seeds: 2", with: "sedes: 2")
            let path = try Scratch.write(text, "tiny.yaml", in: folder)
            for command in ["validate", "trial", "run"] {
                let result = try Program.run([command, path], in: folder)
                #expect(result.status == 2)
                #expect(result.talk.contains("tiny.yaml:9"))
                #expect(result.talk.contains("sedes"))
            }
        }
    }

    @Test("every template is valid, and validate starts nothing")
    func templates() throws {
        try Scratch.with { folder in
            for name in ["smoke", "xor-critical-gain", "posterior-check", "calibration"] {
                let template = try Program.run(["init", name])
                #expect(template.status == 0)
                let path = try Scratch.write(template.output, "\(name).yaml", in: folder)
                let result = try Program.run(["validate", path, "--format", "json"], in: folder)
                #expect(result.status == 0, "\(result.talk)")
                #expect(try Self.json(result.output)["trials"] as? Int ?? 0 > 0)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path()).count == 4)
        }
    }

    @Test("unreadable data is an error of the spec")
    func missingData() throws {
        try Scratch.with { folder in
            let text = Self.spec.replacing(
                "{task: xor, points: 6, dimension: 20}", with: "{task: csv, path: none.csv}")
            let path = try Scratch.write(text, "tiny.yaml", in: folder)
            let result = try Program.run(["trial", path])
            #expect(result.status == 2)
            #expect(result.talk.contains("none.csv"))
        }
    }

    @Test("doctor finds this machine fit")
    func doctor() throws {
        let result = try Program.run(["doctor", "--format", "table"])
        #expect(result.status == 0, "\(result.output)\(result.talk)")
        #expect(!result.output.contains("FAILED"))
    }

    @Test("help fits a terminal of 80 columns, and has an example")
    func help() throws {
        let overview = try Program.run(["--help"])
        #expect(overview.status == 0)
        let commands = overview.output.split(separator: "\n")
            .drop { !$0.hasPrefix("SUBCOMMANDS:") }.dropFirst()
            .filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
            .compactMap { $0.split(separator: " ").first.map(String.init) }
            .filter { $0 != "See" }
        #expect(commands.count >= 15)
        for command in commands {
            let result = try Program.run([command, "--help"])
            #expect(result.status == 0)
            #expect(result.output.contains("Example: "), "\(command)")
            let wide = result.output.split(separator: "\n").filter { $0.count > 80 }
            #expect(wide.isEmpty, "\(command)")
        }
    }
}
