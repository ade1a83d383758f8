import SweepCore
import SweepProtocol

/// Messages that keep every bound of the wire, drawn from choices.
enum RandomMessage {
    static func session(using choices: inout some Choices) -> WorkerID? {
        // Session 0 is none.
        let number = choices.number(upTo: .max)
        return number == 0 ? nil : WorkerID(rawValue: number)
    }

    static func message(using choices: inout some Choices) -> Message {
        switch choices.pick(Message.Kind.allCases) {
        case .hello: hello(using: &choices)
        case .heartbeat:
            .heartbeat(
                Heartbeat(
                    sequence: choices.number(upTo: .max),
                    creditCount: whole(upTo: WireLimits.slotCount, using: &choices),
                    held: held(using: &choices)))
        case .resultPart: .resultPart(part(using: &choices))
        case .crashed: .crashed(crash(using: &choices))
        case .returned: .returned(leases(using: &choices))
        case .drain: .drain
        case .bye: .bye
        case .welcome: .welcome(welcome(using: &choices))
        case .reject:
            .reject(
                Reject(
                    choices.pick(Reject.Code.allCases),
                    retryAfterMilliseconds: choices.number(
                        upTo: WireLimits.intervalMilliseconds),
                    message: text(atMost: WireLimits.messageBytes, using: &choices)))
        case .assign: .assign(assignment(using: &choices))
        case .heartbeatAck: .heartbeatAck(sequence: choices.number(upTo: .max))
        case .resultCredit: .resultCredit(credit(using: &choices))
        case .acknowledge:
            .acknowledge(
                Acknowledgement(
                    lease(using: &choices), choices.pick(Acknowledgement.Verdict.allCases),
                    message: text(atMost: WireLimits.messageBytes, using: &choices)))
        case .takeBack: .takeBack(leases(using: &choices))
        case .cancel: .cancel(leases(using: &choices))
        case .ping: .ping
        case .dismiss: .dismiss(choices.pick([.finished, .stopping]))
        case .checkpointPart: .checkpointPart(part(using: &choices))
        case .checkpointPiece: .checkpointPiece(part(using: &choices))
        case .checkpointCredit: .checkpointCredit(credit(using: &choices))
        case .checkpointAck:
            .checkpointAck(
                CheckpointAcknowledgement(
                    lease(using: &choices), digest: digest(using: &choices),
                    choices.pick(CheckpointAcknowledgement.Verdict.allCases)))
        case .fetchCheckpoint:
            .fetchCheckpoint(
                CheckpointFetch(
                    lease(using: &choices), digest: digest(using: &choices),
                    firstPart: whole(upTo: Int(Int32.max), using: &choices),
                    partCount: 1 + whole(upTo: WireLimits.fetchedParts - 1, using: &choices)))
        case .continued:
            .continued(
                Continuation(
                    lease(using: &choices), step: choices.number(upTo: WireLimits.step)))
        case .saveCheckpoints: .saveCheckpoints
        }
    }

    static func assignment(using choices: inout some Choices) -> Assignment {
        var parameters: [GridPoint.Parameter] = []
        for index in 0..<choices.size(below: 20) {
            let value: ParameterValue =
                choices.once(in: 3)
                ? .word(name(mayBeEmpty: true, using: &choices)) : .number(double(using: &choices))
            // The number makes it a name of its own.
            parameters.append(.init(name: "p\(index)", value: value))
        }
        return Assignment(
            lease(using: &choices), point: whole(upTo: Grid.pointLimit - 1, using: &choices),
            seed: whole(upTo: SweepPlan.trialLimit - 1, using: &choices), parameters: parameters,
            checkpoint: choices.once(in: 2) ? nil : offer(using: &choices))
    }

    private static func offer(using choices: inout some Choices) -> CheckpointOffer {
        CheckpointOffer(
            digest: digest(using: &choices),
            byteCount: 1 + Int(choices.number(upTo: WireLimits.resultBytes - 1)),
            step: choices.number(upTo: WireLimits.step))
    }

    static func welcome(using choices: inout some Choices) -> Welcome {
        let interval = WireLimits.intervalMilliseconds - 1
        return Welcome(
            greeting: choices.number(upTo: .max),
            terms: Terms(
                heartbeatMilliseconds: 1 + choices.number(upTo: interval),
                leaseMilliseconds: 1 + choices.number(upTo: interval),
                sweep: choices.number(upTo: .max)),
            limits: .init(
                resultBytes: 1 + Int(choices.number(upTo: WireLimits.resultBytes - 1)),
                partBytes: 1 + whole(upTo: WireLimits.partBytes - 1, using: &choices),
                unacknowledgedResults: 1 + whole(upTo: WireLimits.leaseCount - 1, using: &choices),
                checkpointMilliseconds: choices.number(upTo: WireLimits.intervalMilliseconds)),
            name: name(using: &choices), spec: text(atMost: 2_000, using: &choices),
            kernelChoice: name(using: &choices))
    }

