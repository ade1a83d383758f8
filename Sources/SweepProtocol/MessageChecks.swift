import SweepCore

/// A body that can tell whether it, or a message inside it, has fields unknown to this version.
protocol CheckedBody {
    var hasUnknownFields: Bool { get }
}

extension Message {
    /// Checks every bound of ``WireLimits``; used before sending and after receiving.
    func check() throws(ProtocolError) {
        var checks = FieldChecks(kind: kind)
        switch self {
        case .hello(let hello, let description): checks.check(hello, description)
        case .heartbeat(let heartbeat):
            checks.check(heartbeat.held)
            checks.require(
                (0...WireLimits.slotCount).contains(heartbeat.creditCount), "credit_count")
        case .resultPart(let part), .checkpointPart(let part), .checkpointPiece(let part):
            checks.check(part)
        case .checkpointAck(let acknowledgement): checks.check(acknowledgement.lease)
        case .fetchCheckpoint(let fetch):
            checks.check(fetch.lease)
            checks.require((0...Int(Int32.max)).contains(fetch.firstPart), "first_part")
            checks.require((1...WireLimits.fetchedParts).contains(fetch.partCount), "part_count")
        case .continued(let continuation):
            checks.check(continuation.lease)
            checks.require(continuation.step <= WireLimits.step, "step")
        case .crashed(let crash):
            checks.check(crash.lease)
            checks.require(crash.lastLines.count <= WireLimits.logLineCount, "last_lines")
            for line in crash.lastLines {
                checks.require(line.utf8.count <= WireLimits.logLineBytes, "last_lines")
            }
        case .returned(let leases), .takeBack(let leases), .cancel(let leases):
            checks.require(leases.count <= WireLimits.leaseCount, "leases")
            for lease in leases { checks.check(lease) }
        case .welcome(let welcome): checks.check(welcome)
        case .reject(let reject):
            checks.require(
                reject.retryAfterMilliseconds <= WireLimits.intervalMilliseconds,
                "retry_after_milliseconds")
            checks.require(reject.message.utf8.count <= WireLimits.messageBytes, "message")
        case .assign(let assignment): checks.check(assignment)
        case .resultCredit(let credit), .checkpointCredit(let credit):
            checks.check(credit.lease)
            checks.require(credit.receivedParts >= 0, "received_parts")
            checks.require(credit.receivedParts <= credit.grantedParts, "granted_parts")
            checks.require(credit.grantedParts <= Int(Int32.max), "granted_parts")
        case .acknowledge(let acknowledgement):
            checks.check(acknowledgement.lease)
            checks.require(
                acknowledgement.message.utf8.count <= WireLimits.messageBytes, "message")
        case .heartbeatAck, .ping, .drain, .bye, .dismiss, .saveCheckpoints: break
        }
        if let field = checks.firstBroken { throw .field(kind, field) }
    }
}

/// Collects the first field that is out of bounds.
private struct FieldChecks {
    let kind: Message.Kind
    var firstBroken: String?

    mutating func require(_ condition: Bool, _ field: String) {
        if !condition, firstBroken == nil { firstBroken = field }
    }

    /// A name is printable ASCII, so that it is safe in any log.
    mutating func require(name: String, _ field: String, mayBeEmpty: Bool = false) {
        let bytes = name.utf8
        require(mayBeEmpty || !bytes.isEmpty, field)
        require(bytes.count <= WireLimits.nameBytes, field)
        require(bytes.allSatisfy { (0x20..<0x7F).contains($0) }, field)
    }

    mutating func check(_ lease: Lease) {
        require((0..<SweepPlan.trialLimit).contains(lease.trial.rawValue), "trial")
        require((0...WireLimits.attempt).contains(lease.attempt), "attempt")
    }

    mutating func check(_ held: [HeldTrial]) {
        require(held.count <= WireLimits.leaseCount, "held")
        for trial in held { check(trial.lease) }
    }

    mutating func check(_ hello: Hello, _ description: WorkerDescription) {
        require((1...WireLimits.slotCount).contains(hello.slotCount), "slot_count")
        require((0...WireLimits.slotCount).contains(hello.creditCount), "credit_count")
        check(hello.held)
        require(name: description.host, "host")
        require(name: description.softwareVersion, "software_version")
        require(name: description.kernelFamily, "kernel_family")
    }

    mutating func check(_ part: ResultPart) {
        check(part.lease)
        require(part.byteCount >= 1, "byte_count")
        require(UInt64(clamping: part.byteCount) <= WireLimits.resultBytes, "byte_count")
        require((1...WireLimits.partBytes).contains(part.content.count), "content")
        require(part.content.count <= part.byteCount, "content")
        require(part.partCount >= 1 && part.partCount <= part.byteCount, "part_count")
        require((0..<max(1, part.partCount)).contains(part.partIndex), "part_index")
    }

    mutating func check(_ welcome: Welcome) {
        let interval = 1...WireLimits.intervalMilliseconds
        require(interval.contains(welcome.terms.leaseMilliseconds), "lease_milliseconds")
        require(interval.contains(welcome.terms.heartbeatMilliseconds), "heartbeat_milliseconds")
        require(
            welcome.limits.resultBytes >= 1
                && UInt64(clamping: welcome.limits.resultBytes) <= WireLimits.resultBytes,
            "result_bytes")
        require((1...WireLimits.partBytes).contains(welcome.limits.partBytes), "part_bytes")
        require(
            (1...WireLimits.leaseCount).contains(welcome.limits.unacknowledgedResults),
            "unacknowledged_results")
        require(
            welcome.limits.checkpointMilliseconds <= WireLimits.intervalMilliseconds,
            "checkpoint_milliseconds")
        require(name: welcome.name, "name")
        require(name: welcome.kernelChoice, "kernel_choice")
        require(welcome.spec.utf8.count <= WireLimits.specBytes, "spec")
        require(SHA256Digest(of: welcome.spec) == welcome.specDigest, "spec_digest")
        require(welcome.dataFiles.count <= WireLimits.dataFileCount, "data_files")
        for file in welcome.dataFiles {
            let path = file.path.utf8
            require(path.first == UInt8(ascii: "/"), "data_files")
            require(path.count <= WireLimits.pathBytes && !path.contains(0), "data_files")
        }
    }

    mutating func check(_ assignment: Assignment) {
        check(assignment.lease)
        require((0..<Grid.pointLimit).contains(assignment.point), "point")
        require((0..<SweepPlan.trialLimit).contains(assignment.seed), "seed")
        require(assignment.parameters.count <= WireLimits.parameterCount, "parameters")
        if let offer = assignment.checkpoint {
            require(offer.byteCount >= 1, "checkpoint")
            require(UInt64(clamping: offer.byteCount) <= WireLimits.resultBytes, "checkpoint")
            require(offer.step <= WireLimits.step, "checkpoint")
        }
        var names: Set<String> = []
        for parameter in assignment.parameters {
            require(name: parameter.name, "parameters")
            require(names.insert(parameter.name).inserted, "parameters")
            switch parameter.value {
            case .number(let number): require(number.isFinite, "parameters")
            case .word(let word): require(name: word, "parameters", mayBeEmpty: true)
            }
        }
    }
}
