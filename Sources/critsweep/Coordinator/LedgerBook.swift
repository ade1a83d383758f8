import SweepCoordinator
import SweepCore
import SweepLedger
import SweepProtocol
import SweepTransport
import Synchronization

/// The loop's book: the ledger on its own thread, which wakes the loop through an eventfd.
final class LedgerBook: ResultBook, Sendable {
    let thread: LedgerThread<Ledger>
    private let wakeUp: WakeUp
    /// Bytes of checkpoints that were read, on their way to the loop.
    private let pieces = Mutex<[CheckpointPiece]>([])

    init(_ ledger: sending Ledger) throws {
        let wakeUp = try WakeUp()
        self.wakeUp = wakeUp
        thread = LedgerThread(ledger, wake: { wakeUp.signal() })
    }

    var descriptor: Int32 { wakeUp.descriptor }

    func write(_ entry: BookEntry) -> BookAdmission {
        switch thread.enqueue(Self.ledgerWrite(entry)) {
        case .accepted, .pressed: .accepted
        case .refused: .refused
        }
    }

    func takeNews() -> BookNews {
        // Before the news, so that nothing that comes later is missed.
        wakeUp.drain()
        let news = thread.takeNews()
        let state: BookNews.State =
            switch news.state {
            case .running: .running
            case .diskFull: .diskFull
            case .failed(let error): .failed(message: "\(error)", exitCode: error.exitCode)
            case .closed: .failed(message: "the ledger is closed", exitCode: 73)
            }
        var bookNews = BookNews(
            verdicts: news.receipts.map(Self.verdict), state: state, isPressed: news.isPressed)
        bookNews.pieces = pieces.withLock { pieces in
            defer { pieces = [] }
            return pieces
        }
        return bookNews
    }

    func read(_ request: CheckpointRequest) {
        let isAsked = thread.ask { [self] ledger in
            put(CheckpointPiece(request, bytes: Self.bytes(of: request, in: ledger)))
        }
        if !isAsked { put(CheckpointPiece(request, bytes: nil)) }
    }

    private func put(_ piece: CheckpointPiece) {
        pieces.withLock { $0.append(piece) }
        wakeUp.signal()
    }

    /// nil when it cannot be read: the trial then begins afresh, and the next commit meets what is
    /// wrong with the ledger.
    private static func bytes(of request: CheckpointRequest, in ledger: Ledger) -> [UInt8]? {
        guard let digest = ContentDigest(request.digest.bytes) else { return nil }
        do throws(LedgerError) {
            return try ledger.checkpoint(
                of: request.trial, digest: digest, from: request.offset, count: request.byteCount)
        } catch {
            return nil
        }
    }

    private static func ledgerWrite(_ entry: BookEntry) -> LedgerWrite {
        switch entry {
        case .grant(let lease, let worker): .grant(GrantRecord(lease, worker: worker))
        case .loss(let lease, let kind, let reason):
            .loss(LossRecord(lease, kind, reason: reason))
        case .forgiveness(let lease): .forgiveness(lease)
        case .result(let result): .result(record(result))
        case .duplicate(let result): .duplicate(record(result))
        case .reopen(let trial): .reopen(trial, reason: "retry")
        case .checkpoint(let checkpoint):
            .checkpoint(
                CheckpointRecord(
                    checkpoint.lease, worker: checkpoint.worker, step: checkpoint.step,
                    kernelFamily: checkpoint.kernelFamily,
                    softwareVersion: checkpoint.softwareVersion, content: checkpoint.content))
        case .continuation(let lease, let step): .continuation(lease, step: step)
        }
    }

    private static func record(_ result: BookResult) -> ResultRecord {
        ResultRecord(
            result.lease, worker: result.worker, outcome: result.outcome,
            kernelFamily: result.kernelFamily, softwareVersion: result.softwareVersion,
            wallMilliseconds: Int64(clamping: result.wallMilliseconds),
            cpuMilliseconds: Int64(clamping: result.cpuMilliseconds))
    }

    private static func verdict(_ receipt: LedgerReceipt) -> BookVerdict {
        switch receipt.verdict {
        case .granted, .noted, .recorded, .alreadyRecorded, .benignDuplicate, .otherKernels,
            .checkpointKept:
            .durable
        case .reopened(let attempt): .reopened(nextAttempt: attempt)
        case .divergentDuplicate: .divergent
        case .refused(let refusal): .refused(refusal.rawValue)
        }
    }
}
