import GRDB
import Glibc
import SweepCore

/// The SQLite file that is the truth of one sweep: what was granted, and every recorded outcome.
///
/// One connection, one owner, one thread. The coordinator gives its ledger to a ``LedgerThread``;
/// commands that look at a sweep nobody is running open it with ``open(readingAt:)``.
/// See docs/ledger.md.
public final class Ledger {
    /// What a ledger is opened with.
    public struct Options: Sendable {
        public var softwareVersion: String
        public var host: String
        /// Milliseconds since 1970, for the eyes of people only: nothing is decided by it.
        public var clock: @Sendable () -> Int64
        public var fileSystemProbe: FileSystem.Probe = FileSystem.probe
        /// Pages the file may grow to, nil for no limit; a full file behaves like a full disk.
        public var pageLimit: Int?

        public init(
            softwareVersion: String, host: String = "", clock: @escaping @Sendable () -> Int64
        ) {
            self.softwareVersion = softwareVersion
            self.host = host
            self.clock = clock
        }
    }

    public let path: String
    /// The number of this start of a coordinator on this ledger, from 1; 0 when only reading.
    public private(set) var epoch = 0
    /// Whether the start before this one ended with ``close()``; true for a new ledger.
    public private(set) var wasClosedCleanly = true
    /// Whether this process made the file.
    private var isNew = false

    let options: Options
    let queue: DatabaseQueue
    private var lock: LedgerLock?
    private(set) var isOpen = true

    // Names and numbers already looked up. Emptied after a rollback, which may have undone them.
    var cache = LedgerCache()
    /// The plan that trial numbers refer to, and where its points are.
    var plan: SweepPlan?
    var gridIndex: GridIndex?
    /// The last result ever recorded, and the digest that chains all of them.
    var chain = ResultChain()
    /// Results ever recorded, those that a retry set aside included: known without reading them.
    public var everRecordedCount: Int { Int(clamping: chain.lastSequence) }

    // MARK: - Opening

    /// Opens the ledger of a coordinator, making it when there is none, and starts a new epoch.
    ///
    /// - Throws: Every case of ``LedgerError`` but `unfinished` and `olderVersion`; nothing is
    ///   changed in a file that is not a ledger or is newer.
    public static func open(writingAt path: String, _ options: Options) throws(LedgerError)
        -> Ledger
    {
        try LedgerFile.refuseNetworkFileSystem(path, options.fileSystemProbe)
        if FileSystem.facts(path) != nil { try LedgerFile.checkKind(path) }
        let lock = try LedgerLock.take(.writer, for: path)
        // Under the lock: nobody else makes one meanwhile.
        let isNew = FileSystem.facts(path) == nil
        do throws(LedgerError) {
            if isNew { try make(path, options) } else { try LedgerFile.narrow(path) }
            // With a log beside it a file may still be empty: nothing was moved into it yet. Without,
            // it lost what it held.
            try LedgerFile.checkHeader(path, mayBeEmpty: isNew || LedgerFile.hasLog(path))
            let queue = try Connection.open(path, .writing(pageLimit: options.pageLimit))
            let ledger = Ledger(path: path, options: options, queue: queue, lock: lock)
            ledger.isNew = isNew
            try ledger.start()
            return ledger
        } catch {
            if isNew { LedgerFile.remove(path) }
            throw error
        }
    }

    /// Makes a ledger without content under another name, and gives it its own when it is whole: so
    /// an empty file is never one that was only begun.
    private static func make(_ path: String, _ options: Options) throws(LedgerError) {
        let begun = path + ".new"
        LedgerFile.remove(begun)
        do throws(LedgerError) {
            try LedgerFile.create(begun)
            let queue = try Connection.open(begun, .writing(pageLimit: options.pageLimit))
            do { try queue.inDatabase { try LedgerSchema.migrate($0, from: 0) } } catch {
                throw LedgerError(error, path: path)
            }
            try Connection.close(queue, path)
            try FileSystem.rename(begun, to: path)
        } catch {
            LedgerFile.remove(begun)
            throw error
        }
    }

    /// Opens a ledger that nobody is writing, for reading only.
    ///
    /// What a killed coordinator left in the write-ahead log is moved into the file first, if this
    /// user may write it.
    ///
    /// - Throws: ``LedgerError/locked(path:holder:)`` while a coordinator runs: ask it instead.
    public static func open(readingAt path: String) throws(LedgerError) -> Ledger {
        try LedgerFile.checkKind(path)
        let lock = try LedgerLock.take(.reader, for: path)
        try LedgerFile.checkHeader(path, mayBeEmpty: LedgerFile.hasLog(path))
        if LedgerFile.hasLog(path) {
            guard lock != nil, access(path, W_OK) == 0 else { throw .unfinished(path: path) }
            guard lock?.upgrade() == true else { throw .locked(path: path, holder: nil) }
            let writer = try Connection.open(path, .finishing)
            try Connection.close(writer, path)
            lock?.downgrade()
        }
        return try open(restingAt: path, lock: lock)
    }

