import SweepCore

// Between the generated bodies of a worker and our values. Bounds are checked elsewhere, by
// Message.check(); here only what has no value of ours at all is refused.

extension WireLease {
    /// Bounds were checked before, so both numbers fit.
    init(_ lease: Lease) {
        self.init()
        trial = UInt32(lease.trial.rawValue)
        attempt = UInt32(lease.attempt)
    }

    var lease: Lease { Lease(TrialID(Int(trial)), attempt: Int(attempt)) }

    var hasUnknownFields: Bool { !unknownFields.data.isEmpty }
}

extension WireLeases: CheckedBody {
    init(_ leases: [Lease]) {
        self.init()
        self.leases = leases.map(WireLease.init)
    }

    func leases(of kind: Message.Kind) throws(ProtocolError) -> [Lease] {
        guard leases.count <= WireLimits.leaseCount else { throw .field(kind, "leases") }
        return leases.map(\.lease)
    }

    var hasUnknownFields: Bool {
        !unknownFields.data.isEmpty || leases.contains { $0.hasUnknownFields }
    }
}

extension WireHeldTrial {
    init(_ held: HeldTrial) {
        self.init()
        lease = WireLease(held.lease)
        phase =
            switch held.phase {
            case .queued: 1
            case .running: 2
            case .reporting: 3
            }
    }

    func held(of kind: Message.Kind) throws(ProtocolError) -> HeldTrial {
        guard hasLease else { throw .field(kind, "lease") }
        switch phase {
        case 1: return HeldTrial(lease.lease, .queued)
        case 2: return HeldTrial(lease.lease, .running)
        case 3: return HeldTrial(lease.lease, .reporting)
        default: throw .field(kind, "phase")
        }
    }

    var hasUnknownFields: Bool { !unknownFields.data.isEmpty || lease.hasUnknownFields }
}

private func allHeld(
    _ wire: [WireHeldTrial], of kind: Message.Kind
) throws(ProtocolError) -> [HeldTrial] {
    guard wire.count <= WireLimits.leaseCount else { throw .field(kind, "held") }
    var all: [HeldTrial] = []
    all.reserveCapacity(wire.count)
    for trial in wire { all.append(try trial.held(of: kind)) }
    return all
}

extension WireHello: CheckedBody {
    init(_ hello: Hello, _ description: WorkerDescription) {
        self.init()
        identity = .init(hello.identity.bytes)
        incarnation = hello.incarnation
        sequence = hello.sequence
        if let sweep = hello.sweep { self.sweep = sweep }
        slotCount = UInt32(hello.slotCount)
        creditCount = UInt32(hello.creditCount)
        held = hello.held.map(WireHeldTrial.init)
        isLeaving = hello.isLeaving
        host = description.host
        process = description.process
        softwareVersion = description.softwareVersion
        kernelFamily = description.kernelFamily
        specDigest = .init(description.specDigest?.bytes ?? [])
    }

    func message() throws(ProtocolError) -> Message {
        guard let identity = WorkerIdentity(bytes: Array(identity)) else {
            throw .field(.hello, "identity")
        }
        let digest = SHA256Digest(bytes: Array(specDigest))
        guard digest != nil || specDigest.isEmpty else { throw .field(.hello, "spec_digest") }
        var description = WorkerDescription(
            host: "", process: process, softwareVersion: "", kernelFamily: "",
            specDigest: digest)
        // Not through the initialiser, which mends: from a peer, a bad name is wrong.
        description.host = host
        description.softwareVersion = softwareVersion
        description.kernelFamily = kernelFamily
        return .hello(
            Hello(
                identity: identity, incarnation: incarnation, sequence: sequence,
                sweep: hasSweep ? sweep : nil, slotCount: Int(slotCount),
                creditCount: Int(creditCount), held: try allHeld(held, of: .hello),
                isLeaving: isLeaving),
            description)
    }

    var hasUnknownFields: Bool {
        !unknownFields.data.isEmpty || held.contains { $0.hasUnknownFields }
    }
}

extension WireHeartbeat: CheckedBody {
    init(_ heartbeat: Heartbeat) {
        self.init()
        sequence = heartbeat.sequence
        creditCount = UInt32(heartbeat.creditCount)
        held = heartbeat.held.map(WireHeldTrial.init)
    }

    func heartbeat() throws(ProtocolError) -> Heartbeat {
        Heartbeat(
            sequence: sequence, creditCount: Int(creditCount),
            held: try allHeld(held, of: .heartbeat))
    }

    var hasUnknownFields: Bool {
        !unknownFields.data.isEmpty || held.contains { $0.hasUnknownFields }
    }
}

extension WireResultPart: CheckedBody {
    init(_ part: ResultPart) {
        self.init()
        lease = WireLease(part.lease)
        digest = .init(part.digest.bytes)
        byteCount = UInt64(part.byteCount)
        partIndex = UInt32(part.partIndex)
        partCount = UInt32(part.partCount)
        content = .init(part.content)
        wallMilliseconds = part.wallMilliseconds
        cpuMilliseconds = part.cpuMilliseconds
    }

    func part(of kind: Message.Kind) throws(ProtocolError) -> ResultPart {
        guard hasLease else { throw .field(kind, "lease") }
        guard let digest = SHA256Digest(bytes: Array(digest)) else {
            throw .field(kind, "digest")
        }
        return ResultPart(
            lease.lease, digest: digest, byteCount: Int(clamping: byteCount),
            partIndex: Int(partIndex), partCount: Int(partCount), content: Array(content),
            wallMilliseconds: wallMilliseconds, cpuMilliseconds: cpuMilliseconds)
    }

    var hasUnknownFields: Bool { !unknownFields.data.isEmpty || lease.hasUnknownFields }
}

extension WireCrashed: CheckedBody {
    init(_ crash: Crash) {
        self.init()
        lease = WireLease(crash.lease)
        cause = crash.cause.rawValue
        code = crash.code
        lastLines = crash.lastLines
    }

    func crash() throws(ProtocolError) -> Crash {
        guard hasLease else { throw .field(.crashed, "lease") }
        guard let cause = Crash.Cause(rawValue: cause) else { throw .field(.crashed, "cause") }
        var crash = Crash(lease.lease, cause: cause, code: code)
        // Not through the initialiser, which cuts: from a peer, too long is wrong.
        crash.lastLines = lastLines
        return crash
    }

    var hasUnknownFields: Bool { !unknownFields.data.isEmpty || lease.hasUnknownFields }
}
