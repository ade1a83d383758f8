/// The version of this program, recorded with every result.
enum Version {
    static let text = "0.1.0"
}
