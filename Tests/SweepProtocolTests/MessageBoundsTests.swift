import SweepCore
import SweepProtocol
import Testing

/// Each bound from both sides: the last value that passes, and the first that does not.
@Suite("Bounds of messages")
struct MessageBoundsTests {
    private func field(_ message: Message) -> String? {
        do throws(ProtocolError) {
            _ = try MessageCodec.encode(Envelope(message, session: nil))
            return nil
        } catch {
            if case .field(_, let name) = error { return name }
            return "\(error)"
        }
    }

    private func hello(
        slots: Int = 1, credits: Int = 1, held: Int = 0, host: String = "h"
    ) -> Message {
        var description = Samples.description
        description.host = host
        return .hello(
            Hello(
                identity: Samples.hello.identity, incarnation: 1, sequence: 1, sweep: nil,
                slotCount: slots, creditCount: credits,
                held: (0..<held).map { HeldTrial(Lease(TrialID($0), attempt: 0), .queued) }),
            description)
    }

    @Test("slots, credit and leases of a HELLO")
    func helloCounts() {
        #expect(field(hello(slots: 0)) == "slot_count")
        #expect(field(hello(slots: WireLimits.slotCount)) == nil)
        #expect(field(hello(slots: WireLimits.slotCount + 1)) == "slot_count")
        #expect(field(hello(credits: 0)) == nil)
        #expect(field(hello(credits: WireLimits.slotCount + 1)) == "credit_count")
        #expect(field(hello(held: WireLimits.leaseCount)) == nil)
        #expect(field(hello(held: WireLimits.leaseCount + 1)) == "held")
    }

    @Test(
        "a name is printable ASCII of 1 to 255 bytes",
        arguments: ["", "a\nb", "\u{1B}[2J", "kö", "\u{7F}", String(repeating: "x", count: 256)])
    func badNames(name: String) {
        #expect(field(hello(host: name)) == "host")
    }

