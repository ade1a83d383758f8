import Foundation
import SweepSpec
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
            ("mnist", 25),
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
        #expect(rows.count == KeyReference.keys.count)
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
