import Foundation
import SweepCoordinator
import SweepCore
import SweepLedger
import SweepSpec

/// Answers questions while the loop runs: from its latest state, and through the ledger's thread.
struct LiveAnswers: Sendable {
    let spec: SweepSpecification
    let book: LedgerBook
    let desk: LiveDesk
    let board: SweepProgress.Board
    let copies: LedgerCopies
    /// Starts of a coordinator on this ledger.
    let epoch: Int

    /// How long a question may wait for the ledger.
    private static let patienceSeconds = 30.0

    func answer(_ request: QueryRequest) -> QueryResponse {
        let status = board.latest
        if request.query == "status", let status {
            return SweepQueries.liveStatus(spec, status, epoch: epoch, format: request.format)
        }
        let queries = SweepQueries(spec: spec, status: status)
        let isExport = request.query == "export"
        let box = OneAnswer<QueryResponse>()
        let isAsked = book.thread.ask { ledger in
            let response = QueryResponse {
                if request.query == "retry" { return try retry(request, ledger) }
                if isExport { return try copies.make(ledger) }
                return try queries.answer(request, ledger)
            }
            box.put(response)
        }
        guard isAsked else {
            return QueryResponse(failure: "the coordinator is ending", exitCode: 75)
        }
        return box.take(
            withinSeconds: isExport ? Double(LedgerCopies.patienceSeconds) : Self.patienceSeconds)
            ?? QueryResponse(
                failure: "the ledger does not answer; is its disk full?", exitCode: 75)
    }

    private func retry(_ request: QueryRequest, _ ledger: Ledger) throws -> QueryResponse {
        let kinds = Set(RetryKinds.read(request.names))
        var trials: [TrialID] = []
        try ledger.forEachResult { stored in
            guard case .failure(let failure, _) = stored.outcome, kinds.contains(failure.kind),
                let point = stored.pointIndex, stored.seed < spec.plan.seedCount
            else { return }
            trials.append(spec.plan.trial(point: point, seed: stored.seed))
        }
        desk.submit(.retry(trials.sorted()))
        return QueryResponse(
            text: "", message: "\(trials.count) failed trials are tried again")
    }
}
