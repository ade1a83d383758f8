/// Names of columns and arrays of one export: each once, whatever the spec and the trials call
/// their own.
struct ExportNames {
    private var taken: Set<String>

    init(reserved: [String]) { taken = Set(reserved) }

    /// The name itself; with `prefix` and an underscore before it where another has it already.
    mutating func take(_ name: String, prefix: String) -> String {
        var unique = name
        while !taken.insert(unique).inserted { unique = "\(prefix)_\(unique)" }
        return unique
    }
}
