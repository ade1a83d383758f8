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

/// A SHA-256 of bytes that come in pieces.
public struct SHA256Stream {
    private var state = crypto_hash_sha256_state()

    public init() {
        // None of the three can fail: the functions always return 0.
        _ = crypto_hash_sha256_init(&state)
    }

    /// Adds bytes to what is digested.
    public mutating func append(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBufferPointer { buffer in
            if let base = buffer.baseAddress {
                _ = crypto_hash_sha256_update(&state, base, UInt64(buffer.count))
            }
        }
    }

    /// The digest of all that was added.
    public consuming func finish() -> SHA256Digest {
        var digest = [UInt8](repeating: 0, count: SHA256Digest.byteCount)
        _ = crypto_hash_sha256_final(&state, &digest)
        guard let finished = SHA256Digest(bytes: digest) else {
            preconditionFailure("a digest of \(digest.count) bytes")
        }
        return finished
    }
}
