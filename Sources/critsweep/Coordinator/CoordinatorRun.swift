import Foundation
import SweepCoordinator
import SweepCore
import SweepLedger
import SweepProtocol
import SweepReport
import SweepSpec
import SweepTransport

/// What `run` and `coordinator` are asked to do.
struct CoordinatorOptions {
    var directory: SweepDirectory
    /// Where to listen; nil for a port of our choice on this machine alone.
    var endpoint: String?
    /// The host that the access file names; nil for where the coordinator listens.
    var advertisedHost: String?
    /// Where the access file for workers goes; nil for its place in the sweep's folder.
    var accessPath: String?
    var workerCount = 0
    var kernels = KernelChoice.auto
    /// Time between two checkpoints of a trial; 0 for none.
    var checkpointMilliseconds: UInt64 = 30_000
    var staysWhenDone = false
    var isQuiet = false
    /// nil for the scheduler's own.
    var leaseSeconds: Int?
}

/// A coordinator from its start to its end: opens the ledger and the door, starts the workers, runs
/// the loop, and puts everything away.
struct CoordinatorRun {
    let spec: SweepSpecification
    let options: CoordinatorOptions

    var directory: SweepDirectory { options.directory }

    /// How it ended.
    struct Report: Sendable {
        var table: SweepTable
        /// 0, 1 with failed trials, 130 when stopped with work left.
        var exitCode: Int32
    }

    /// Runs the sweep to its end.
    ///
    /// - Throws: ``CommandError``.
    func run() throws -> Report {
        do { return try start() } catch { throw CommandError(describing: error) }
    }

    private func start() throws -> Report {
        // Whoever asks to stop during the start is heard when the loop begins.
        let desk = try LiveDesk()
        let dataFiles = try SweepDataFiles(of: spec)
        try checkAccessPath()
        var traces = StartTraces()
        let ledger: Ledger
        let shared: SharedFolder?
        let entry: String?
        do {
            try makeFolders(&traces)
            // Above all else the lock: a second coordinator stops here and has changed nothing.
            shared = try directory.shared.map {
                try SharedFolder($0, ledgerPath: directory.ledgerPath)
            }
            entry = try shared?.enter()
            ledger = try Ledger.open(writingAt: directory.ledgerPath, LedgerOptions.standard)
        } catch {
            traces.erase()
            throw error
        }
        var door: Door?
        let contents: LedgerContents
        let checkpoints: [KeptCheckpoint]
        let quarantined: [CoordinatorStatus.QuarantinedTrial]
        do {
            let stored = try compare(ledger, dataFiles)
            ledger.use(spec.plan)
            // When work is certainly left, before the ledger is read, which takes a second for a
            // million trials: workers that wait for this coordinator find their way back meanwhile.
            if ledger.everRecordedCount < spec.plan.trialCount { door = try openDoor(&traces) }
            contents = try ledger.contents()
            checkpoints = try ledger.checkpoints().compactMap(Self.kept)
            quarantined = try SweepQueries.quarantinedTrials(ledger, spec.plan)
            // After all that only reads, since it waits for the look at every page after a kill.
            try ledger.announce()
            try adopt(ledger, dataFiles, after: stored)
        } catch {
            // What is told is why the spec does not fit; taking away and closing are tidiness.
            traces.erase(ledger)
            throw error
        }
        let done = contents.recorded.count + contents.failed.count + contents.quarantined.count
        if done == spec.plan.trialCount, !options.staysWhenDone {
            let result = try report(on: ledger, wasStopped: false, remaining: 0)
            try shared?.saveClosed()
            return result
        }
        let opened: Door
        do {
            if let early = door.take() { opened = early } else { opened = try openDoor(&traces) }
        } catch {
            traces.erase(ledger)
            throw error
        }
        // Before any grant, so that no two starts have the same number.
        do { try shared?.save(ledger) } catch {
            traces.erase(ledger)
            throw error
        }
        let keys = opened.keys

        let progress = SweepProgress(
            name: spec.name, logPath: directory.coordinatorLog, isQuiet: options.isQuiet)
        progress.log(
            "critsweep \(Version.text) starts the sweep \(spec.name), start \(ledger.epoch): "
                + "\(done) of \(spec.plan.trialCount) trials are done")
        if let entry { progress.log(entry) }
        let epoch = UInt32(clamping: ledger.epoch)
        let scheduler = self.scheduler(contents, epoch: epoch)
        let book = try LedgerBook(ledger)
        let copies = LedgerCopies(directory: directory)
        copies.removeAll()
        let server: QueryServer
        do {
            server = try QueryServer(
                path: directory.querySocket,
                answer: LiveAnswers(
                    spec: spec, book: book, desk: desk, board: progress.board, copies: copies,
                    epoch: Int(epoch)
                ).answer)
        } catch {
            let made = traces
            // The query socket's error is the cause; what is left undone here is tidiness.
            try? book.thread.close { ledger in made.erase(ledger) }
            throw error
        }
        defer {
            server.stop()
            copies.removeAll()
        }
        let saving = shared?.keepSaving(book)
        let crew = try makeCrew(keys)
        let wire = LiveWire(opened.socket)
        var loop = CoordinatorLoop(
            settings(dataFiles), plan: spec.plan, scheduler: scheduler, wire: wire, book: book,
            crew: crew, desk: desk, observer: progress, checkpoints: checkpoints,
            quarantinedTrials: quarantined, now: MonotonicClock.now)
        let ending: LoopEnding
        do {
            try crew?.startAll()
            ending = try loop.run()
        } catch {
            progress.finish(nil)
            progress.log("ends: \(error)")
            crew?.endAll(within: 0)
            saving?.stop()
            // The loop's error is the cause; what the ledger has to say is the same or less.
            try? book.thread.close { ledger throws(LedgerError) in try ledger.close() }
            throw error
        }
        // What cannot be said any more is no reason to lose the table.
        try? loop.sayFarewell(withinMilliseconds: 2_000)
        try loop.takeWire().close(lingerMilliseconds: 500)
        crew?.endAll(within: ending.isDone ? 3_000 : 0)
        server.stop()
        saving?.stop()
        let result = try finish(book, ending)
        try shared?.saveClosed()
        let closing = sentence(on: ending, settledHere: progress.settledHere(ending.status))
        progress.finish(closing)
        progress.log("ends: \(closing)")
        return result
    }

