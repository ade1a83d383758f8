/// A text in a figure, with symbols in italics, indices and exponents.
///
/// Outside text enters as a piece and is escaped when the script is written; nothing else does.
struct PlotText: Hashable {
    enum Piece: Hashable {
        case plain(String)
        case italic(String)
        case below(String)
        case above(String)
    }

    var pieces: [Piece]

    init(_ pieces: [Piece]) { self.pieces = pieces }

    init(_ plain: String) { pieces = [.plain(plain)] }

    /// `*x*` is italic, `_{x}` below, `^{x}` above. For texts of ours only.
    init(markup: String) {
        pieces = []
        var rest = markup[...]
        while let character = rest.first {
            if character == "*", let end = rest.dropFirst().firstIndex(of: "*") {
                pieces.append(.italic(String(rest[rest.index(after: rest.startIndex)..<end])))
                rest = rest[rest.index(after: end)...]
            } else if character == "_" || character == "^", let end = rest.firstIndex(of: "}") {
                let inner = String(rest[..<end].dropFirst(2))
                pieces.append(character == "_" ? .below(inner) : .above(inner))
                rest = rest[rest.index(after: end)...]
            } else {
                let end = rest.firstIndex { "*_^".contains($0) } ?? rest.endIndex
                // A sign without its partner is itself.
                let stop = end == rest.startIndex ? rest.index(after: end) : end
                pieces.append(.plain(String(rest[..<stop])))
                rest = rest[stop...]
            }
        }
    }

    static func + (left: Self, right: Self) -> Self { Self(left.pieces + right.pieces) }

    static func joined(_ texts: [Self], by separator: String) -> Self {
        Self(Array(texts.map(\.pieces).joined(separator: [.plain(separator)])))
    }

    /// As it reads in characters alone.
    var plain: String {
        pieces.map { piece in
            switch piece {
            case .plain(let text), .italic(let text): ReadableTable.clean(text)
            case .below(let text): "_" + ReadableTable.clean(text)
            case .above(let text): "^" + ReadableTable.clean(text)
            }
        }.joined()
    }

    /// For gnuplot's enhanced text mode.
    var enhanced: String {
        pieces.map { piece in
            switch piece {
            case .plain(let text): Self.escaped(text)
            case .italic(let text): "{/:Italic \(Self.escaped(text))}"
            case .below(let text): "_{\(Self.escaped(text))}"
            case .above(let text): "^{\(Self.escaped(text))}"
            }
        }.joined()
    }

    /// A literal of gnuplot. Nothing in single quotes is expanded or run, and a quote is doubled;
    /// backticks, which run commands elsewhere, are none any more.
    func quoted(isEnhanced: Bool) -> String { Self.quote(isEnhanced ? enhanced : plain) }

    /// The same for the name of a tic, where a percent sign would be a format.
    func quotedTic(isEnhanced: Bool) -> String {
        Self.quote(Self.replacing(isEnhanced ? enhanced : plain, "%", by: "%%"))
    }

    private static func quote(_ text: String) -> String {
        "'" + replacing(replacing(text, "`", by: "'"), "'", by: "''") + "'"
    }

    private static func replacing(_ text: String, _ one: Character, by other: String) -> String {
        text.reduce(into: "") { $0 += $1 == one ? other : String($1) }
    }

    /// Without control characters, and with the signs of the enhanced mode as themselves. Spaces
    /// do not break: viewers of svg drop those at the end of a run.
    private static func escaped(_ text: String) -> String {
        ReadableTable.clean(text).unicodeScalars.reduce(into: "") { result, scalar in
            if "\\{}^_@&~".unicodeScalars.contains(scalar) { result += "\\" }
            result.unicodeScalars.append(scalar == " " ? "\u{A0}" : scalar)
        }
    }
}
