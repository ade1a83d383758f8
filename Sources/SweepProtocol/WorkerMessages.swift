import SweepCore

/// What HELLO says of a worker beside what the scheduler needs; for the ledger, status and logs.
public struct WorkerDescription: Hashable, Sendable {
    /// Name of the machine.
    public var host: String
    /// Process number of the worker on its machine.
    public var process: UInt32
    public var softwareVersion: String
    /// "reference", "avx2", …: what the worker would use by itself.
    public var kernelFamily: String
    /// The spec that the work it holds belongs to; nil before the first WELCOME.
    public var specDigest: SHA256Digest?

    /// Names are cut to ``WireLimits/nameBytes``, and what is not printable ASCII becomes `?`.
    public init(
        host: String, process: UInt32, softwareVersion: String, kernelFamily: String,
        specDigest: SHA256Digest? = nil
    ) {
        self.host = printable(host)
        self.process = process
        self.softwareVersion = printable(softwareVersion)
        self.kernelFamily = printable(kernelFamily)
        self.specDigest = specDigest
    }
}

/// A piece of the encoded outcome of a trial, at most ``WireLimits/partBytes`` of it.
public struct ResultPart: Hashable, Sendable {
    public var lease: Lease
    /// SHA-256 of the whole encoded outcome.
    public var digest: SHA256Digest
    /// Bytes of the whole encoded outcome.
    public var byteCount: Int
    public var partIndex: Int
    public var partCount: Int
    public var content: [UInt8]
    /// Time from start to end of the trial, as the worker measured it.
    public var wallMilliseconds: UInt64
    /// CPU time of the trial.
    public var cpuMilliseconds: UInt64

    public init(
        _ lease: Lease, digest: SHA256Digest, byteCount: Int, partIndex: Int, partCount: Int,
        content: [UInt8], wallMilliseconds: UInt64, cpuMilliseconds: UInt64
    ) {
        self.lease = lease
        self.digest = digest
        self.byteCount = byteCount
        self.partIndex = partIndex
        self.partCount = partCount
        self.content = content
        self.wallMilliseconds = wallMilliseconds
        self.cpuMilliseconds = cpuMilliseconds
    }
}

/// The child that computed a trial ended without an outcome.
public struct Crash: Hashable, Sendable {
    /// How it ended.
    public enum Cause: UInt32, Hashable, Sendable, CaseIterable {
        /// Killed by signal ``Crash/code``.
        case signal = 1
        /// Ended with exit status ``Crash/code``.
        case exit = 2
        /// The kernel or the worker's memory limit ended it.
        case outOfMemory = 3
        /// The worker ended it after the spec's time limit.
        case timeout = 4
        /// It could not be started; ``Crash/code`` is the errno.
        case notStarted = 5
    }

    public var lease: Lease
    public var cause: Cause
    public var code: UInt32
    /// The end of its log, oldest line first. Never trusted: escaped wherever it is shown.
    public var lastLines: [String]

    /// - Parameter lastLines: Only the last ``WireLimits/logLineCount`` are kept, each cut to
    ///   ``WireLimits/logLineBytes``.
    public init(_ lease: Lease, cause: Cause, code: UInt32, lastLines: [String] = []) {
        self.lease = lease
        self.cause = cause
        self.code = code
        self.lastLines = lastLines.suffix(WireLimits.logLineCount).map {
            clipped($0, toBytes: WireLimits.logLineBytes)
        }
    }
}

/// `text` cut at a character so that its UTF-8 has at most `limit` bytes.
func clipped(_ text: String, toBytes limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    var end = text.startIndex
    var byteCount = 0
    while end < text.endIndex {
        byteCount += text[end].utf8.count
        if byteCount > limit { break }
        text.formIndex(after: &end)
    }
    return String(text[..<end])
}

/// `name` as a name of the wire: printable ASCII, not empty, not too long.
func printable(_ name: String) -> String {
    let bytes = name.utf8.prefix(WireLimits.nameBytes).map {
        (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: "?")
    }
    return bytes.isEmpty ? "?" : String(decoding: bytes, as: UTF8.self)
}
