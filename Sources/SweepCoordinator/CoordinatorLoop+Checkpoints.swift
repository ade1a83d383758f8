import SweepCore
import SweepProtocol

/// What the loop knows of checkpoints; their bytes are with the book.
struct CheckpointDesk: Sendable {
    /// The newest durable one of each open trial.
    var kept: [TrialID: KeptCheckpoint] = [:]
    /// Parts of those that are coming in.
    var intake: ResultIntake
    /// Bytes handed to the book and not durable yet.
    var awaitedBytes = 0
    /// Which session waits to hear what became of its checkpoint.
    var senders: [Lease: WorkerID] = [:]
    /// Which sessions wait for bytes of a trial's checkpoint.
    var readers: [TrialID: Reader] = [:]
    /// Attempts that were given a checkpoint.
    var continued: [TrialID: Lease] = [:]
    /// Attempts that said that they took it up, the latest of each trial.
    var noted: [TrialID: Int] = [:]
    /// When to ask once more for checkpoints before a stop.
    var lastCall: UInt64?

    struct Reader: Sendable {
        var worker: WorkerID
        var fetch: CheckpointFetch
    }

    /// Bytes of checkpoints on their way to the disk, beyond those being received.
    static let awaitedLimit = 64 << 20
    /// An attempt that crashed twice after going on from the same checkpoint may owe it to that.
    static let crashLimit = 2
    /// How long before the end of a stop the last checkpoints are asked for.
    static let lastCallMilliseconds: UInt64 = 4_000

    init(resultBytes: Int, kept: [KeptCheckpoint]) {
        var limits = ResultIntake.Limits()
        limits.resultBytes = resultBytes
        limits.budgetBytes = 64 << 20
        intake = ResultIntake(limits: limits)
        for checkpoint in kept { self.kept[checkpoint.lease.trial] = checkpoint }
    }

    mutating func forget(_ trial: TrialID) {
        kept[trial] = nil
        readers[trial] = nil
        continued[trial] = nil
        noted[trial] = nil
    }
}

extension CoordinatorLoop where Wire: ~Copyable {
    // MARK: From a worker to the book

    mutating func takeCheckpoint(_ part: ResultPart, from worker: WorkerID) throws {
        guard settings.checkpointMilliseconds > 0, scheduler.isHeld(part.lease, by: worker) else {
            if part.partIndex == 0 {
                answerCheckpoint(part.lease, part.digest, .unwanted, to: worker)
            }
            return
        }
        let isFirst = part.partIndex == 0
        let room = CheckpointDesk.awaitedLimit - checkpoints.awaitedBytes
        // One of a trial at a time. Results come first: without an answer the worker tries later.
        if checkpoints.senders[part.lease] != nil { return }
        if isFirst, isGrantingPaused || checkpoints.awaitedBytes > 0 && part.byteCount > room {
            return
        }
        let steps: [ResultIntake.Step]
        do throws(ResultIntake.PartError) {
            steps = try checkpoints.intake.accept(part, from: worker)
        } catch .notBegun {
            return
        } catch {
            try noteBreach("a part of the checkpoint of \(part.lease) is \(error)", of: worker)
            return
        }
        for step in steps {
            switch step {
            case .complete(let checkpoint, let sender): try take(checkpoint, from: sender)
            case .damaged(let lease, let sender):
                try noteBreach(
                    "the checkpoint of \(lease) is not what was announced", of: sender)
            case .credit(let credit, let receiver): send(.checkpointCredit(credit), to: receiver)
            }
        }
    }

    private mutating func take(_ received: ReceivedResult, from worker: WorkerID) throws {
        guard let content = CheckpointContent(bytes: received.content) else {
            try noteBreach("the checkpoint of \(received.lease) cannot be read", of: worker)
            return
        }
        // It may have changed hands while the parts were coming.
        guard scheduler.isHeld(received.lease, by: worker),
            let identity = connections[worker]?.identity
        else {
            answerCheckpoint(received.lease, received.digest, .unwanted, to: worker)
            return
        }
        checkpoints.awaitedBytes += received.content.count
        checkpoints.senders[received.lease] = worker
        write(
            .checkpoint(
                BookCheckpoint(
                    received.lease, worker: identity, step: content.step,
                    kernelFamily: content.kernelFamily, softwareVersion: content.softwareVersion,
                    digest: received.digest, content: received.content)))
    }

    /// The book is done with a checkpoint.
    mutating func take(_ verdict: BookVerdict, of checkpoint: BookCheckpoint) throws {
        checkpoints.awaitedBytes -= checkpoint.byteCount
        let sender = checkpoints.senders.removeValue(forKey: checkpoint.lease)
        var isKept = false
        switch verdict {
        case .durable:
            isKept = true
            counters.checkpoints += 1
            // The trial's result may have overtaken the answer.
            if scheduler.settlement(of: checkpoint.lease.trial) == nil {
                checkpoints.kept[checkpoint.lease.trial] = KeptCheckpoint(
                    checkpoint.lease, step: checkpoint.step, byteCount: checkpoint.byteCount,
                    kernelFamily: checkpoint.kernelFamily,
                    softwareVersion: checkpoint.softwareVersion, digest: checkpoint.digest)
                try tell(.checkpointKept(checkpoint.lease, step: checkpoint.step))
            }
        case .refused(let reason):
            observer.log("a checkpoint of \(checkpoint.lease) is not kept: \(reason)")
        case .reopened, .divergent: break
        }
        if let sender {
            answerCheckpoint(
                checkpoint.lease, checkpoint.digest, isKept ? .kept : .unwanted, to: sender)
        }
    }

