import SweepCore

/// Turns nodes into checked values of their keys, or into a sentence.
struct ValueReader {
    /// Bytes of the longest text; Linux has no longer paths.
    static let textBytes = 4_096

    let file: String

    /// The value of `key` that `node` holds.
    ///
    /// - Parameters:
    ///   - line: The line of the key, for a value that is not there.
    ///   - name: What the sentence calls the key; its full name unless given.
    func value(
        of key: SpecKey, in node: SpecNode, line: Int, as name: String? = nil
    ) throws(SpecError) -> SpecValue {
        let name = name ?? key.fullName
        switch key.kind {
        case .whole, .number, .word:
            let scalar = try scalar(node, of: key, line: line, as: name)
            return try parameter(of: key, in: scalar, line: node.line, as: name).specValue
        case .text:
            let scalar = try scalar(node, of: key, line: line, as: name)
            if scalar.text.isEmpty {
                throw error(node.line, name, "\(name) must be \(key.expectation), but is empty")
            }
            // Longer than any path; and workers are sent the text in a message of bounded length.
            if scalar.text.utf8.count > Self.textBytes {
                throw error(
                    node.line, name,
                    "\(name) must be \(key.expectation) of at most \(Self.textBytes) bytes, but has "
                        + "\(scalar.text.utf8.count)")
            }
            return .text(scalar.text)
        case .words(let words):
            return .words(try self.words(words, of: key, in: node, line: line, as: name))
        case .wholes(let range):
            return .numbers(try wholes(range, of: key, in: node, line: line, as: name))
        }
    }

    /// The number or word that a scalar holds for a numeric or enumerated key.
    func parameter(
        of key: SpecKey, in scalar: SpecScalar, line: Int, as name: String
    ) throws(SpecError) -> ParameterValue {
        if scalar.isAbsent {
            throw error(line, name, "\(name) has no value; it must be \(key.expectation)")
        }
        if case .word(let words) = key.kind {
            return .word(try word(scalar.text, among: words, of: key, line: line, as: name))
        }
        let number = try number(
            scalar, line: line, as: name, expectation: key.expectation)
        if !Self.isAllowed(number, for: key) {
            throw error(
                line, name,
                "\(name) must be \(key.expectation), but is \(Self.shown(scalar))")
        }
        return .number(number)
    }

    /// The finite number of a scalar.
    func number(
        _ scalar: SpecScalar, line: Int, as name: String, expectation: @autoclosure () -> String
    ) throws(SpecError) -> Double {
        guard scalar.isPlain else {
            throw error(
                line, name,
                "\(name) must be \(expectation()), but is the text "
                    + "\(Quotation.quoted(scalar.text)); remove the quotes")
        }
        switch NumberText.read(scalar.text) {
        case .number(let number): return number
        case .tooLarge:
            throw error(
                line, name,
                "\(name) must be \(expectation()), but \(Quotation.quoted(scalar.text)) is too "
                    + "large for a number")
        case .tooSmall:
            throw error(
                line, name,
                "\(name) must be \(expectation()), but \(Quotation.quoted(scalar.text)) is too "
                    + "small to be told from 0")
        case .notANumber:
            throw error(
                line, name,
                "\(name) must be \(expectation()), but is \(Quotation.quoted(scalar.text))")
        }
    }

    /// Whether a finite number is in the range of a numeric key.
    static func isAllowed(_ number: Double, for key: SpecKey) -> Bool {
        switch key.kind {
        case .whole(let range), .wholes(let range):
            number == number.rounded() && number >= Double(range.lowerBound)
                && number <= Double(range.upperBound)
        case .number(let from, let isOpen, let to):
            (isOpen ? number > from : number >= from) && number <= to
        case .word, .words, .text: false
        }
    }

    /// A scalar in a sentence: numbers as written, everything else in quotes.
    static func shown(_ scalar: SpecScalar) -> String {
        if scalar.isPlain, scalar.text.utf8.count <= 32, case .number = NumberText.read(scalar.text)
        {
            return scalar.text
        }
        return Quotation.quoted(scalar.text)
    }

    func error(_ line: Int?, _ key: String?, _ sentence: String) -> SpecError {
        SpecError(file: file, line: line, key: key, sentence)
    }

    private func scalar(
        _ node: SpecNode, of key: SpecKey, line: Int, as name: String
    ) throws(SpecError) -> SpecScalar {
        guard case .scalar(let scalar) = node.content else {
            throw error(
                node.line, name, "\(name) must be \(key.expectation), but is \(node.noun)")
        }
        if scalar.isAbsent {
            throw error(line, name, "\(name) has no value; it must be \(key.expectation)")
        }
        return scalar
    }

    private func items(
        of key: SpecKey, in node: SpecNode, line: Int, as name: String
    ) throws(SpecError) -> [(scalar: SpecScalar, line: Int)] {
        guard case .sequence(let nodes) = node.content else {
            let isAbsent =
                if case .scalar(let scalar) = node.content { scalar.isAbsent } else { false }
            throw error(
                isAbsent ? line : node.line, name,
                isAbsent
                    ? "\(name) has no value; it must be \(key.expectation)"
                    : "\(name) must be \(key.expectation), but is \(node.noun)")
        }
        var items: [(scalar: SpecScalar, line: Int)] = []
        var seen: Set<String> = []
        for item in nodes {
            guard case .scalar(let scalar) = item.content else {
                throw error(
                    item.line, name,
                    "\(name) must be \(key.expectation), but has \(item.noun) in it")
            }
            if !seen.insert(scalar.text).inserted {
                throw error(
                    item.line, name, "\(name) has \(Self.shown(scalar)) twice; remove one of them")
            }
            items.append((scalar, item.line))
        }
        return items
    }

    private func words(
        _ words: [String], of key: SpecKey, in node: SpecNode, line: Int, as name: String
    ) throws(SpecError) -> [String] {
        var values: [String] = []
        for (scalar, line) in try items(of: key, in: node, line: line, as: name) {
            values.append(try word(scalar.text, among: words, of: key, line: line, as: name))
        }
        // The order says nothing here, so two spellings of one set are one value.
        return words.filter(values.contains)
    }

    private func wholes(
        _ range: ClosedRange<Int>, of key: SpecKey, in node: SpecNode, line: Int, as name: String
    ) throws(SpecError) -> [Double] {
        var values: [Double] = []
        for (scalar, line) in try items(of: key, in: node, line: line, as: name) {
            let number = try number(scalar, line: line, as: name, expectation: key.expectation)
            if !Self.isAllowed(number, for: key) {
                throw error(
                    line, name,
                    "\(name) must be \(key.expectation), but has \(Self.shown(scalar)) in it")
            }
            // Written in two ways, as 3 and 3.0, it is still the same number.
            if values.contains(number) {
                throw error(
                    line, name, "\(name) has \(Self.shown(scalar)) twice; remove one of them")
            }
            values.append(number)
        }
        return values
    }

    private func word(
        _ text: String, among words: [String], of key: SpecKey, line: Int, as name: String
    ) throws(SpecError) -> String {
        guard words.contains(text) else {
            var sentence =
                "\(name) must be \(key.expectation), but is \(Quotation.quoted(text))"
            if let nearest = Suggestion.nearest(to: text, among: words) {
                sentence += "; did you mean \(nearest)?"
            }
            throw error(line, name, sentence)
        }
        if key.unavailable.contains(text) {
            let available = words.filter { !key.unavailable.contains($0) }
            throw error(
                line, name,
                "\(name) \"\(text)\" is not available in this version; "
                    + "available: \(available.joined(separator: ", "))")
        }
        return text
    }
}
