import SweepCore
import SweepProtocol
import Testing

@Suite("Message codec")
struct MessageCodecTests {
    @Test("every type of message comes back as it was", arguments: Samples.all)
    func roundTrip(message: Message) throws {
        let envelope = Envelope(message, session: Samples.session)
        let frames = try MessageCodec.encode(envelope)
        #expect(try MessageCodec.decode(frames, from: message.kind.sender) == envelope)
    }

    @Test("the samples leave no type out")
    func samplesAreComplete() {
        #expect(Set(Samples.all.map(\.kind)) == Set(Message.Kind.allCases))
        #expect(Samples.fromWorker.allSatisfy { $0.kind.sender == .worker })
        #expect(Samples.fromCoordinator.allSatisfy { $0.kind.sender == .coordinator })
    }

    @Test("the header is laid out as documented")
    func headerLayout() throws {
        let frames = try MessageCodec.encode(Envelope(.ping, session: Samples.session))
        #expect(
            frames == [[67, 83, 87, 80, 0, 1, 0, 73, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 9]])
    }

    @Test("no session is zero in the header, and nil again")
    func noSession() throws {
        let frames = try MessageCodec.encode(Envelope(.bye, session: nil))
        #expect(frames[0].suffix(8).allSatisfy { $0 == 0 })
        #expect(try MessageCodec.decode(frames, from: .worker).session == nil)
    }

    @Test("a message from the wrong side is refused", arguments: Samples.all)
    func wrongDirection(message: Message) throws {
        let frames = try MessageCodec.encode(Envelope(message, session: nil))
        let other: Message.Side = message.kind.sender == .worker ? .coordinator : .worker
        #expect(throws: ProtocolError.wrongDirection(message.kind)) {
            try MessageCodec.decode(frames, from: other)
        }
    }

    @Test("every prefix of a message is refused", arguments: Samples.all)
    func truncated(message: Message) throws {
        let frames = try MessageCodec.encode(Envelope(message, session: nil))
        for length in 0..<frames[0].count {
            #expect(throws: ProtocolError.self) {
                try MessageCodec.decode(
                    [Array(frames[0].prefix(length))] + frames.dropFirst(),
                    from: message.kind.sender)
            }
        }
        guard frames.count == 2 else { return }
        for length in 0..<min(frames[1].count, 600) {
            #expect(throws: ProtocolError.self) {
                try MessageCodec.decode(
                    [frames[0], Array(frames[1].prefix(length))], from: message.kind.sender)
            }
        }
    }

    @Test("no frame, three frames and an empty second frame are refused")
    func frameCounts() throws {
        let header = try MessageCodec.encode(Envelope(.ping, session: nil))[0]
        #expect(throws: ProtocolError.frameCount(0)) {
            try MessageCodec.decode([], from: .coordinator)
        }
        #expect(throws: ProtocolError.frameCount(3)) {
            try MessageCodec.decode([header, [], []], from: .coordinator)
        }
        #expect(throws: ProtocolError.bodyLength(.ping, declared: 0, received: 0)) {
            try MessageCodec.decode([header, []], from: .coordinator)
        }
    }

    @Test("another version is told apart from garbage, and answered with a refusal")
    func otherVersion() throws {
        var header = try MessageCodec.encode(Envelope(.bye, session: nil))[0]
        header[5] = 2
        let error = #expect(throws: ProtocolError.version(2)) {
            try MessageCodec.decode([header], from: .worker)
        }
        #expect(error?.rejection.code == .version)
        header[0] = 0
        #expect(throws: ProtocolError.magic) {
            try MessageCodec.decode([header], from: .worker)
        }
    }

    @Test("a refusal of a later version is understood, with fields and codes we do not know")
    func laterRejection() throws {
        // code = 99, version = 7, an unknown field 15 = 1.
        let body: [UInt8] = [0x08, 99, 0x10, 7, 0x78, 1]
        let header: [UInt8] =
            [67, 83, 87, 80, 0, 7, 0, 66, 0, 0, 0, 6] + [UInt8](repeating: 0, count: 8)
        var expected = Reject(.version, message: "")
        expected.version = 7
        #expect(
            try MessageCodec.decode([header, body], from: .coordinator).message
                == .reject(expected))
    }

    @Test("unknown fields are refused, at the top and inside")
    func unknownFields() throws {
        func refuses(_ kind: UInt8, _ body: [UInt8], _ expected: Message.Kind) {
            let header: [UInt8] =
                [67, 83, 87, 80, 0, 1, 0, kind, 0, 0, 0, UInt8(body.count)]
                + [UInt8](repeating: 0, count: 8)
            #expect(throws: ProtocolError.unknownFields(expected)) {
                try MessageCodec.decode([header, body], from: expected.sender)
            }
        }
        // HEARTBEAT_ACK with field 2; CANCEL whose lease has field 9.
        refuses(68, [0x08, 1, 0x10, 1], .heartbeatAck)
        refuses(72, [0x0A, 4, 0x08, 1, 0x48, 1], .cancel)
    }

    @Test("the wire's own example of a CANCEL decodes to the leases it names")
    func handWrittenBytes() throws {
        // leases: {trial: 300, attempt: 1}, {} (trial 0, attempt 0).
        let body: [UInt8] = [0x0A, 5, 0x08, 0xAC, 0x02, 0x10, 1, 0x0A, 0]
        let header: [UInt8] =
            [67, 83, 87, 80, 0, 1, 0, 72, 0, 0, 0, 9] + [UInt8](repeating: 0, count: 8)
        #expect(
            try MessageCodec.decode([header, body], from: .coordinator).message
                == .cancel([Lease(TrialID(300), attempt: 1), Lease(TrialID(0), attempt: 0)]))
    }

    @Test("a message without its lease is refused")
    func missingLease() throws {
        let body: [UInt8] = [0x10, 1]
        let header: [UInt8] =
            [67, 83, 87, 80, 0, 1, 0, 4, 0, 0, 0, 2] + [UInt8](repeating: 0, count: 8)
        #expect(throws: ProtocolError.field(.crashed, "lease")) {
            try MessageCodec.decode([header, body], from: .worker)
        }
    }
}
