import SweepCore

extension WireWelcome: CheckedBody {
    init(_ welcome: Welcome) {
        self.init()
        greeting = welcome.greeting
        heartbeatMilliseconds = welcome.terms.heartbeatMilliseconds
        leaseMilliseconds = welcome.terms.leaseMilliseconds
        sweep = welcome.terms.sweep
        limits = .with {
            $0.resultBytes = UInt64(welcome.limits.resultBytes)
            $0.partBytes = UInt32(welcome.limits.partBytes)
            $0.unacknowledgedResults = UInt32(welcome.limits.unacknowledgedResults)
            $0.checkpointMilliseconds = welcome.limits.checkpointMilliseconds
        }
        name = welcome.name
        spec = welcome.spec
        specDigest = .init(welcome.specDigest.bytes)
        kernelChoice = welcome.kernelChoice
        dataFiles = welcome.dataFiles.map { file in
            .with {
                $0.path = file.path
                $0.digest = .init(file.digest.bytes)
            }
        }
    }

    func welcome() throws(ProtocolError) -> Welcome {
        guard let digest = SHA256Digest(bytes: Array(specDigest)) else {
            throw .field(.welcome, "spec_digest")
        }
        guard dataFiles.count <= WireLimits.dataFileCount else {
            throw .field(.welcome, "data_files")
        }
        var files: [DataFile] = []
        for file in dataFiles {
            guard let digest = SHA256Digest(bytes: Array(file.digest)) else {
                throw .field(.welcome, "data_files")
            }
            files.append(DataFile(path: file.path, digest: digest))
        }
        var welcome = Welcome(
            greeting: greeting,
            terms: Terms(
                heartbeatMilliseconds: heartbeatMilliseconds,
                leaseMilliseconds: leaseMilliseconds, sweep: sweep),
            limits: .init(
                resultBytes: Int(clamping: limits.resultBytes), partBytes: Int(limits.partBytes),
                unacknowledgedResults: Int(limits.unacknowledgedResults),
                checkpointMilliseconds: limits.checkpointMilliseconds),
            name: name, spec: spec, kernelChoice: kernelChoice, dataFiles: files)
        // What the sender claims; a spec that does not have this digest was changed on its way.
        guard welcome.specDigest == digest else { throw .field(.welcome, "spec_digest") }
        welcome.specDigest = digest
        return welcome
    }

    var hasUnknownFields: Bool {
        !unknownFields.data.isEmpty || !limits.unknownFields.data.isEmpty
            || dataFiles.contains { !$0.unknownFields.data.isEmpty }
    }
}

extension WireReject: CheckedBody {
    init(_ reject: Reject) {
        self.init()
        code = reject.code.rawValue
        version = UInt32(reject.version)
        retryAfterMilliseconds = reject.retryAfterMilliseconds
        message = reject.message
    }

    func reject() throws(ProtocolError) -> Reject {
        // A later version may have more codes, and what they all mean here is: stop.
        let isOurs = version == UInt32(Message.version)
        guard let code = Reject.Code(rawValue: code) ?? (isOurs ? nil : .version),
            let version = UInt16(exactly: version)
        else { throw .field(.reject, "code") }
        var reject = Reject(code, retryAfterMilliseconds: retryAfterMilliseconds, message: "")
        reject.version = version
        reject.message = message
        return reject
    }

    var hasUnknownFields: Bool { !unknownFields.data.isEmpty }
}

extension WireAssign: CheckedBody {
    init(_ assignment: Assignment) {
        self.init()
        lease = WireLease(assignment.lease)
        point = UInt32(assignment.point)
        seed = UInt32(assignment.seed)
        parameters = assignment.parameters.map { parameter in
            .with {
                $0.name = parameter.name
                switch parameter.value {
                case .number(let number): $0.number = number
                case .word(let word): $0.word = word
                }
            }
        }
        if let checkpoint = assignment.checkpoint { self.checkpoint = .init(checkpoint) }
    }

    func assignment() throws(ProtocolError) -> Assignment {
        guard hasLease else { throw .field(.assign, "lease") }
        guard parameters.count <= WireLimits.parameterCount else {
            throw .field(.assign, "parameters")
        }
        var values: [GridPoint.Parameter] = []
        for parameter in parameters {
            switch parameter.value {
            case .number(let number):
                values.append(.init(name: parameter.name, value: .number(number)))
            case .word(let word):
                values.append(.init(name: parameter.name, value: .word(word)))
            case nil: throw .field(.assign, "parameters")
            }
        }
        return Assignment(
            lease.lease, point: Int(point), seed: Int(seed), parameters: values,
            checkpoint: hasCheckpoint ? try checkpoint.offer() : nil)
    }

    var hasUnknownFields: Bool {
        !unknownFields.data.isEmpty || lease.hasUnknownFields
            || !checkpoint.unknownFields.data.isEmpty
            || parameters.contains { !$0.unknownFields.data.isEmpty }
    }
}

extension WireHeartbeatAck: CheckedBody {
    var hasUnknownFields: Bool { !unknownFields.data.isEmpty }
}

extension WireResultCredit: CheckedBody {
    init(_ credit: ResultCredit) {
        self.init()
        lease = WireLease(credit.lease)
        receivedParts = UInt32(credit.receivedParts)
        grantedParts = UInt32(credit.grantedParts)
    }

    func credit(of kind: Message.Kind) throws(ProtocolError) -> ResultCredit {
        guard hasLease else { throw .field(kind, "lease") }
        return ResultCredit(
            lease.lease, receivedParts: Int(receivedParts), grantedParts: Int(grantedParts))
    }

    var hasUnknownFields: Bool { !unknownFields.data.isEmpty || lease.hasUnknownFields }
}

extension WireAcknowledge: CheckedBody {
    init(_ acknowledgement: Acknowledgement) {
        self.init()
        lease = WireLease(acknowledgement.lease)
        verdict = acknowledgement.verdict.rawValue
        message = acknowledgement.message
    }

    func acknowledgement() throws(ProtocolError) -> Acknowledgement {
        guard hasLease else { throw .field(.acknowledge, "lease") }
        guard let verdict = Acknowledgement.Verdict(rawValue: verdict) else {
            throw .field(.acknowledge, "verdict")
        }
        var acknowledgement = Acknowledgement(lease.lease, verdict)
        acknowledgement.message = message
        return acknowledgement
    }

    var hasUnknownFields: Bool { !unknownFields.data.isEmpty || lease.hasUnknownFields }
}

extension WireDismiss: CheckedBody {
    init(_ dismissal: Dismissal) {
        self.init()
        reason =
            switch dismissal {
            case .finished: 1
            case .stopping: 2
            }
    }

    func dismissal() throws(ProtocolError) -> Dismissal {
        switch reason {
        case 1: return .finished
        case 2: return .stopping
        default: throw .field(.dismiss, "reason")
        }
    }

    var hasUnknownFields: Bool { !unknownFields.data.isEmpty }
}