    @Test("names and log lines from this machine are mended, not refused")
    func mended() throws {
        let mended = WorkerDescription(
            host: "kö\n", process: 1, softwareVersion: "", kernelFamily: "avx2")
        #expect(mended.host == "k???")
        #expect(mended.softwareVersion == "?")
        let long = String(repeating: "é", count: 1_000)
        let crash = Crash(
            Samples.lease, cause: .exit, code: 1,
            lastLines: (0..<30).map { "\($0)" } + [long])
        #expect(crash.lastLines.count == WireLimits.logLineCount)
        #expect(crash.lastLines.first == "11")
        #expect(crash.lastLines.last?.utf8.count == WireLimits.logLineBytes)
        #expect(field(.crashed(crash)) == nil)
        #expect(
            field(.reject(Reject(.busy, message: String(repeating: "é", count: 5_000)))) == nil)
    }

    @Test("trials and attempts")
    func leases() {
        func broken(_ trial: Int, _ attempt: Int) -> String? {
            field(.cancel([Lease(TrialID(trial), attempt: attempt)]))
        }
        #expect(broken(SweepPlan.trialLimit - 1, 0) == nil)
        #expect(broken(SweepPlan.trialLimit, 0) == "trial")
        #expect(broken(-1, 0) == "trial")
        #expect(broken(0, WireLimits.attempt) == nil)
        #expect(broken(0, WireLimits.attempt + 1) == "attempt")
        #expect(broken(0, -1) == "attempt")
    }

    @Test("sizes of a part")
    func parts() {
        func broken(_ change: (inout ResultPart) -> Void) -> String? {
            var part = Samples.part
            change(&part)
            return field(.resultPart(part))
        }
        #expect(broken { $0.partIndex = 2 } == "part_index")
        #expect(broken { $0.partCount = 0 } == "part_count")
        #expect(broken { $0.partCount = 1_001 } == "part_count")
        #expect(broken { $0.content = [] } == "content")
        #expect(broken { $0.byteCount = 399 } == "content")
        #expect(broken { $0.byteCount = Int(WireLimits.resultBytes) + 1 } == "byte_count")
        #expect(
            broken {
                $0.byteCount = 1 << 20
                $0.content = [UInt8](repeating: 1, count: WireLimits.partBytes + 1)
            } == "content")
    }

    @Test("the parameters of an ASSIGN are finite and named once")
    func parameters() {
        func broken(_ parameters: [GridPoint.Parameter]) -> String? {
            field(.assign(Assignment(Samples.lease, point: 0, seed: 0, parameters: parameters)))
        }
        #expect(broken([.init(name: "gain", value: .number(.nan))]) == "parameters")
        #expect(broken([.init(name: "gain", value: .number(.infinity))]) == "parameters")
        let gain = GridPoint.Parameter(name: "gain", value: .number(1))
        #expect(broken([gain, gain]) == "parameters")
        #expect(broken([gain]) == nil)
    }

    @Test("a WELCOME whose spec was changed on its way is refused")
    func changedSpec() throws {
        guard case .welcome(var welcome) = Samples.fromCoordinator[0] else {
            Issue.record("the first sample is no WELCOME")
            return
        }
        var frames = try MessageCodec.encode(Envelope(.welcome(welcome), session: nil))
        let place = try #require(
            frames[1].indices.first { frames[1][$0...].starts(with: Array("seeds: 10".utf8)) })
        frames[1][place + 7] = UInt8(ascii: "2")
        #expect(throws: ProtocolError.field(.welcome, "spec_digest")) {
            try MessageCodec.decode(frames, from: .coordinator)
        }
        welcome.spec += " "
        #expect(field(.welcome(welcome)) == "spec_digest")
    }

    @Test("the data files of a WELCOME have absolute paths, and are few")
    func dataFiles() throws {
        guard case .welcome(var welcome) = Samples.fromCoordinator[0] else {
            Issue.record("the first sample is no WELCOME")
            return
        }
        func broken(_ path: String, count: Int = 1) -> String? {
            welcome.dataFiles = Array(
                repeating: DataFile(path: path, digest: SHA256Digest(of: "x")), count: count)
            return field(.welcome(welcome))
        }
        #expect(broken("/a") == nil)
        #expect(broken("a") == "data_files")
        #expect(broken("") == "data_files")
        #expect(broken("/a\0b") == "data_files")
        #expect(broken("/" + String(repeating: "a", count: WireLimits.pathBytes)) == "data_files")
        #expect(broken("/a", count: WireLimits.dataFileCount) == nil)
        #expect(broken("/a", count: WireLimits.dataFileCount + 1) == "data_files")
    }

    @Test("a digest of pieces is that of the whole")
    func digestOfPieces() {
        let bytes = Samples.outcomeBytes
        var stream = SHA256Stream()
        for start in stride(from: 0, to: bytes.count, by: 300) {
            stream.append(bytes[start..<min(start + 300, bytes.count)])
        }
        stream.append([])
        #expect(stream.finish() == SHA256Digest(of: bytes))
        #expect(
            SHA256Stream().finish().description
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test("a body over its type's size is refused before it is parsed")
    func bodySize() {
        let size = WireLimits.bodyBytes(.heartbeatAck) + 1
        let header: [UInt8] =
            [67, 83, 87, 80, 0, 1, 0, 68, 0, 0, UInt8(size >> 8), UInt8(size & 255)]
            + [UInt8](repeating: 0, count: 8)
        #expect(throws: ProtocolError.bodyTooLong(.heartbeatAck, byteCount: size)) {
            try MessageCodec.decode(
                [header, [UInt8](repeating: 0, count: size)], from: .coordinator)
        }
    }

    @Test("every message within its bounds fits its body size")
    func largestMessages() throws {
        let leases = (0..<WireLimits.leaseCount).map {
            Lease(TrialID(SweepPlan.trialLimit - 1 - $0), attempt: WireLimits.attempt)
        }
        #expect(field(.cancel(leases)) == nil)
        #expect(
            field(
                .heartbeat(
                    Heartbeat(
                        sequence: .max, creditCount: WireLimits.slotCount,
                        held: leases.map { HeldTrial($0, .reporting) }))) == nil)
        let line = String(repeating: "x", count: WireLimits.logLineBytes)
        #expect(
            field(
                .crashed(
                    Crash(
                        leases[0], cause: .exit, code: .max,
                        lastLines: Array(repeating: line, count: WireLimits.logLineCount))))
                == nil)
        let name = String(repeating: "n", count: WireLimits.nameBytes - 3)
        let parameters = (0..<WireLimits.parameterCount).map {
            GridPoint.Parameter(name: "\(name)\($0)", value: .word(name))
        }
        #expect(
            field(.assign(Assignment(leases[0], point: 0, seed: 0, parameters: parameters)))
                == nil)
        let part = ResultPart(
            leases[0], digest: SHA256Digest(of: "x"), byteCount: Int(WireLimits.resultBytes),
            partIndex: 4_094, partCount: 4_096,
            content: [UInt8](repeating: 1, count: WireLimits.partBytes),
            wallMilliseconds: .max, cpuMilliseconds: .max)
        #expect(field(.resultPart(part)) == nil)
        #expect(
            field(
                .welcome(
                    Welcome(
                        greeting: .max,
                        terms: Terms(
                            heartbeatMilliseconds: 86_400_000, leaseMilliseconds: 86_400_000,
                            sweep: .max),
                        name: String(repeating: "n", count: 255),
                        spec: String(repeating: "s", count: WireLimits.specBytes),
                        dataFiles: (0..<WireLimits.dataFileCount).map { number in
                            let path = String(
                                repeating: "/", count: WireLimits.pathBytes - 2)
                            return DataFile(
                                path: path + "\(number + 10)", digest: SHA256Digest(of: "x"))
                        }))) == nil)
    }
}
