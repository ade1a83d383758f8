import Foundation
import SweepCoordinator
import SweepLedger
import SweepSpec

/// A sweep that is exported: its ledger at rest, or a copy that its coordinator made.
struct ExportSource {
    let ledger: Ledger
    let spec: SweepSpecification
    /// What the user should know of it: a copy may lag behind a coordinator on another machine.
    let note: String?

    /// Opens what the user calls `name`.
    ///
    /// - Throws: ``CommandError``, ``LedgerError``.
    init(_ name: String) throws {
        let directory = SweepDirectory(folderOrLedger: name)
        note = SharedFolder.keeper(of: directory.path).map {
            SweepAccess.note(onCopy: directory, keptBy: $0)
        }
        let ledger = try Self.open(directory)
        self.ledger = ledger
        spec = try SweepAccess.spec(of: ledger, name)
        ledger.use(spec.plan)
    }

    private static func open(_ directory: SweepDirectory) throws -> Ledger {
        // A coordinator may start or end between two looks.
        for _ in 0..<10 {
            if let answer = try ask(directory) {
                if let ledger = try copy(answer, in: directory) { return ledger }
                continue
            }
            do throws(LedgerError) {
                return try Ledger.open(readingAt: directory.ledgerPath)
            } catch {
                guard case .locked = error else { throw error }
                usleep(300_000)
            }
        }
        throw CommandError(
            .locked,
            "\(directory.ledgerPath) is held by a coordinator that does not answer questions; "
                + "try again in a moment")
    }

    /// - Returns: nil when no coordinator runs.
    private static func ask(_ directory: SweepDirectory) throws -> QueryResponse? {
        do throws(QueryError) {
            return try QueryClient.ask(
                QueryRequest("export"), at: directory.querySocket,
                patienceMilliseconds: (LedgerCopies.patienceSeconds + 10) * 1_000)
        } catch {
            guard case .nobodyListens = error else { throw error }
            return nil
        }
    }

    /// Opens the copy that a coordinator made for us, and takes its name away: it is gone with us,
    /// whatever ends us.
    ///
    /// - Returns: nil when it is gone already: the coordinator ended meanwhile.
    private static func copy(
        _ answer: QueryResponse, in directory: SweepDirectory
    ) throws -> Ledger? {
        guard answer.exitCode == 0 else {
            throw CommandError(answer.exitCode, answer.message ?? "the copy failed")
        }
        guard LedgerCopies.isName(answer.text) else { throw QueryError.malformed }
        let path = "\(directory.path)/\(answer.text)"
        do throws(LedgerError) {
            let ledger = try Ledger.open(copyAt: path)
            unlink(path)
            return ledger
        } catch {
            guard case .missing = error else { throw error }
            return nil
        }
    }
}
