import Foundation
import SweepSpec
import Testing

/// Short texts that ask for much, and long ones: refused before they take time or memory.
@Suite("Specs that ask for too much")
struct ExcessTests {
    @Test(
        "nesting that YAML's own scanner gives up is refused in our words", arguments: ["[", "{"])
    func deepNestingIsRefused(bracket: String) {
        #expect(
            Fixtures.sentence(String(repeating: bracket, count: 4_000))
                == "a.yaml:1: lists and sections are nested more than 32 deep; a spec needs 3")
    }

    @Test("values of all axes together are bounded, however few letters they take")
    func manyRangesAreRefused() {
        let range = "{from: 1, to: 2, count: 10000}"
        #expect(
            Fixtures.sentence(
                Fixtures.posterior.replacingOccurrences(of: "[1.0, 1.2]", with: range))
                == "a.yaml:8: grid must have at most 10000 values in all its lists and ranges "
                + "together, but has 10001 with grid.width; give fewer values")
        #expect(
            Fixtures.sentence(
                Fixtures.posterior.replacingOccurrences(
                    of: "[1.0, 1.2]", with: "{from: 1, to: 2, count: 1000000}"))
                == "a.yaml:7: grid.gain.count must be a whole number from 1 to 10000, but is 1000000"
        )
    }

    @Test("a list longer than any grid is refused where it becomes too long")
    func longListIsRefused() {
        let list = "[" + (1...30_000).map { "\($0)e-3" }.joined(separator: ",\n    ") + "]"
        let sentence = Fixtures.sentence(
            Fixtures.posterior.replacingOccurrences(of: "[1.0, 1.2]", with: list))
        #expect(sentence?.hasPrefix("a.yaml:24") == true)
        #expect(
            sentence?.hasSuffix(
                ": a spec must have at most 25000 values, but this is one more; write a range "
                    + "instead of a list, or give fewer values") == true)
    }

    @Test("a path longer than any of the system's is refused, and the longest is read")
    func longPathIsRefused() {
        func text(_ count: Int) -> String {
            """
            sweep: a
            experiment: posterior
            data: {task: csv, path: "/\(String(repeating: "é", count: count / 2))"}
            grid: {gain: 1, width: 8, depth: 1}

            """
        }
        #expect(
            Fixtures.sentence(text(4_096))
                == "a.yaml:3: data.path must be the path of a data file or folder of at most 4096 "
                + "bytes, but has 4097")
        #expect(throws: Never.self) {
            try SweepSpecification(text: text(4_094), path: "a.yaml", checkingFiles: false)
        }
    }

    @Test("bytes that are no text are refused with their line")
    func badBytesAreRefused() {
        do throws(SpecError) {
            _ = try SweepSpecification(
                bytes: Array("a: 1\nb: ".utf8) + [0xC0, 0xAF], path: "a.yaml")
            Issue.record("the bytes were read")
        } catch {
            #expect(
                error.description
                    == "a.yaml:2: a spec must be UTF-8 text, but this line is not; save the file as "
                    + "UTF-8")
        }
    }
}
