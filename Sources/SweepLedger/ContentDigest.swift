import CSodium

/// A SHA-256, held in four words so that a million of them need no allocation.
public struct ContentDigest: Hashable, Sendable, CustomStringConvertible {
    /// Bytes of a digest.
    public static let byteCount = 32

    /// The bytes in their order in memory, eight a word.
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// The digest stored in `bytes`, or nil when they are not 32.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        words = bytes.withUnsafeBytes { buffer in
            func word(_ place: Int) -> UInt64 {
                buffer.loadUnaligned(fromByteOffset: 8 * place, as: UInt64.self)
            }
            return (word(0), word(1), word(2), word(3))
        }
    }

    /// The digest of `content`.
    public init(of content: some Sequence<UInt8>) {
        var builder = DigestBuilder()
        builder.append(bytes: Array(content))
        self = builder.finish()
    }

    /// The digest of the UTF-8 of `text`.
    public init(of text: String) { self.init(of: text.utf8) }

    fileprivate init(finished state: inout crypto_hash_sha256_state) {
        var bytes = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))
        withUnsafeMutableBytes(of: &bytes) { buffer in
            if let base = buffer.bindMemory(to: UInt8.self).baseAddress {
                // It cannot fail: the function always returns 0.
                _ = crypto_hash_sha256_final(&state, base)
            }
        }
        words = bytes
    }

    /// The 32 bytes.
    public var bytes: [UInt8] { withUnsafeBytes { [UInt8]($0) } }

    /// The 32 bytes where they are.
    func withUnsafeBytes<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        Swift.withUnsafeBytes(of: words, body)
    }

    /// 64 lower-case hexadecimal digits.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }

    public static func == (left: Self, right: Self) -> Bool { left.words == right.words }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

/// Hashes fields one after another; every field of variable length is preceded by its length, so
/// that no two different lists of fields hash the same bytes.
struct DigestBuilder {
    private var state = crypto_hash_sha256_state()

    init() { _ = crypto_hash_sha256_init(&state) }

    /// Bytes as they are, without a length.
    mutating func append(bytes: [UInt8]) {
        _ = crypto_hash_sha256_update(&state, bytes, UInt64(bytes.count))
    }

    /// Bytes of memory as they are, without a length.
    mutating func append(raw: UnsafeRawBufferPointer) {
        guard let base = raw.baseAddress else { return }
        _ = crypto_hash_sha256_update(
            &state, base.assumingMemoryBound(to: UInt8.self), UInt64(raw.count))
    }

    mutating func append(_ number: Int64) {
        withUnsafeBytes(of: number.littleEndian) { append(raw: $0) }
    }

    mutating func append(field bytes: [UInt8]) {
        append(Int64(bytes.count))
        append(bytes: bytes)
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            append(Int64(utf8.count))
            append(raw: UnsafeRawBufferPointer(utf8))
        }
    }

    /// A text that may be missing; nil differs from the empty text.
    mutating func append(_ text: String?) {
        append(Int64(text == nil ? 0 : 1))
        if let text { append(text) }
    }

    mutating func append(_ digest: ContentDigest) { digest.withUnsafeBytes { append(raw: $0) } }

    mutating func finish() -> ContentDigest { ContentDigest(finished: &state) }
}
