import Foundation
import SweepLedger

/// Where the files of a sweep are: a folder that `run` made, or a ledger by itself.
///
///     DIR/ledger.sqlite       the truth
///     DIR/access.json         what a worker needs to join; for its owner only
///     DIR/query.sock          while a coordinator runs
///     DIR/keys/               key pairs of the server and of workers; for their owner only
///     DIR/spool/worker-1/     results of a local worker that are not acknowledged yet
///     DIR/logs/
struct SweepDirectory: Hashable {
    /// The folder.
    var path: String
    var ledgerPath: String
    /// A folder that other machines see too, for all but the ledger and the query socket; there a
    /// copy of the ledger lies. nil when the ledger's own folder has everything.
    var shared: String?

    /// The folder of `run`.
    init(folder: String) {
        path = folder
        ledgerPath = "\(folder)/ledger.sqlite"
    }

    /// The surroundings of a ledger that was named as a file.
    init(ledger: String) {
        ledgerPath = ledger
        let slash = ledger.lastIndex(of: "/")
        path = slash.map { $0 == ledger.startIndex ? "/" : String(ledger[..<$0]) } ?? "."
    }

    /// What a user calls a sweep: a folder or a ledger.
    init(folderOrLedger name: String) {
        var status = stat()
        let isFolder = stat(name, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        self = isFolder ? Self(folder: name) : Self(ledger: name)
    }

    /// Names of files beside a ledger with a name of its own begin with it, so that several
    /// ledgers can lie in one folder.
    private var prefix: String {
        let name = ledgerPath.split(separator: "/").last.map(String.init) ?? ""
        return name == "ledger.sqlite" ? "\(path)/" : "\(ledgerPath)."
    }

    var querySocket: String { "\(prefix)query.sock" }
    /// Where the files for workers and for people lie.
    private var place: String { shared.map { "\($0)/" } ?? prefix }
    var access: String { "\(place)access.json" }
    var keys: String { "\(place)keys" }
    var logs: String { "\(place)logs" }
    var spools: String { "\(place)spool" }

    /// A file of the sweep, beside the others.
    func file(_ name: String) -> String { "\(prefix)\(name)" }
    func provenance(of sweep: String) -> String {
        "\(shared ?? path)/\(sweep).provenance.json"
    }

    func spool(worker index: Int) -> String { "\(spools)/worker-\(index + 1)" }
    func log(worker index: Int) -> String { "\(logs)/worker-\(index + 1).log" }
    var coordinatorLog: String { "\(logs)/coordinator.log" }
}
