import CSodium

/// The SHA-256 of some bytes: the identity of a result, a spec or a public key.
public struct SHA256Digest: Hashable, Sendable, CustomStringConvertible {
    /// Bytes of a digest.
    public static let byteCount = 32

    /// The 32 bytes.
    public let bytes: [UInt8]

    /// A digest computed elsewhere, or nil when `bytes` is not 32 bytes long.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// The digest of `content`.
    public init(of content: [UInt8]) {
        var digest = [UInt8](repeating: 0, count: Self.byteCount)
        // It cannot fail: the function always returns 0.
        _ = crypto_hash_sha256(&digest, content, UInt64(content.count))
        bytes = digest
    }

    /// The digest of the UTF-8 of `text`.
    public init(of text: String) { self.init(of: Array(text.utf8)) }

    /// 64 lower-case hexadecimal digits.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(2 * bytes.count)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
