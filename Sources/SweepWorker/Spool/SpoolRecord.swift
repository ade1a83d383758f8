import SweepCore
import SweepProtocol

/// One file of a spool: a finished trial, the sweep it belongs to, and a checksum of both.
public enum SpoolRecord {
    static let magic = Array("CSWR1\n".utf8)
    private static let digestBytes = SHA256Digest.byteCount
    /// Bytes of the longest file.
    static let byteLimit = magic.count + 8 + FinishedTrial.byteLimit + digestBytes

    /// The bytes of the file.
    public static func bytes(of trial: FinishedTrial, sweep: UInt64) -> [UInt8] {
        var bytes = magic
        bytes.appendLittleEndian(sweep)
        bytes += trial.bytes
        return bytes + SHA256Digest(of: bytes).bytes
    }

    /// The trial in the bytes of a file; nil for any bytes but those ``bytes(of:sweep:)`` makes of
    /// a trial of this sweep.
    public static func trial(in bytes: [UInt8], sweep: UInt64) -> FinishedTrial? {
        guard bytes.count > magic.count + 8 + digestBytes, bytes.starts(with: magic) else {
            return nil
        }
        let body = Array(bytes.dropLast(digestBytes))
        guard SHA256Digest(of: body).bytes == Array(bytes.suffix(digestBytes)) else { return nil }
        var reader = ByteReader(body.dropFirst(magic.count))
        guard reader.number(UInt64.self) == sweep, let rest = reader.bytes(reader.restCount) else {
            return nil
        }
        return FinishedTrial(bytes: rest)
    }
}
