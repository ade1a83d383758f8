import CSodium
import CZeroMQ
import Glibc
import SweepProtocol

/// The public half of a key pair, as 40 Z85 characters.
public struct CurvePublicKey: Hashable, Sendable, CustomStringConvertible {
    /// Characters of a key.
    public static let characterCount = 40

    public let text: String

    /// A key from its text, or nil when it is not 40 Z85 characters.
    public init?(_ text: String) {
        guard Z85.isKey(text) else { return nil }
        self.text = text
    }

    /// A key from its 32 bytes, or nil when there are not 32.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        var characters = [CChar](repeating: 0, count: Self.characterCount + 1)
        guard zmq_z85_encode(&characters, bytes, bytes.count) != nil else { return nil }
        text = String(
            decoding: characters.prefix(Self.characterCount).map { UInt8(bitPattern: $0) },
            as: UTF8.self)
    }

    /// What logs show of a key: the first 8 digits of its SHA-256.
    public var fingerprint: String { String(SHA256Digest(of: text).description.prefix(8)) }

    public var description: String { text }
}

/// The secret half of a key pair. It prints as nothing, and its memory is wiped.
// @unchecked Sendable: the bytes are written in init and wiped in deinit, and only read between.
public final class CurveSecretKey: @unchecked Sendable, CustomStringConvertible {
    private let characters: UnsafeMutablePointer<CChar>
    private static let size = CurvePublicKey.characterCount + 1

    /// A key from its text, or nil when it is not 40 Z85 characters.
    public convenience init?(_ text: String) {
        guard Z85.isKey(text) else { return nil }
        self.init(utf8: Array(text.utf8))
    }

    fileprivate init(utf8: [UInt8]) {
        characters = .allocate(capacity: Self.size)
        characters.initialize(repeating: 0, count: Self.size)
        for (index, byte) in utf8.prefix(Self.size - 1).enumerated() {
            characters[index] = CChar(bitPattern: byte)
        }
    }

    deinit {
        sodium_memzero(characters, Self.size)
        characters.deallocate()
    }

    /// Lends the 40 characters.
    func withText<Value, Failure: Error>(
        _ body: (String) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try body(String(cString: characters))
    }

    public var description: String { "(secret)" }
}

/// A CURVE key pair.
public struct CurveKeyPair: Sendable {
    public let publicKey: CurvePublicKey
    public let secretKey: CurveSecretKey

    /// A new pair from the system's random generator.
    ///
    /// - Throws: ``TransportError/library(_:)`` when the library has no CURVE.
    public static func generate() throws(TransportError) -> Self {
        var publicText = [CChar](repeating: 0, count: CurvePublicKey.characterCount + 1)
        var secretText = publicText
        defer { sodium_memzero(&secretText, secretText.count) }
        guard zmq_curve_keypair(&publicText, &secretText) == 0,
            let publicKey = CurvePublicKey(text(publicText)),
            let secretKey = CurveSecretKey(text(secretText))
        else { throw .library("this ZeroMQ cannot make CURVE keys: install libzmq5") }
        return Self(publicKey: publicKey, secretKey: secretKey)
    }

    /// The pair of a secret key.
    ///
    /// - Throws: ``TransportError/library(_:)`` when the library has no CURVE.
    public init(secretKey: CurveSecretKey) throws(TransportError) {
        var publicText = [CChar](repeating: 0, count: CurvePublicKey.characterCount + 1)
        let status = secretKey.withText { zmq_curve_public(&publicText, $0) }
        guard status == 0, let publicKey = CurvePublicKey(Self.text(publicText)) else {
            throw .library("this ZeroMQ cannot use CURVE keys: install libzmq5")
        }
        self.init(publicKey: publicKey, secretKey: secretKey)
    }

    private init(publicKey: CurvePublicKey, secretKey: CurveSecretKey) {
        self.publicKey = publicKey
        self.secretKey = secretKey
    }

    private static func text(_ characters: [CChar]) -> String {
        String(
            decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// ZeroMQ's base 85.
enum Z85 {
    private static let alphabet = Set(
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
            .utf8)

    /// Whether `text` is 40 characters that decode to 32 bytes.
    static func isKey(_ text: String) -> Bool {
        guard text.utf8.count == CurvePublicKey.characterCount,
            text.utf8.allSatisfy(alphabet.contains)
        else { return false }
        var bytes = [UInt8](repeating: 0, count: 32)
        defer { sodium_memzero(&bytes, bytes.count) }
        // Five characters can mean more than 32 bits, which the library refuses.
        return zmq_z85_decode(&bytes, text) != nil
    }
}
