import Foundation
import SweepExperiments
import SweepSpec
import SweepTraining
import Testing

@Suite("Templates and configurations")
struct TemplateTests {
    static var configurations: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("configs")
    }

    @Test("a template that is also a configuration is the same to the byte")
    func templatesAreConfigurations() throws {
        var compared: [String] = []
        for template in SpecTemplate.all {
            let file = Self.configurations.appendingPathComponent("\(template.name).yaml")
            guard FileManager.default.fileExists(atPath: file.path) else { continue }
            #expect(try String(contentsOf: file, encoding: .utf8) == template.text)
            compared.append(template.name)
        }
        #expect(compared == ["smoke", "xor-critical-gain", "posterior-check", "calibration"])
    }

    @Test(
        "every template is a good spec of the size it says",
        arguments: [
            ("smoke", 15), ("xor-critical-gain", 210), ("posterior-check", 90), ("csv", 12),
            ("mnist", 25), ("training", 20),
            ("calibration", 1_000),
        ])
    func templateIsGood(name: String, trials: Int) throws {
        let template = try #require(SpecTemplate.named(name))
        let spec = try SweepSpecification(
            text: template.text, path: "\(name).yaml", checkingFiles: false)
        #expect(spec.plan.trialCount == trials)
    }

    @Test("every configuration is a good spec named for its file")
    func configurationsAreGood() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.configurations.path)
            .filter { $0.hasSuffix(".yaml") }
        #expect(files.count >= 4)
        for file in files {
            let path = Self.configurations.appendingPathComponent(file).path
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let spec = try SweepSpecification(text: text, path: path, checkingFiles: false)
            #expect("\(spec.name).yaml" == file)
        }
    }

    @Test("configurations in folders are good specs named for folder and file")
    func foldersAreGood() throws {
        let files = try #require(
            FileManager.default.enumerator(atPath: Self.configurations.path)
        ).compactMap { $0 as? String }.filter { $0.contains("/") && $0.hasSuffix(".yaml") }
        #expect(files.count >= 26)
        for file in files {
            let path = Self.configurations.appendingPathComponent(file).path
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let spec = try SweepSpecification(text: text, path: path, checkingFiles: false)
            #expect(
                "\(spec.name).yaml" == file.split(separator: "/").joined(separator: "-"), "\(file)")
        }
    }

    @Test("the two-point settings are those of the table, at half the learning rate")
    func twoPointSettings() throws {
        // architecture, activation, gain, learning rate of the table, width, depth, layer
        let table: [String: (String, String, Double, Double, Int, Int, Int)] = [
            "default": ("mlp", "leaky_relu", 1.0, 0.01, 500, 20, 10),
            "shallow": ("mlp", "leaky_relu", 0.35, 0.02, 500, 2, 1),
            "narrow": ("mlp", "leaky_relu", 1.05, 0.01, 50, 20, 10),
            "linear": ("mlp", "linear", 0.85, 0.0025, 500, 20, 10),
            "elu": ("mlp", "elu", 0.95, 0.0009, 500, 20, 10),
            "tanh": ("mlp", "tanh", 0.85, 0.0025, 500, 20, 10),
            "relu": ("mlp", "relu", 1.0, 0.01, 500, 20, 10),
            "swish": ("mlp", "silu", 1.7, 0.005, 500, 20, 10),
            "skip": ("resnet", "leaky_relu", 0.1, 0.02, 500, 20, 10),
            "cnn": ("cnn", "leaky_relu", 0.95, 0.004, 500, 10, 5),
            "dropout": ("dropout", "leaky_relu", 1.0, 0.01, 500, 10, 5),
            "gain-0.9": ("mlp", "leaky_relu", 0.9, 0.03, 500, 20, 10),
            "gain-1.1": ("mlp", "leaky_relu", 1.1, 0.005, 500, 20, 10),
            "gain-1.2": ("mlp", "leaky_relu", 1.2, 0.0025, 500, 20, 10),
            "gain-1.3": ("mlp", "leaky_relu", 1.3, 0.0015, 500, 20, 10),
            "gain-1.4": ("mlp", "leaky_relu", 1.4, 0.0005, 500, 20, 10),
            "gain-1.6": ("mlp", "leaky_relu", 1.6, 3e-6, 500, 20, 10),
            "adam": ("mlp", "leaky_relu", 1.0, 1e-6, 500, 20, 10),
            "two-layer": ("mlp", "linear", 0.1, 0.01, 500, 1, 0),
        ]
        let folder = Self.configurations.appendingPathComponent("two-point")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(files) == Set(table.keys.map { "\($0).yaml" }))
        for (name, row) in table {
            let path = folder.appendingPathComponent("\(name).yaml").path
            let spec = try SweepSpecification(
                text: String(contentsOfFile: path, encoding: .utf8), path: path)
            guard
                case .training(let settings) = try spec.experiment(at: spec.plan.grid.point(at: 0))
            else {
                Issue.record("\(name) is no training")
                continue
            }
            #expect(spec.plan.trialCount == 10 && settings.epochs == 6_000, "\(name)")
            #expect(settings.architecture.rawValue == row.0, "\(name)")
            #expect(settings.activation.rawValue == row.1, "\(name)")
            #expect(settings.gain == row.2 && settings.learningRate == row.3 / 2, "\(name)")
            #expect(settings.width == row.4 && settings.depth == row.5, "\(name)")
            #expect(settings.observedLayers == [row.6], "\(name)")
            #expect((settings.optimizer == .adam()) == (name == "adam"), "\(name)")
        }
    }

    @Test("the panel has the gains of the paper")
    func panelHasItsGains() throws {
        let template = try #require(SpecTemplate.named("xor-critical-gain"))
        let spec = try SweepSpecification(text: template.text, path: "x.yaml")
        let gains = try (0..<21).map { try spec.posterior(at: $0).gain }
        #expect(gains.prefix(2) == [0.4, 0.5])
        #expect(gains.last == 2.4)
    }

    @Test("an unknown template has a suggestion when one is near")
    func suggestion() {
        #expect(SpecTemplate.named("smok") == nil)
        #expect(SpecTemplate.suggestion(for: "smok") == "smoke")
        #expect(SpecTemplate.suggestion(for: "something else") == nil)
    }

    @Test("the reference has a row for every key that a spec can have")
    func referenceIsComplete() {
        let rows = KeyReference.markdown.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let inTraining = KeyReference.keys.count { SpecKeys.form(of: $0, in: .training) != $0 }
        #expect(inTraining == 2 && rows.count == KeyReference.keys.count + inTraining)
        let names = Set(KeyReference.keys.map(\.name))
        #expect(names.isSuperset(of: ["sweep", "gain", "kappa", "path", "milliseconds"]))
        let waiting = SpecKeys.all.filter { !names.contains($0.name) }
        #expect(
            waiting.allSatisfy {
                $0.experiments.isDisjoint(with: ExperimentKind.available)
                    || $0.tasks != nil
            })
        #expect(
            rows.contains(
                """
                | `kappa` | a number above 0 and at most 1000000 | `0.001` | posterior, theory | \
                Variance of the observation noise. |
                """))
    }

    @Test("docs/spec.md has the reference of the code; SWEEP_REWRITE_GOLDEN=1 rewrites it")
    func referenceIsDocumented() throws {
        let file = Self.configurations.deletingLastPathComponent()
            .appendingPathComponent("docs/spec.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let begin = try #require(text.range(of: "<!-- keys -->\n"))
        let end = try #require(text.range(of: "<!-- end of keys -->"))
        let documented = text[begin.upperBound..<end.lowerBound]
        let made = "\n\(KeyReference.markdown)\n"
        if ProcessInfo.processInfo.environment["SWEEP_REWRITE_GOLDEN"] == "1" {
            let rewritten = text.replacingCharacters(
                in: begin.upperBound..<end.lowerBound, with: made)
            try rewritten.write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(documented == made)
        }
    }

    @Test("no two keys share a name, so that each may be swept by it")
    func namesAreUnique() {
        let names = SpecKeys.all.map(\.name)
        #expect(Set(names).count == names.count)
    }
}
