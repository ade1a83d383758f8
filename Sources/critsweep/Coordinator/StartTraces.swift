import Glibc
import SweepLedger
import SweepWorker

/// What a start makes beside its ledger, so that one that comes to nothing (a port in use, a full
/// disk) leaves nothing behind.
struct StartTraces {
    private var folders: [String] = []
    private var files: [String] = []

    /// Makes a folder with what is above it, and notes what was not there.
    ///
    /// - Throws: ``CommandError`` (73) when it cannot be made or written to.
    mutating func makeFolder(_ path: String, mode: mode_t) throws {
        do throws(FolderError) {
            folders += try Folders.make(path, mode: mode)
        } catch {
            throw CommandError(
                .notWritable, "\(error); choose another place with --out or --ledger")
        }
        guard access(path, W_OK | X_OK) == 0 else {
            throw CommandError(
                .notWritable,
                "cannot write to the folder \(path): \(String(cString: strerror(errno))); choose "
                    + "another place with --out or --ledger")
        }
    }

    /// Files that will be made, if they are not there now.
    mutating func note(_ paths: [String]) {
        files += paths.filter { path in
            var status = stat()
            return lstat(path, &status) != 0
        }
    }

    /// Removes the noted files, then what `ledger` removes and unlocks, and then the noted folders
    /// that are empty. Not the other way round: once the lock is gone, another coordinator may begin
    /// in the same place.
    func erase(_ ledger: Ledger? = nil) {
        for path in files { unlink(path) }
        ledger?.abandon()
        for path in folders.reversed() { rmdir(path) }
    }
}