    /// Opens a file that is at rest.
    static func open(
        restingAt path: String, lock: consuming LedgerLock?
    ) throws(LedgerError) -> Ledger {
        let queue = try Connection.open(path, .reading)
        let options = Options(softwareVersion: "", clock: { 0 })
        let ledger = Ledger(path: path, options: options, queue: queue, lock: lock)
        try ledger.database { database in
            let found = try Connection.version(database, path)
            if found < LedgerSchema.oldestReadable {
                throw LedgerError.olderVersion(
                    path: path, found: found, supported: LedgerSchema.oldestReadable)
            }
            try ledger.loadChain(database)
        }
        return ledger
    }

    private init(
        path: String, options: Options, queue: DatabaseQueue, lock: consuming LedgerLock?
    ) {
        self.path = path
        self.options = options
        self.queue = queue
        self.lock = lock
    }

    /// Migrates, checks, and writes the row of this start: the first commit, so a directory that
    /// cannot be written shows here.
    private func start() throws(LedgerError) {
        let version = options.softwareVersion
        let host = options.host
        let now = options.clock()
        let last = try database { database in
            try LedgerSchema.migrate(database, from: Connection.version(database, path))
            let last = try Row.fetchOne(
                database, sql: "SELECT id, ended_at FROM epoch ORDER BY id DESC LIMIT 1")
            if let last, last["ended_at"] as Int64? == nil {
                wasClosedCleanly = false
                try Connection.quickCheck(database, path)
            }
            try loadChain(database)
            let number = last?["id"] as Int? ?? 0
            // One more has to be a number that is read back.
            guard Self.numbers.contains(number), number < Self.numbers.upperBound else {
                throw LedgerError.corrupt(path: path, detail: "the last start is \(number)")
            }
            return number
        }
        epoch = last + 1
        try database { database in
            try database.inTransaction(.immediate) {
                try database.execute(
                    sql: """
                        INSERT INTO epoch (id, started_at, software_version, host, process)
                        VALUES (?, ?, ?, ?, ?)
                        """,
                    arguments: [last + 1, now, version, host, Int(getpid())])
                return .commit
            }
        }
    }

    /// Ends the epoch, moves the write-ahead log into the file, and gives up the lock.
    ///
    /// - Throws: What the last writes met; the lock is given up all the same.
    public func close() throws(LedgerError) {
        guard isOpen else { return }
        defer {
            isOpen = false
            lock = nil
        }
        if epoch > 0 {
            let (number, now) = (epoch, options.clock())
            try database { database in
                try database.execute(
                    sql: "UPDATE epoch SET ended_at = ? WHERE id = ?", arguments: [now, number])
            }
        }
        try Connection.close(queue, path)
    }

    /// Closes a ledger whose coordinator came to nothing before its first grant; one that was made
    /// for it is taken away again.
    ///
    /// What goes wrong here is not told: the caller has a better reason to end.
    public func abandon() {
        guard isOpen else { return }
        guard isNew else {
            try? close()  // Not told, as said above.
            return
        }
        isOpen = false
        try? queue.close()  // The file goes, whatever its connection says.
        // Still under the lock.
        LedgerFile.remove(path)
        lock = nil
    }

    // MARK: - Access

    /// Runs `body` on the connection, with SQLite's errors made ours.
    func database<Value>(_ body: (Database) throws -> Value) throws(LedgerError) -> Value {
        guard isOpen else { throw .closed(path: path) }
        do { return try queue.inDatabase(body) } catch { throw LedgerError(error, path: path) }
    }

    /// Durability settings as SQLite reports them, by name; what a test and `doctor` look at.
    public func settings() throws(LedgerError) -> [String: String] {
        try database { database in
            var found: [String: String] = [:]
            for name in Connection.settingNames {
                found[name] = try Connection.value(of: name, database)
            }
            return found
        }
    }

    /// Changes the page limit of ``Options/pageLimit`` while open.
    public func setPageLimit(_ limit: Int) throws(LedgerError) {
        try database { try $0.execute(sql: "PRAGMA max_page_count = \(limit)") }
    }

    /// Makes `plan` the one that trial numbers refer to, from the next write or question on.
    public func use(_ plan: SweepPlan) {
        self.plan = plan
        gridIndex = GridIndex(plan.grid)
        cache = LedgerCache()
    }
}
