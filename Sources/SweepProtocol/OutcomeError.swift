/// Why an outcome has no bytes, or bytes are no outcome.
public enum OutcomeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A NaN or an infinity; a quantity without a value is nil, and a trial that makes one has
    /// failed with the kind `non_finite`.
    case nonFinite(name: String)
    /// A name that is empty, too long, or not of letters, digits, `_`, `.` and `-`.
    case name(String)
    case duplicateName(String)
    /// The values of an array are not as many as its shape says, or it has too many dimensions.
    case shape(name: String)
    case tooManyEntries
    /// A text over ``OutcomeCodec/textBytes``.
    case textTooLong(name: String)
    /// More bytes than the sweep allows.
    case tooLarge(byteCount: Int, limit: Int)
    /// Bytes that no encoder of ours made.
    case malformed

    public var description: String {
        switch self {
        case .nonFinite(let name): "\(name) is not finite"
        case .name(let name): "\(name.debugDescription) cannot name a metric, array or diagnostic"
        case .duplicateName(let name): "\(name) is given twice"
        case .shape(let name): "the values of \(name) do not fit its shape"
        case .tooManyEntries: "more than \(OutcomeCodec.entryCount) entries in one list"
        case .textTooLong(let name): "\(name) is longer than \(OutcomeCodec.textBytes) bytes"
        case .tooLarge(let byteCount, let limit):
            "the result has \(byteCount) bytes, but result_bytes is \(limit); "
                + "keep fewer arrays or raise the limit"
        case .malformed: "the bytes are not an outcome"
        }
    }
}
