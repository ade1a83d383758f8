import CSodium
import Foundation

/// Secret keys on disk: 40 Z85 characters and a newline, mode 0600, in a directory of mode 0700.
public enum KeyFile {
    /// Writes a secret key to a new file, making its directory when there is none.
    ///
    /// - Throws: ``TransportError/keyFile(path:problem:)``; a file that exists is not touched.
    public static func create(_ path: String, _ keys: CurveKeyPair) throws(TransportError) {
        let directory = (path as NSString).deletingLastPathComponent
        try PrivateFile.makeDirectory(directory.isEmpty ? "." : directory)
        var bytes = keys.secretKey.withText { Array($0.utf8) } + [UInt8(ascii: "\n")]
        defer { sodium_memzero(&bytes, bytes.count) }
        try PrivateFile.create(path, bytes)
    }

    /// Reads a secret key, and finds its public half.
    ///
    /// - Throws: ``TransportError/keyFile(path:problem:)`` when the file is not a regular one of
    ///   ours, when others may read it, or when it holds no key.
    public static func read(_ path: String) throws(TransportError) -> CurveKeyPair {
        var bytes = try PrivateFile.read(path, missing: .missingKeyFile)
        defer { if !bytes.isEmpty { sodium_memzero(&bytes, bytes.count) } }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        guard bytes.count == CurvePublicKey.characterCount,
            let text = String(validating: bytes, as: UTF8.self),
            let secretKey = CurveSecretKey(text)
        else { throw .keyFile(path: path, problem: .notAKey) }
        return try CurveKeyPair(secretKey: secretKey)
    }
}
