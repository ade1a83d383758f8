/// Text from a peer as it may stand in a log: printable, one line, not long.
///
/// Control and other invisible characters, which a terminal or a reader of logs might obey, become
/// their numbers.
public func escaped(_ text: String, limit: Int = 1_024) -> String {
    var shown = ""
    for scalar in text.unicodeScalars {
        if shown.utf8.count >= limit { return shown + "…" }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator:
            shown += "\\u{\(String(scalar.value, radix: 16))}"
        default: shown.unicodeScalars.append(scalar)
        }
    }
    return shown
}