    private mutating func answerCheckpoint(
        _ lease: Lease, _ digest: SHA256Digest, _ verdict: CheckpointAcknowledgement.Verdict,
        to worker: WorkerID
    ) {
        send(
            .checkpointAck(CheckpointAcknowledgement(lease, digest: digest, verdict)), to: worker)
    }

    mutating func forgetParts(of worker: WorkerID) {
        perform(intake.forget(worker))
        grantCheckpoints(checkpoints.intake.forget(worker))
    }

    /// A lease is over: the rest of its checkpoint will not come.
    mutating func forgetCheckpointParts(of lease: Lease, from worker: WorkerID) {
        grantCheckpoints(checkpoints.intake.forget(lease, of: worker))
    }

    private mutating func grantCheckpoints(_ steps: [ResultIntake.Step]) {
        for case .credit(let credit, let receiver) in steps {
            send(.checkpointCredit(credit), to: receiver)
        }
    }

    // MARK: From the book to a worker

    /// The checkpoint that a worker may go on from: made by the kernels and the critsweep that it
    /// has itself, because a result belongs to one of each.
    mutating func offer(for lease: Lease, to worker: WorkerID) -> CheckpointOffer? {
        checkpoints.continued[lease.trial] = nil
        guard settings.checkpointMilliseconds > 0, let kept = checkpoints.kept[lease.trial],
            let description = connections[worker]?.description,
            description.softwareVersion == kept.softwareVersion,
            kept.crashCount < CheckpointDesk.crashLimit
        else { return nil }
        let family =
            settings.kernelChoice == "auto" ? description.kernelFamily : settings.kernelChoice
        guard family == kept.kernelFamily else { return nil }
        checkpoints.continued[lease.trial] = lease
        return CheckpointOffer(
            digest: kept.digest, byteCount: kept.byteCount, step: kept.step)
    }

    mutating func take(_ fetch: CheckpointFetch, from worker: WorkerID) {
        let trial = fetch.lease.trial
        guard scheduler.isHeld(fetch.lease, by: worker), let kept = checkpoints.kept[trial],
            kept.digest == fetch.digest
        else {
            answerCheckpoint(fetch.lease, fetch.digest, .gone, to: worker)
            return
        }
        let offset = fetch.firstPart * WireLimits.partBytes
        // One read a trial at a time, however often a worker asks.
        guard checkpoints.readers[trial]?.worker != worker, offset < kept.byteCount else { return }
        checkpoints.readers[trial] = .init(worker: worker, fetch: fetch)
        book.read(
            CheckpointRequest(
                trial: trial, digest: fetch.digest, offset: offset,
                byteCount: min(fetch.partCount * WireLimits.partBytes, kept.byteCount - offset)))
    }

    mutating func take(_ piece: CheckpointPiece) {
        let request = piece.request
        guard let reader = checkpoints.readers.removeValue(forKey: request.trial),
            reader.fetch.digest == request.digest,
            let kept = checkpoints.kept[request.trial], kept.digest == request.digest
        else { return }
        guard let bytes = piece.bytes, bytes.count == request.byteCount else {
            observer.log(
                "the checkpoint of \(reader.fetch.lease) is damaged; the trial begins afresh")
            checkpoints.kept[request.trial] = nil
            answerCheckpoint(reader.fetch.lease, request.digest, .gone, to: reader.worker)
            return
        }
        let size = WireLimits.partBytes
        let partCount = (kept.byteCount + size - 1) / size
        for start in stride(from: 0, to: bytes.count, by: size) {
            send(
                .checkpointPiece(
                    ResultPart(
                        reader.fetch.lease, digest: kept.digest, byteCount: kept.byteCount,
                        partIndex: (request.offset + start) / size, partCount: partCount,
                        content: Array(bytes[start..<min(start + size, bytes.count)]),
                        wallMilliseconds: 0, cpuMilliseconds: 0)), to: reader.worker)
        }
    }

    /// A worker has taken up what it was offered.
    mutating func take(_ continuation: Continuation, from worker: WorkerID) {
        let lease = continuation.lease
        guard scheduler.isHeld(lease, by: worker),
            checkpoints.noted[lease.trial] != lease.attempt
        else { return }
        checkpoints.noted[lease.trial] = lease.attempt
        checkpoints.continued[lease.trial] = lease
        write(.continuation(lease, step: continuation.step))
    }

    /// An attempt crashed; perhaps for what it went on from.
    mutating func noteCrashAfterCheckpoint(_ lease: Lease) {
        guard checkpoints.continued[lease.trial] == lease else { return }
        checkpoints.continued[lease.trial] = nil
        // One that kept a newer checkpoint before it crashed is not to blame.
        guard let kept = checkpoints.kept[lease.trial], kept.lease != lease else { return }
        checkpoints.kept[lease.trial]?.crashCount += 1
    }

    // MARK: Stopping

    /// Has everything that runs write a checkpoint now.
    mutating func callForCheckpoints() {
        guard settings.checkpointMilliseconds > 0 else { return }
        for worker in connections.workers where connections[worker]?.identity != nil {
            send(.saveCheckpoints, to: worker)
        }
    }
}
