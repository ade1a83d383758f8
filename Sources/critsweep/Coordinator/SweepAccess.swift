import Foundation
import SweepCoordinator
import SweepCore
import SweepLedger
import SweepSpec

/// Looks at a sweep, running or not: asks the coordinator, or opens the ledger when nobody holds it.
enum SweepAccess {
    /// The answer to a question about the sweep that the user calls `name`.
    ///
    /// - Throws: ``CommandError`` when there is none.
    static func answer(_ request: QueryRequest, about name: String) throws -> QueryResponse {
        let directory = SweepDirectory(folderOrLedger: name)
        let keeper = SharedFolder.keeper(of: directory.path)
        if let keeper, request.query == "retry" {
            throw SharedFolder.inUse(directory.path, by: keeper)
        }
        // A coordinator may start or end between two looks.
        for _ in 0..<3 {
            do throws(QueryError) {
                return try QueryClient.ask(request, at: directory.querySocket)
            } catch .nobodyListens {
            } catch {
                throw CommandError(error.exitCode, "\(error)")
            }
            do throws(LedgerError) {
                if request.query == "retry" { return try retry(request, directory) }
                let ledger = try Ledger.open(readingAt: directory.ledgerPath)
                var response = answer(request, ledger, isCopy: keeper != nil)
                try ledger.close()
                if let keeper, response.message == nil {
                    response.message = note(onCopy: directory, keptBy: keeper)
                }
                return response
            } catch .locked {
                usleep(300_000)
            } catch {
                throw CommandError(error.exitCode, "\(error)")
            }
        }
        throw CommandError(
            .locked,
            "\(directory.ledgerPath) is held by a coordinator that does not answer questions; "
                + "try again in a moment")
    }

    /// The spec of a ledger as it was last extended.
    static func spec(of ledger: Ledger, _ path: String) throws -> SweepSpecification {
        guard let stored = try ledger.sweep() else {
            throw CommandError(.dataUnreadable, "\(path) holds no sweep yet")
        }
        do {
            return try SweepSpecification(canonicalText: stored.canonical, path: path)
        } catch {
            throw CommandError(
                .dataUnreadable,
                "the spec in \(path) cannot be read by this version of critsweep: \(error)")
        }
    }

    /// What is said of an answer from the copy of a ledger that another machine has.
    static func note(onCopy directory: SweepDirectory, keptBy keeper: String) -> String {
        "from the copy of \(age(of: directory.ledgerPath)); the coordinator runs on \(keeper)"
    }

    /// How long ago a file was written, in words.
    private static func age(of path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { return "an unknown time" }
        return "\(max(0, time(nil) - status.st_mtim.tv_sec)) s ago"
    }

    private static func answer(
        _ request: QueryRequest, _ ledger: Ledger, isCopy: Bool
    ) -> QueryResponse {
        QueryResponse {
            let spec = try spec(of: ledger, ledger.path)
            ledger.use(spec.plan)
            return try SweepQueries(spec: spec, isRunElsewhere: isCopy).answer(request, ledger)
        }
    }

    /// Sets failures aside in a ledger that nobody holds; the next `run` computes them again.
    private static func retry(
        _ request: QueryRequest, _ directory: SweepDirectory
    ) throws(LedgerError) -> QueryResponse {
        // Opening for writing would make a ledger where there is none.
        guard access(directory.ledgerPath, F_OK) == 0 else {
            throw .missing(path: directory.ledgerPath)
        }
        let ledger = try Ledger.open(writingAt: directory.ledgerPath, LedgerOptions.standard)
        let kinds = RetryKinds.read(request.names)
        let count = try ledger.retryFailed(kinds, reason: "retry")
        try ledger.close()
        return QueryResponse(
            text: "",
            message: "\(count) failed trials were set aside; the next `critsweep run` tries them "
                + "again")
    }
}

/// What every ledger of this program is opened with.
enum LedgerOptions {
    static var standard: Ledger.Options {
        Ledger.Options(
            softwareVersion: Version.text, host: ProcessInfo.processInfo.hostName,
            clock: { Int64(Date().timeIntervalSince1970 * 1_000) })
    }
}

/// Kinds of failures by their names.
enum RetryKinds {
    /// All kinds when no names are given; names that are no kind are left out.
    static func read(_ names: [String]?) -> [TrialFailure.Kind] {
        guard let names else { return TrialFailure.Kind.allCases }
        return names.compactMap(TrialFailure.Kind.init)
    }
}

extension QueryResponse {
    /// What `body` answers, or the sentence and exit code of its trouble.
    init(_ body: () throws -> QueryResponse) {
        do {
            self = try body()
        } catch {
            let trouble = CommandError(describing: error)
            self.init(failure: trouble.sentence, exitCode: trouble.code.rawValue)
        }
    }
}
