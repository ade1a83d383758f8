// Yams' own layer replaces aliases, forgets where a duplicate key was, and turns `no` into false.
// So the tree is built from the events of its parser (libyaml), where all of that is visible.
internal import CYaml

/// Reads one YAML document into a tree of ``SpecNode``.
///
/// Refused with a sentence: malformed YAML, anchors, aliases, explicit tags, keys that are not
/// words, keys given twice, a second document, nesting deeper than ``depthLimit``, and more than
/// ``valueLimit`` values.
final class SpecNodeReader {
    /// Lists and sections inside each other.
    static let depthLimit = 32
    /// Values, lists and sections: twice what a grid may have, and more than all else together.
    static let valueLimit = 25_000

    private let file: String
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    // The parser keeps a pointer to itself, so it must not move.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private var valueCount = 0

    private init(bytes source: [UInt8], file: String) throws(SpecError) {
        self.file = file
        bytes = .allocate(capacity: source.count)
        _ = bytes.initialize(from: source)
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        guard yaml_parser_initialize(parser) == 1 else {
            throw SpecError(file: file, "there is not enough memory to read this file")
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, UnsafePointer(bytes.baseAddress), bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        bytes.deallocate()
    }

    /// The root of the only document of `text`, or nil when there is none.
    ///
    /// - Parameter file: What errors call the file.
    static func read(_ text: String, file: String) throws(SpecError) -> SpecNode? {
        // A byte-order mark says nothing in UTF-8, and libyaml takes it for text.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let bytes = Array(text.utf8)
        let content = bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
        return try SpecNodeReader(bytes: content, file: file).document()
    }

    private func document() throws(SpecError) -> SpecNode? {
        _ = try next()
        guard case .documentStart = try next().kind else { return nil }
        let root = try node(from: try next(), at: "", depth: 0)
        _ = try next()
        let end = try next()
        if case .documentStart = end.kind {
            throw error(
                end.line,
                "a second YAML document begins here; a spec is one document, so remove the \"---\"")
        }
        return root
    }

    /// - Parameter name: The keys that lead to this node, joined by points.
    private func node(
        from event: Event, at name: String, depth: Int
    ) throws(SpecError) -> SpecNode {
        try refuseMarks(of: event, at: name)
        switch event.kind {
        case .scalar(let scalar):
            try count(event)
            return SpecNode(content: .scalar(scalar), line: event.line)
        case .sequenceStart:
            try count(event)
            try checkDepth(depth, at: name, event.line)
            let items = try items(at: name, depth: depth + 1)
            return SpecNode(content: .sequence(items), line: event.line)
        case .mappingStart:
            try count(event)
            try checkDepth(depth, at: name, event.line)
            let pairs = try pairs(at: name, depth: depth + 1)
            return SpecNode(content: .mapping(pairs), line: event.line)
        case .end, .documentStart, .other:
            throw error(event.line, "this is not YAML: a value is missing here")
        }
    }

    private func items(at name: String, depth: Int) throws(SpecError) -> [SpecNode] {
        var items: [SpecNode] = []
        while true {
            let event = try next()
            if case .end = event.kind { return items }
            items.append(try node(from: event, at: name, depth: depth))
        }
    }

    private func pairs(at name: String, depth: Int) throws(SpecError) -> [SpecPair] {
        var pairs: [SpecPair] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try next()
            if case .end = event.kind { return pairs }
            try refuseMarks(of: event, at: name)
            guard case .scalar(let key) = event.kind else {
                throw error(
                    event.line, "a key must be one word, but here it is a list or a section")
            }
            let path =
                name.isEmpty ? Quotation.word(key.text) : "\(name).\(Quotation.word(key.text))"
            if let first = lines[key.text] {
                throw error(
                    event.line, path,
                    "\(path) is given twice, first in line \(first); remove one of them")
            }
            lines[key.text] = event.line
            let value = try node(from: try next(), at: path, depth: depth)
            pairs.append(SpecPair(key: key.text, line: event.line, value: value))
        }
    }

    private func count(_ event: Event) throws(SpecError) {
        valueCount += 1
        if valueCount > Self.valueLimit {
            throw error(
                event.line,
                "a spec must have at most \(Self.valueLimit) values, but this is one more; write "
                    + "a range instead of a list, or give fewer values")
        }
    }

    private func checkDepth(
        _ depth: Int, at name: String, _ line: Int
    ) throws(SpecError) {
        if depth >= Self.depthLimit { throw tooDeep(line) }
    }

