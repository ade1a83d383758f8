import SweepSpec
import Testing

/// Random changes of good specs: the answer is a spec or a sentence, never a crash.
@Suite("Mutated specs")
struct MutationTests {
    /// A small generator with its state in the open: the seed repeats a run.
    struct Generator {
        var state: UInt64

        mutating func next(below bound: Int) -> Int {
            // Knuth's linear congruential generator; its high bits are good enough here.
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
    }

    static let fragments = [
        "&a ", "*a", "!!int ", "---\n", "...\n", "[", "]", "{", "}", ": ", "- ", "? ", "\"", "'",
        "|\n",
        ">\n", "#", "\t", "\n", "  ", "\u{0}", "\u{feff}", "\u{2028}", "%", "@", "`", "<<", "1e999",
        "-1",
        "nan", "0x1", "9223372036854775808", "1e18", "{from: 1, to: 2, count: 1e6}", "~", "null",
        "no", "ä", "\u{1F600}", "\\", ",", "grid:", "seeds:", "[]", "{}",
        "{log_from: 0, log_to: 0}",
    ]

    static func mutated(_ text: [UInt8], using generator: inout Generator) -> [UInt8] {
        var bytes = text
        for _ in 0...generator.next(below: 4) {
            let place = generator.next(below: bytes.count + 1)
            switch generator.next(below: 6) {
            case 0 where place < bytes.count: bytes[place] = UInt8(generator.next(below: 256))
            case 1 where place < bytes.count: bytes.remove(at: place)
            case 2:
                bytes.insert(
                    contentsOf: fragments[generator.next(below: fragments.count)].utf8, at: place)
            case 3:
                let end = min(bytes.count, place + generator.next(below: 30))
                bytes.removeSubrange(place..<end)
            case 4:
                let end = min(bytes.count, place + generator.next(below: 30))
                bytes.insert(contentsOf: bytes[place..<end], at: generator.next(below: place + 1))
            default:
                if place < bytes.count { bytes[place] = bytes[generator.next(below: bytes.count)] }
            }
        }
        return bytes
    }

    @Test("20,000 mutations end as a spec or as one line", arguments: [UInt64(1), 2, 3, 4])
    func mutationsNeverCrash(seed: UInt64) throws {
        var generator = Generator(state: seed)
        let sources = (SpecTemplate.all.map(\.text) + [Fixtures.posterior, Fixtures.calibration])
            .map { Array($0.utf8) }
        var (good, refused) = (0, 0)
        for _ in 0..<5_000 {
            let source = sources[generator.next(below: sources.count)]
            // Bad bytes become U+FFFD here; files with bad bytes are refused before this.
            let text = String(
                decoding: Self.mutated(source, using: &generator), as: UTF8.self)
            do throws(SpecError) {
                let spec = try SweepSpecification(text: text, path: "a.yaml", checkingFiles: false)
                let again = try SweepSpecification(
                    canonicalText: spec.canonicalText, path: "a.yaml")
                if again.change(from: spec) != .same {
                    Issue.record("seed \(seed): canonical text of \(text.debugDescription)")
                }
                _ = spec.estimate()
                let last = spec.plan.grid.pointCount - 1
                _ = try spec.experiment(at: spec.plan.grid.point(at: last))
                good += 1
            } catch {
                let isOneLine = error.description.unicodeScalars.allSatisfy {
                    $0.value >= 32 && $0.value != 0x2028
                }
                if !isOneLine || !error.description.hasPrefix("a.yaml:") {
                    Issue.record("seed \(seed): \(error.description.debugDescription)")
                }
                if error.description.count > 1_000 {
                    Issue.record("seed \(seed): a sentence of \(error.description.count) letters")
                }
                refused += 1
            }
        }
        // Most mutations of comments are harmless, most others are not.
        #expect(good > 500)
        #expect(refused > 500)
    }

    @Test(
        "text made to be slow is answered like any other",
        arguments: [
            "[", "{", "- ", "? ", "a: ", "[a, ", "{a: ", "\"", "'", "a\n", "a ", "- - ", "&a ",
            "*a\n",
            "a: b\n", "!a ", "| ", "[]: ", "\n ", "#", "%a\n", ",", "a,", "x: {y: 1}\n",
        ])
    func slowTextIsAnswered(piece: String) {
        let count = SweepSpecification.byteLimit / piece.utf8.count - 64
        for start in ["", "a: ", "a: [", "sweep: \"", "a: |\n ", "experiment: calibration\na: {"] {
            let sentence = Fixtures.sentence(start + String(repeating: piece, count: count))
            #expect(sentence != nil)
            #expect((sentence?.count ?? 0) < 1_000)
        }
    }
}