    // MARK: Places

    private var accessPath: String { options.accessPath ?? directory.access }

    /// The access file replaces what is in its place, which must not be a ledger.
    private func checkAccessPath() throws {
        func place(_ path: String) -> String { URL(filePath: path).standardizedFileURL.path() }
        guard place(accessPath) == place(directory.ledgerPath) || Ledger.isOriginal(accessPath)
        else { return }
        throw CommandError(
            .notWritable,
            "\(accessPath) is the ledger of a sweep and is not replaced; choose another name with "
                + "--access")
    }

    /// Makes the folders of the ledger and of what others see.
    private func makeFolders(_ traces: inout StartTraces) throws {
        try traces.makeFolder(directory.path, mode: 0o755)
        guard let shared = directory.shared else { return }
        try traces.makeFolder(shared, mode: 0o755)
        // The copy would take the ledger's place.
        let places = [directory.path, shared].map {
            URL(fileURLWithPath: $0).resolvingSymlinksInPath()
        }
        guard places[0] != places[1] else {
            throw CommandError(
                .usage,
                "--shared and --ledger name the same folder, \(shared); --shared is for a ledger on "
                    + "a disk of this machine, with a copy of it in the shared folder")
        }
    }

    /// Where workers come in, and the keys for it.
    private struct Door: ~Copyable {
        var socket: CoordinatorSocket
        let keys: SweepKeys
    }

    /// Makes folders and keys, listens, and writes the access files.
    private func openDoor(_ traces: inout StartTraces) throws -> Door {
        try traces.makeFolder(directory.logs, mode: 0o755)
        try traces.makeFolder(directory.keys, mode: 0o700)
        traces.note([accessPath, directory.coordinatorLog])
        // The library removes its socket a moment after we are gone.
        if let endpoint = options.endpoint, endpoint.hasPrefix("ipc://") {
            traces.note([String(endpoint.dropFirst("ipc://".count))])
        }
        traces.note(SweepKeys.files(directory, localCount: options.workerCount))
        let keys = try SweepKeys(directory, localCount: options.workerCount)
        let socket = try listen(keys)
        try keys.writeAccess(
            endpoints: Endpoints.reachable(socket.endpoints, as: options.advertisedHost),
            to: accessPath)
        return Door(socket: socket, keys: keys)
    }

    private func listen(_ keys: SweepKeys) throws -> CoordinatorSocket {
        // The endpoint of the last start, if its file can be read: workers may be waiting.
        let earlier = try? AccessFile.read(accessPath).endpoints.first
        if let endpoint = options.endpoint {
            return try Endpoints.open(endpoint, keys, earlier: earlier)
        }
        return try Endpoints.openLocal(keys, earlier: earlier)
    }

    // MARK: Parts

    private func scheduler(_ contents: LedgerContents, epoch: UInt32) -> Scheduler {
        var limits = Scheduler.Limits()
        limits.staysWhenDone = options.staysWhenDone
        if let lease = options.leaseSeconds {
            limits.leaseMilliseconds = UInt64(lease) * 1_000
            limits.graceMilliseconds = 2 * limits.leaseMilliseconds
        }
        let restored = RestoredSweep(
            recorded: contents.recorded, failed: contents.failed,
            quarantined: contents.quarantined,
            grants: contents.open.map {
                .init($0.lease, worker: $0.worker, $0.fate)
            },
            deadWorkers: LocalSpools.deadWorkers(directory))
        return Scheduler(
            trialCount: spec.plan.trialCount, epoch: epoch, sweep: spec.numbering, limits: limits
        ).told(of: restored, at: MonotonicClock.now())
    }

