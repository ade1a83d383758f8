/// What only the rim of the house may do, and which files are the rim.
///
/// Below the loops a result depends on arguments alone: no clock, no randomness without a seed, no
/// output, no waiting. A loop that needs one of them is named here, file by file where a room also
/// holds a part that must stay pure.
enum Rim {
    /// How a forbidden thing shows in code.
    enum Trace: Hashable {
        /// This word, anywhere.
        case word(String)
        /// These words and characters, one after the other.
        case words([String])
        /// A call of a free function of this name, with a module's name before it or not.
        case call(String)

        /// ``words(_:)``, written with a space between them.
        static func sequence(_ words: String) -> Self {
            .words(words.split(separator: " ").map(String.init))
        }
    }

    struct Rule: Hashable {
        /// What is forbidden; the end of the sentence "Sources/X.swift:1: …".
        let name: String
        let traces: [Trace]
        /// Paths below the package's root, where it is allowed: a folder ends in a slash.
        var allowedIn: [String] = []
    }

    static let wallClock = Rule(
        name: "a clock below the loops (take the time as an argument)",
        traces: [
            .sequence("Date ( )"), .sequence("Date . now"), .sequence("Date . init ( )"),
            .sequence("Date ( timeIntervalSinceNow"), .word("ContinuousClock"),
            .word("SuspendingClock"), .sequence("DispatchTime . now"), .word("DispatchWallTime"),
            .word("systemUptime"), .word("CFAbsoluteTimeGetCurrent"), .call("gettimeofday"),
            .call("time"), .call("clock_gettime"),
        ],
        allowedIn: [
            "Sources/critsweep/", "Sources/critsweep-sim/", "Sources/critsweep-fuzz/",
            "Sources/critsweep-chaos/", "Sources/SweepTransport/", "Sources/SweepDashboard/",
            // How long a group of writes may wait for company.
            "Sources/SweepLedger/MonotonicCondition.swift",
            // When a heartbeat is due, and how long a trial took.
            "Sources/SweepWorker/MonotonicTime.swift",
        ])

    /// Arguments that make `clock_gettime` a measure of work instead of a wall clock.
    static let workClocks: Set = ["CLOCK_THREAD_CPUTIME_ID", "CLOCK_PROCESS_CPUTIME_ID"]

    static let unseededRandomness = Rule(
        name: "randomness without a seed of ours (draw from the counter-based generator)",
        traces: [
            .sequence(". random ("), .sequence(". randomElement ("), .sequence(". shuffle ("),
            .sequence(". shuffled ("), .word("SystemRandomNumberGenerator"),
            .sequence("UUID ( )"), .sequence("UUID . init ( )"), .sequence("Hasher ( )"),
            .word("hashValue"), .call("rand"), .call("random"), .call("drand48"),
            .call("arc4random"), .call("arc4random_uniform"), .call("getrandom"),
            .call("getentropy"), .call("randombytes_buf"), .call("randombytes_random"),
        ],
        allowedIn: [
            "Sources/critsweep/", "Sources/critsweep-chaos/", "Sources/SweepTransport/",
            // The one random name of a worker; no result depends on it.
            "Sources/SweepProtocol/WorkerIdentity.swift",
        ])

    static let output = Rule(
        name: "output below the commands (return the data, or log from the loop)",
        traces: [
            .call("print"), .call("debugPrint"), .call("dump"), .call("NSLog"), .call("puts"),
            .call("fputs"), .call("putchar"), .call("printf"), .call("fprintf"),
            .sequence("FileHandle . standardOutput"), .sequence("FileHandle . standardError"),
        ],
        allowedIn: [
            "Sources/critsweep/", "Sources/critsweep-sim/", "Sources/critsweep-fuzz/",
            "Sources/critsweep-chaos/",
        ])

    static let sleep = Rule(
        name: "a sleep below the loops (wait for an event, or for the poller's time-out)",
        traces: [
            .call("sleep"), .call("usleep"), .call("nanosleep"), .call("clock_nanosleep"),
            .sequence("Task . sleep"), .sequence("Thread . sleep"), .word("asyncAfter"),
        ],
        allowedIn: [
            "Sources/critsweep/", "Sources/critsweep-fuzz/", "Sources/critsweep-chaos/",
            // The calibration trial that sleeps.
            "Sources/SweepWorker/Compute/CalibrationIdle.swift",
        ])

    static let trap = Rule(
        name: "a trap that the outside world can reach (throw, or precondition for our mistakes)",
        traces: [
            .sequence("try !"), .sequence("as !"), .call("fatalError"), .word("unsafeFlags"),
        ])

    static let kernelCall = Rule(
        name: "allocation, threads, input or output in a kernel (leave them to the caller)",
        traces: [
            .call("malloc"), .call("calloc"), .call("realloc"), .call("free"), .call("alloca"),
            .call("aligned_alloc"), .call("posix_memalign"), .word("pthread_create"),
            .call("fopen"), .call("getenv"), .call("setenv"), .call("exit"), .call("abort"),
            .call("time"), .call("clock"),
        ] + output.traces + sleep.traces + unseededRandomness.traces)

    /// The rules for every Swift file of Sources.
    static let swiftRules = [wallClock, unseededRandomness, output, sleep, trap]
}

extension Rim.Rule {
    /// Lines of a file where the forbidden thing shows; none where the path is allowed.
    func lines(in source: SourceText, at path: String) -> [Int] {
        if allowedIn.contains(where: { $0.hasSuffix("/") ? path.hasPrefix($0) : path == $0 }) {
            return []
        }
        return source.tokens.indices.filter { index in
            traces.contains { $0.shows(in: source, at: index) }
        }.map { source.tokens[$0].line }
    }
}

extension Rim.Trace {
    func shows(in source: SourceText, at index: Int) -> Bool {
        switch self {
        case .word(let word):
            return source.word(index) == word
        case .words(let words):
            return words.indices.allSatisfy { source.word(index + $0) == words[$0] }
        case .call(let name):
            guard source.word(index) == name, source.word(index + 1) == "(" else { return false }
            if name == "clock_gettime", Rim.workClocks.contains(source.word(index + 2)) {
                return false
            }
            let before = source.word(index - 1)
            if before == "." {
                return ["Swift", "Glibc", "Foundation"].contains(source.word(index - 2))
            }
            return before != "func"
        }
    }
}
