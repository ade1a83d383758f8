import ArgumentParser

/// A coordinator by itself, for workers that join from anywhere.
struct CoordinatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract: "Coordinate a sweep for workers that join from anywhere.",
        usage: "critsweep coordinator <spec> --ledger <ledger> --bind <bind> [options]",
        discussion: """
            Writes an access file; start `critsweep worker --access FILE` with it (and with the \
            key that it names) wherever there are processors. Workers may come and go. Ends when \
            the sweep is done, or stays with --stay. The same command resumes a sweep; workers \
            find their way back by themselves.

            Ctrl-C or SIGTERM lets the trials that run end (20 s at most), a second one does not; \
            both end with exit code 130 while work is left.

            Example: critsweep coordinator smoke.yaml --ledger s/ledger.sqlite --bind tcp://*:21500
            """)

    @Argument(help: "The spec file.")
    var spec: String
    @Option(help: "The ledger; made when it is not there.")
    var ledger: String
    @Option(
        help: """
            Where to listen, tcp://HOST:PORT or ipc://PATH. HOST is a name, an address, a network \
            interface, or * for all. PORT is a number, a range as in 21500-21999, of which a free \
            one is taken, or * for a free one below 32768.
            """)
    var bind: String
    @Option(
        help: """
            The host that the access file names, for workers on other machines (default: where \
            it listens, and with * this machine's name).
            """)
    var advertise: String?
    @Option(
        help: """
            A folder that the workers' machines see too: access file, keys, logs, and a copy of \
            the ledger, made every minute and at the end, go there; a coordinator on another \
            machine goes on with the copy. For a ledger on a local disk, as network file systems \
            do not keep a ledger safe.
            """)
    var shared: String?
    @Option(help: "Where the access file goes (default: beside the ledger).")
    var access: String?
    @Option(help: "What workers compute with: auto, reference, avx2 or avx512.")
    var kernels: KernelChoice = .auto
    @Flag(help: "Stay when the sweep is done, for retries and questions.")
    var stay = false
    @Option(help: "How the table is printed at the end: table, csv, json, markdown or latex.")
    var format: String = "table"
    @OptionGroup var checkpoints: CheckpointOptions
    @Option(
        help: ArgumentHelp(
            "Seconds of silence after which a worker's trials are handed out again.",
            visibility: .hidden))
    var lease: Int?
    @Flag(help: "No progress.")
    var quiet = false

    func validate() throws {
        if let advertise, !Endpoints.isHost(advertise) {
            throw ValidationError(
                "--advertise has to be a host name or an address, but is "
                    + advertise.debugDescription)
        }
        if let lease, !(5...3_600).contains(lease) {
            throw ValidationError("--lease must be from 5 to 3600 seconds, but is \(lease)")
        }
        if let shared, shared.isEmpty { throw ValidationError("--shared has to name a folder") }
    }

    func run() throws {
        let spec = try SpecLoading.load(self.spec)
        SpecLoading.tellNotes(of: spec)
        try TableFormat.check(format)
        var options = CoordinatorOptions(directory: SweepDirectory(ledger: ledger))
        options.directory.shared = shared
        options.endpoint = bind
        options.advertisedHost = advertise
        options.accessPath = access
        options.kernels = kernels
        options.staysWhenDone = stay
        options.checkpointMilliseconds = checkpoints.milliseconds
        options.isQuiet = quiet
        options.leaseSeconds = lease
        let report = try CoordinatorRun(spec: spec, options: options).run()
        try TableFormat.print(report.table, format)
        if report.exitCode != 0 { throw ExitCode(report.exitCode) }
    }
}