    static func lease(using choices: inout some Choices) -> Lease {
        Lease(
            TrialID(whole(upTo: SweepPlan.trialLimit - 1, using: &choices)),
            attempt: whole(upTo: WireLimits.attempt, using: &choices))
    }

    /// A finite number; the ends of the range, the smallest ones and minus zero among them.
    static func double(using choices: inout some Choices) -> Double {
        let special: [Double] = [
            0, -0.0, 1, -1, 0.1, 1e-300, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .pi,
            -.greatestFiniteMagnitude, .leastNormalMagnitude, 1e22, 9_007_199_254_740_992,
        ]
        if choices.once(in: 2) { return choices.pick(special) }
        let any = Double(bitPattern: choices.next())
        return any.isFinite ? any : 0.5
    }

    /// Any valid text: letters, control characters, and every length of UTF-8.
    static func text(atMost limit: Int, using choices: inout some Choices) -> String {
        let pieces = [
            "a", "0", " ", "é", "χ", "€", "\u{1F600}", "\n", "\u{0}", "\u{202E}", "e\u{301}", "\"",
            "\u{FEFF}", "\u{FFFF}", "\u{10FFFF}", "\\", "\u{7F}",
        ]
        var text = ""
        for _ in 0..<choices.size(below: 200) { text += choices.pick(pieces) }
        while text.utf8.count > limit { text.unicodeScalars.removeLast() }
        return text
    }

    /// A name of the wire: printable ASCII.
    static func name(mayBeEmpty: Bool = false, using choices: inout some Choices) -> String {
        let count = choices.once(in: 16) ? WireLimits.nameBytes : choices.size(below: 40)
        let bytes = (0..<max(count, mayBeEmpty ? 0 : 1)).map { _ in
            UInt8(0x20 + choices.below(0x5F))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func digest(using choices: inout some Choices) -> SHA256Digest {
        SHA256Digest(of: [choices.byte()])
    }

    static func whole(upTo bound: Int, using choices: inout some Choices) -> Int {
        Int(choices.number(upTo: UInt64(bound)))
    }

    private static func leases(using choices: inout some Choices) -> [Lease] {
        (0..<choices.size(below: 60)).map { _ in lease(using: &choices) }
    }

    private static func held(using choices: inout some Choices) -> [HeldTrial] {
        (0..<choices.size(below: 40)).map { _ in
            HeldTrial(lease(using: &choices), choices.pick([.queued, .running, .reporting]))
        }
    }

    private static func hello(using choices: inout some Choices) -> Message {
        let sweep: UInt64? = choices.once(in: 3) ? nil : choices.number(upTo: .max)
        let hello = Hello(
            identity: WorkerIdentity(high: choices.next(), low: choices.next()),
            incarnation: choices.number(upTo: .max), sequence: choices.number(upTo: .max),
            sweep: sweep, slotCount: 1 + whole(upTo: WireLimits.slotCount - 1, using: &choices),
            creditCount: whole(upTo: WireLimits.slotCount, using: &choices),
            held: held(using: &choices), isLeaving: choices.once(in: 2))
        return .hello(
            hello,
            WorkerDescription(
                host: name(using: &choices),
                process: UInt32(choices.number(upTo: UInt64(UInt32.max))),
                softwareVersion: name(using: &choices), kernelFamily: name(using: &choices),
                specDigest: choices.once(in: 2) ? nil : digest(using: &choices)))
    }

    private static func part(using choices: inout some Choices) -> ResultPart {
        let content = (0...choices.size(below: 600)).map { _ in choices.byte() }
        let room = Int(WireLimits.resultBytes) - content.count
        let byteCount = content.count + whole(upTo: room, using: &choices)
        let largest = min(byteCount, Int(UInt32.max))
        let partCount = 1 + whole(upTo: largest - 1, using: &choices)
        return ResultPart(
            lease(using: &choices), digest: digest(using: &choices), byteCount: byteCount,
            partIndex: whole(upTo: partCount - 1, using: &choices), partCount: partCount,
            content: content, wallMilliseconds: choices.number(upTo: .max),
            cpuMilliseconds: choices.number(upTo: .max))
    }

    private static func crash(using choices: inout some Choices) -> Crash {
        let lines = (0..<choices.size(below: WireLimits.logLineCount + 1)).map { _ in
            text(atMost: WireLimits.logLineBytes, using: &choices)
        }
        return Crash(
            lease(using: &choices), cause: choices.pick(Crash.Cause.allCases),
            code: UInt32(choices.number(upTo: UInt64(UInt32.max))), lastLines: lines)
    }

    private static func credit(using choices: inout some Choices) -> ResultCredit {
        let granted = whole(upTo: Int(Int32.max), using: &choices)
        return ResultCredit(
            lease(using: &choices), receivedParts: whole(upTo: granted, using: &choices),
            grantedParts: granted)
    }
}
