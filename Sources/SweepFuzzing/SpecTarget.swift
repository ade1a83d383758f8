import SweepProtocol
import SweepSpec

/// The spec parser, from bytes to a validated spec or to one sentence.
///
/// What is accepted has a canonical text that is the same spec and its own canonical text; what is
/// refused has one sentence with file and line, without a name of a type of ours.
public struct SpecTarget: FuzzTarget {
    public let name = "spec"
    // A list of values is kept as a tree, as values and as text; a range is values only. The base
    // has room for two ranges of the largest size, of which the second is refused.
    public let allowance = MemoryAllowance(base: 1 << 20, perByte: 200, perUnit: 250)
    public let samples: [[UInt8]]

    static let path = "a.yaml"

    public init() {
        var samples = SpecTemplate.all.map { Array($0.text.utf8) }
        for index in 0..<UInt64(40) {
            var choices = SeededChoices(seed: 4, target: "samples", index: index)
            samples.append(RandomSpec.bytes(using: &choices))
        }
        self.samples = samples
    }

    public func input(from seeds: [[UInt8]], using choices: inout SeededChoices) -> [UInt8] {
        var bytes =
            choices.once(in: 3)
            ? RandomSpec.bytes(using: &choices) : seed(from: seeds, using: &choices)
        // A spec as it was drawn is an input too.
        if choices.once(in: 5_000) {
            // As long as a spec may be.
            let token = Array(choices.pick(SpecMutation.pieces).utf8)
            let count = (SweepSpecification.byteLimit - bytes.count) / token.count
            bytes.insert(
                contentsOf: [[UInt8]](repeating: token, count: count).joined(),
                at: choices.pick([0, bytes.count, choices.below(bytes.count)]))
        }
        for _ in 0..<choices.below(4) {
            if choices.once(in: 4) {
                ByteMutation.mutate(&bytes, others: seeds, using: &choices)
            } else {
                SpecMutation.mutate(&bytes, others: seeds, using: &choices)
            }
        }
        return bytes
    }

    public func verdict(on input: [UInt8]) -> Verdict {
        do throws(SpecError) {
            let spec = try SweepSpecification(bytes: input, path: Self.path, checkingFiles: false)
            return verdict(on: spec)
        } catch {
            return Self.trouble(with: error, in: input).map { .broken($0) } ?? .refused
        }
    }

    private func verdict(on spec: SweepSpecification) -> Verdict {
        let text = spec.canonicalText
        if text.utf8.count > WireLimits.specBytes / 2 {
            return .broken("workers cannot be sent \(text.utf8.count) bytes of canonical text")
        }
        do throws(SpecError) {
            let again = try SweepSpecification(canonicalText: text, path: Self.path)
            if again.change(from: spec) != .same || spec.change(from: again) != .same {
                return .broken("the canonical text is another spec: \(text.debugDescription)")
            }
            if again.canonicalText != text || again.randomKey != spec.randomKey
                || again.keep != spec.keep || again.dataFiles != spec.dataFiles
            {
                return .broken("the canonical text has another one: \(text.debugDescription)")
            }
            let estimate = spec.estimate()
            if !estimate.cpuSeconds.isFinite || estimate.cpuSeconds < 0 {
                return .broken("an estimate of \(estimate.cpuSeconds) s")
            }
            let last = spec.plan.grid.pointCount - 1
            for point in Set([0, last / 2, last]) {
                _ = try spec.experiment(at: spec.plan.grid.point(at: point))
            }
            return .read(units: spec.plan.grid.axes.reduce(0) { $0 + $1.values.count })
        } catch {
            return .broken("an accepted spec is refused later: \(error)")
        }
    }

    /// What is wrong with a sentence that refuses `input`; nil when nothing is.
    static func trouble(with error: SpecError, in input: [UInt8]) -> String? {
        let sentence = error.description
        guard sentence.hasPrefix(path + ":"), !error.sentence.isEmpty else {
            return "the sentence does not begin with the file: \(sentence.debugDescription)"
        }
        if let line = error.line {
            // YAML has more ends of line than this; none of them is shorter than a byte.
            if line < 1 || line > input.count + 1 { return "there is no line \(line)" }
        } else if !linelessBeginnings.contains(where: error.sentence.hasPrefix) {
            return "no line is named: \(sentence)"
        }
        let isOneLine = sentence.unicodeScalars.allSatisfy {
            $0.value >= 32 && $0.value != 127 && $0.value != 0x85
                && !(0x2028...0x202E).contains($0.value)
        }
        if !isOneLine { return "a control character is shown: \(sentence.debugDescription)" }
        if sentence.utf8.count > 2_000 { return "a sentence of \(sentence.utf8.count) bytes" }
        let own = withoutQuotations(sentence)
        if innards.contains(where: { contains(own, $0) }) {
            return "a name of our code is shown: \(sentence)"
        }
        if hasFullStop(own + [32]) { return "two sentences: \(sentence)" }
        return nil
    }

    /// What is said of a file as a whole.
    private static let linelessBeginnings = ["the file is empty", "a spec must be at most "]

    /// Pieces of our types' names as Swift prints them.
    private static let innards = [
        "Optional(", "SweepSpec", "SpecError", "SpecNode", "ParameterValue", "Swift.",
        "Error Domain", "NSError", "GridError", "tooManyPoints", "__C", "yaml_", "Substring",
    ].map { Array($0.utf8) }

    /// Whether a word ends in a point; a number may, like "1.".
    private static func hasFullStop(_ text: [UInt8]) -> Bool {
        text.indices.dropLast(2).contains { place in
            (97...122).contains(text[place]) && text[place + 1] == UInt8(ascii: ".")
                && text[place + 2] == UInt8(ascii: " ")
        }
    }

    /// Whether a piece is somewhere in a text. Foundation's search would take most of the run.
    private static func contains(_ text: [UInt8], _ piece: [UInt8]) -> Bool {
        guard let first = piece.first, text.count >= piece.count else { return false }
        return (0...text.count - piece.count).contains { start in
            text[start] == first && text[start..<start + piece.count].elementsEqual(piece)
        }
    }

    /// A sentence without what it quotes from the file.
    private static func withoutQuotations(_ sentence: String) -> [UInt8] {
        var own: [UInt8] = []
        var isQuoted = false
        var isEscaped = false
        for byte in sentence.utf8 {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                // Something stands there, so that "a"."b" is no end of a sentence.
                if !isQuoted { own.append(UInt8(ascii: "_")) }
                isQuoted.toggle()
            } else if !isQuoted {
                own.append(byte)
            }
        }
        return own
    }
}
