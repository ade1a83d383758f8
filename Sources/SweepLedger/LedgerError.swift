import Glibc

/// Why a ledger cannot be opened, read or written. Each case has one sentence and an exit code.
public enum LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no file.
    case missing(path: String)
    /// Another process works on it; `holder` is its process id when it could be read.
    case locked(path: String, holder: Int32?)
    /// The file is something else.
    case notALedger(path: String, why: String)
    /// The file was made by `export`, and a sweep is not gone on with in it.
    case exported(path: String)
    /// The file was a ledger and is damaged.
    case corrupt(path: String, detail: String)
    /// Written by a newer critsweep.
    case newerVersion(path: String, found: Int, supported: Int)
    /// Written by an older critsweep, and opened without the right to change it.
    case olderVersion(path: String, found: Int, supported: Int)
    /// The directory lies on a file system that does not keep SQLite's promises.
    case networkFileSystem(path: String, type: String)
    case notWritable(path: String, why: String)
    /// The last coordinator was killed, and this user may not finish what it wrote.
    case unfinished(path: String)
    /// No space is left; nothing of the batch was written, and it may be tried again.
    case diskFull(path: String)
    /// The disk did not do what it was told. What is durable is unknown: stop, and start afresh.
    case inputOutput(path: String, detail: String)
    /// A setting that durability rests on was not accepted.
    case settingRefused(path: String, setting: String, found: String)
    /// The sweep in the ledger is not the one asked for.
    case specChanged(path: String, stored: ContentDigest, given: ContentDigest)
    /// The ledger is closed, or stopped after an earlier error.
    case closed(path: String)

    /// Why the file at `path` cannot be made or written, from an error number.
    static func unwritable(_ path: String, _ code: Int32) -> Self {
        [ENOSPC, EDQUOT].contains(code)
            ? .diskFull(path: path) : .notWritable(path: path, why: FileSystem.message(code))
    }

    /// The process's exit code when this ends it.
    public var exitCode: Int32 {
        switch self {
        case .missing, .notALedger, .exported, .corrupt, .newerVersion, .olderVersion, .unfinished:
            66
        case .locked: 75
        case .networkFileSystem, .notWritable, .diskFull, .inputOutput, .settingRefused, .closed:
            73
        case .specChanged: 2
        }
    }

    /// Whether the same write may succeed later in this process.
    public var isTemporary: Bool {
        if case .diskFull = self { true } else { false }
    }

    /// One sentence for the user.
    public var description: String {
        switch self {
        case .missing(let path):
            "there is no ledger at \(path); name the folder of a sweep, or its ledger"
        case .locked(let path, let holder):
            "the ledger \(path) is in use by "
                + (holder.map { "process \($0)" } ?? "another process")
                + "; wait for it or stop it"
        case .notALedger(let path, let why): "\(path) is not a ledger: \(why)"
        case .exported(let path):
            "\(path) was made by `critsweep export` and can be looked at only; go on with the "
                + "sweep's own ledger"
        case .corrupt(let path, let detail):
            "the ledger \(path) is damaged (\(detail)); restore a copy, or run the sweep into "
                + "another directory"
        case .newerVersion(let path, let found, let supported):
            "the ledger \(path) has version \(found) and this critsweep knows versions up to "
                + "\(supported); use the newer critsweep that wrote it"
        case .olderVersion(let path, let found, let supported):
            "the ledger \(path) has version \(found), older than \(supported), and may not be "
                + "changed here; open it once as its owner to bring it up to date"
        case .networkFileSystem(let path, let type):
            "the ledger cannot lie in \(path): it is on \(type), which does not keep what SQLite "
                + "was promised; choose a local disk with --out or --ledger (workers may be "
                + "anywhere)"
        case .notWritable(let path, let why): "cannot write \(path): \(why)"
        case .unfinished(let path):
            "the ledger \(path) was not closed and may not be changed here; open it once as its "
                + "owner"
        case .diskFull(let path):
            "no space is left for the ledger \(path); make room, or choose another disk with --out "
                + "or --ledger"
        case .inputOutput(let path, let detail):
            "the disk failed under the ledger \(path) (\(detail)); nothing unacknowledged was kept"
        case .settingRefused(let path, let setting, let found):
            "SQLite did not accept \(setting) for the ledger \(path) (it says \(found))"
        case .specChanged(let path, let stored, let given):
            "the ledger \(path) holds another sweep (spec \(short(stored)), given "
                + "\(short(given))); use another directory, or `extend` to add seeds or points"
        case .closed(let path): "the ledger \(path) is closed"
        }
    }

    private func short(_ digest: ContentDigest) -> String { String(digest.description.prefix(12)) }
}