    private func tooDeep(_ line: Int) -> SpecError {
        error(
            line,
            "lists and sections are nested more than \(Self.depthLimit) deep; a spec needs 3")
    }

    /// Refuses anchor, alias and tag: what they stand for would not be on the line.
    private func refuseMarks(of event: Event, at name: String) throws(SpecError) {
        let subject = name.isEmpty ? "this line" : name
        if let alias = event.alias {
            throw error(
                event.line, name,
                "\(subject) must be a value, but is the alias \(Quotation.quoted("*" + alias)); "
                    + "write the value out, or put it in quotes")
        }
        if let anchor = event.anchor {
            throw error(
                event.line, name,
                "\(subject) must not have the anchor \(Quotation.quoted("&" + anchor)); remove it, "
                    + "and write the value out where it is used")
        }
        if let tag = event.tag {
            throw error(
                event.line, name,
                "\(subject) must not have the tag \(Quotation.quoted(tag)); remove it, the key says "
                    + "what the value is")
        }
    }

    private func error(_ line: Int, _ sentence: String) -> SpecError {
        SpecError(file: file, line: line, sentence)
    }

    private func error(_ line: Int, _ key: String?, _ sentence: String) -> SpecError {
        SpecError(file: file, line: line, key: key?.isEmpty == true ? nil : key, sentence)
    }
}

extension SpecNodeReader {
    /// What of an event of libyaml matters here.
    private struct Event {
        enum Kind {
            case documentStart, sequenceStart, mappingStart
            case scalar(SpecScalar)
            /// The end of a list or of a section.
            case end
            case other
        }

        let kind: Kind
        let line: Int
        var anchor: String?
        var alias: String?
        var tag: String?
    }

    private func next() throws(SpecError) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw malformed() }
        defer { yaml_event_delete(&event) }
        let line = Int(event.start_mark.line) + 1
        switch event.type {
        case YAML_DOCUMENT_START_EVENT: return Event(kind: .documentStart, line: line)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return Event(
                kind: .sequenceStart, line: line, anchor: Self.text(start.anchor),
                tag: Self.tag(start.tag))
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return Event(
                kind: .mappingStart, line: line, anchor: Self.text(start.anchor),
                tag: Self.tag(start.tag))
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return Event(
                kind: .scalar(
                    SpecScalar(
                        text: String(decoding: text, as: UTF8.self),
                        isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)),
                line: line, anchor: Self.text(scalar.anchor), tag: Self.tag(scalar.tag))
        case YAML_ALIAS_EVENT:
            return Event(kind: .other, line: line, alias: Self.text(event.data.alias.anchor))
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return Event(kind: .end, line: line)
        default: return Event(kind: .other, line: line)
        }
    }

    private static func text(_ bytes: UnsafeMutablePointer<UInt8>?) -> String? {
        bytes.map { String(cString: $0) }
    }

    /// A tag as it was written, `!!int`; libyaml spells it out.
    private static func tag(_ bytes: UnsafeMutablePointer<UInt8>?) -> String? {
        guard let tag = text(bytes) else { return nil }
        let prefix = "tag:yaml.org,2002:"
        return tag.hasPrefix(prefix) ? "!!" + tag.dropFirst(prefix.count) : tag
    }

    /// The sentence for what libyaml could not read.
    private func malformed() -> SpecError {
        let state = parser.pointee
        guard let problem = state.problem.map({ String(cString: $0) }) else {
            return SpecError(file: file, "this file is nested too deeply, or too large, to be read")
        }
        if state.error == YAML_READER_ERROR {
            let before = bytes.prefix(state.problem_offset)
            let line = before.count { $0 == UInt8(ascii: "\n") } + 1
            let hexadecimal = String(max(0, state.problem_value), radix: 16, uppercase: true)
            let value = String(repeating: "0", count: max(0, 4 - hexadecimal.count)) + hexadecimal
            return error(
                line, "this is not YAML: \(problem), but here is U+\(value); remove the character")
        }
        // At the end of the file the mark may be one past the last line.
        let line = Int(state.problem_mark.line) + 1
        // Its scanner runs ahead of what was counted here, and its advice is for programmers.
        if problem.hasPrefix("Maximum nesting level") { return tooDeep(line) }
        var sentence = "this is not YAML: \(problem)"
        if let context = state.context.map({ String(cString: $0) }) {
            sentence += " \(context) that begins in line \(state.context_mark.line + 1)"
        }
        return error(line, sentence + "; check indentation, brackets, quotes and colons")
    }
}
