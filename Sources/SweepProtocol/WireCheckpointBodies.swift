import SweepCore

extension WireCheckpointOffer {
    init(_ offer: CheckpointOffer) {
        self.init()
        digest = .init(offer.digest.bytes)
        byteCount = UInt64(offer.byteCount)
        step = offer.step
    }

    func offer() throws(ProtocolError) -> CheckpointOffer {
        guard let digest = SHA256Digest(bytes: Array(digest)) else {
            throw .field(.assign, "checkpoint")
        }
        return CheckpointOffer(digest: digest, byteCount: Int(clamping: byteCount), step: step)
    }
}

extension WireCheckpointAck: CheckedBody {
    init(_ acknowledgement: CheckpointAcknowledgement) {
        self.init()
        lease = WireLease(acknowledgement.lease)
        digest = .init(acknowledgement.digest.bytes)
        verdict = acknowledgement.verdict.rawValue
    }

    func acknowledgement() throws(ProtocolError) -> CheckpointAcknowledgement {
        guard hasLease else { throw .field(.checkpointAck, "lease") }
        guard let digest = SHA256Digest(bytes: Array(digest)) else {
            throw .field(.checkpointAck, "digest")
        }
        guard let verdict = CheckpointAcknowledgement.Verdict(rawValue: verdict) else {
            throw .field(.checkpointAck, "verdict")
        }
        return CheckpointAcknowledgement(lease.lease, digest: digest, verdict)
    }

    var hasUnknownFields: Bool { !unknownFields.data.isEmpty || lease.hasUnknownFields }
}

extension WireCheckpointFetch: CheckedBody {
    init(_ fetch: CheckpointFetch) {
        self.init()
        lease = WireLease(fetch.lease)
        digest = .init(fetch.digest.bytes)
        firstPart = UInt32(fetch.firstPart)
        partCount = UInt32(fetch.partCount)
    }

    func fetch() throws(ProtocolError) -> CheckpointFetch {
        guard hasLease else { throw .field(.fetchCheckpoint, "lease") }
        guard let digest = SHA256Digest(bytes: Array(digest)) else {
            throw .field(.fetchCheckpoint, "digest")
        }
        return CheckpointFetch(
            lease.lease, digest: digest, firstPart: Int(firstPart), partCount: Int(partCount))
    }

    var hasUnknownFields: Bool { !unknownFields.data.isEmpty || lease.hasUnknownFields }
}

extension WireContinued: CheckedBody {
    init(_ continuation: Continuation) {
        self.init()
        lease = WireLease(continuation.lease)
        step = continuation.step
    }

    func continuation() throws(ProtocolError) -> Continuation {
        guard hasLease else { throw .field(.continued, "lease") }
        return Continuation(lease.lease, step: step)
    }

    var hasUnknownFields: Bool { !unknownFields.data.isEmpty || lease.hasUnknownFields }
}