    private func settings(_ dataFiles: SweepDataFiles) -> CoordinatorSettings {
        var settings = CoordinatorSettings(
            name: spec.name,
            spec: spec.canonicalText(
                resolvingPathsIn: FileManager.default.currentDirectoryPath),
            softwareVersion: Version.text)
        settings.kernelChoice = options.kernels.rawValue
        settings.dataFiles = dataFiles.forWorkers
        settings.checkpointMilliseconds = options.checkpointMilliseconds
        return settings
    }

    private static func kept(_ stored: StoredCheckpoint) -> KeptCheckpoint? {
        SHA256Digest(bytes: stored.digest.bytes).map {
            KeptCheckpoint(
                stored.lease, step: stored.step, byteCount: stored.byteCount,
                kernelFamily: stored.kernelFamily, softwareVersion: stored.softwareVersion,
                digest: $0)
        }
    }

    private func makeCrew(_ keys: SweepKeys) throws -> WorkerProcesses? {
        guard options.workerCount > 0 else { return nil }
        guard let program = realpath("/proc/self/exe", nil) else {
            throw CommandError(.unavailable, "/proc/self/exe cannot be read")
        }
        defer { free(program) }
        return try WorkerProcesses(
            program: String(cString: program),
            posts: keys.local.enumerated().map { index, pair in
                WorkerProcesses.Post(
                    key: pair.publicKey.text,
                    arguments: [
                        "worker", "--access", keys.localAccess(index), "--slots", "1",
                        "--spool", directory.spool(worker: index), "--name", "worker-\(index + 1)",
                    ],
                    logPath: directory.log(worker: index))
            })
    }

    // MARK: The end

    /// Makes the table, on the ledger's thread after its last commit, and closes the ledger.
    private func finish(_ book: LedgerBook, _ ending: LoopEnding) throws -> Report {
        let box = OneAnswer<Result<Report, any Error>>()
        let remaining = ending.status.scheduler.trialCount - ending.status.doneCount
        let wasStopped = ending.wasStopped
        try book.thread.close { ledger throws(LedgerError) in
            box.put(
                Result { try report(on: ledger, wasStopped: wasStopped, remaining: remaining) })
        }
        guard let result = box.latest else {
            throw CommandError(.notWritable, "the ledger ended before its table was made")
        }
        return try result.get()
    }

    /// The table of the ledger, which is closed, and the exit code.
    private func report(
        on ledger: Ledger, wasStopped: Bool, remaining: Int
    ) throws -> Report {
        let table = try SweepQueries(spec: spec).table(of: ledger)
        var provenance = try ProvenanceFacts.gather(ledger, spec)
        if ledger.epoch > 0, let last = provenance.summary.starts.indices.last {
            // Closing the ledger writes the like, and there is no asking it afterwards.
            provenance.summary.starts[last].endedAt = LedgerOptions.standard.clock()
        }
        try ledger.close()
        try ProvenanceFacts.write(provenance, to: directory.provenance(of: spec.name))
        let exitCode: Int32 = wasStopped && remaining > 0 ? 130 : table.failedCount > 0 ? 1 : 0
        return Report(table: table, exitCode: exitCode)
    }

    /// What the coordinator itself took for each of `count` trials, ledger and encryption included.
    private static func cost(of count: Int) -> String {
        var usage = rusage()
        guard count > 0, getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else {
            return ""
        }
        let microseconds =
            Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
        return String(
            format: "; coordinator %.0f µs of CPU a trial", microseconds / Double(count))
    }

    /// - Parameter here: Trials that were settled since this start.
    private func sentence(on ending: LoopEnding, settledHere here: Int) -> String {
        let status = ending.status
        let time = Numbers.span(seconds: Double(status.elapsedMilliseconds) / 1_000)
        let counts =
            "\(status.doneCount) of \(status.scheduler.trialCount) trials are done"
            + (status.failedCount > 0 ? ", \(status.failedCount) of them failed" : "")
        return ending.isDone
            ? "\(spec.name): \(counts), after \(time)\(Self.cost(of: here))"
            : "\(spec.name): stopped after \(time), \(counts); the same command goes on"
    }
}

/// The clock of the loop: monotonic, untouched by steps of the wall clock.
enum MonotonicClock {
    static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(milliseconds: UInt64(time.tv_sec) * 1_000 + UInt64(time.tv_nsec) / 1_000_000)
    }
}

extension SweepSpecification {
    /// A number that stands for the numbering of trials: the grid's, whatever the number of seeds,
    /// since more seeds leave every trial its number.
    var numbering: UInt64 {
        let text = canonicalText.split(separator: "\n").filter { !$0.hasPrefix("seeds:") }
            .joined(separator: "\n")
        return SHA256Digest(of: text).bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
