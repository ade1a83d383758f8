import SweepCore
import SweepProtocol
import SweepWorker
import Testing

/// Frames and messages between a supervisor and its children.
@Suite("Framing of the children's pipes")
struct FramingTests {
    @Test("frames come out as they went in, however the bytes are cut", arguments: UInt64(1)...20)
    func anyCuts(seed: UInt64) throws {
        var generator = TestGenerator(seed: seed)
        let payloads = (0..<50).map { _ in generator.bytes(generator.below(5_000)) }
        let stream = payloads.flatMap { FrameBuffer.frame($0) }
        var buffer = FrameBuffer(limit: 5_000)
        var found: [[UInt8]] = []
        var rest = stream[...]
        while !rest.isEmpty {
            let count = min(rest.count, 1 + generator.below(3_000))
            buffer.append(rest.prefix(count))
            rest = rest.dropFirst(count)
            while let payload = try buffer.next() { found.append(payload) }
        }
        #expect(found == payloads)
    }

    @Test("a frame over the limit is refused as soon as its length is known")
    func tooLong() throws {
        var buffer = FrameBuffer(limit: 100)
        buffer.append([101, 0, 0])
        #expect(try buffer.next() == nil)
        buffer.append([0])
        #expect(throws: FrameBuffer.TooLong(byteCount: 101)) { try buffer.next() }
        var largest = FrameBuffer(limit: 100)
        largest.append([255, 255, 255, 255])
        #expect(throws: FrameBuffer.TooLong(byteCount: Int(UInt32.max))) { try largest.next() }
    }

    @Test("requests are read back")
    func requestsComeBack() throws {
        for request in [
            ChildRequest.prepare(World.welcome(greeting: 1)), .compute(assignment(4, attempt: 2)),
            .resume(assignment(4, attempt: 2).lease, [1, 2, 3]),
        ] {
            let payload = Array(try request.frame().dropFirst(4))
            #expect(try ChildRequest(payload: payload) == request)
        }
    }

    @Test("any bytes are safe as a request")
    func anyRequestBytes() throws {
        var generator = TestGenerator(seed: 5)
        let good = Array(try ChildRequest.compute(assignment(4)).frame().dropFirst(4))
        for _ in 0..<20_000 {
            var bytes = good
            for _ in 0...generator.below(3) {
                bytes[generator.below(bytes.count)] = UInt8(truncatingIfNeeded: generator.next())
            }
            if generator.below(4) == 0 { bytes.removeLast(generator.below(bytes.count)) }
            if let request = try? ChildRequest(payload: bytes) {
                #expect(Array(try request.frame().dropFirst(4)).count <= ChildRequest.byteLimit)
            }
        }
        #expect(throws: ProtocolError.self) { try ChildRequest(payload: []) }
    }

    @Test("an outcome is read back with its lease and times")
    func finishedComesBack() throws {
        let trial = try finished(123, attempt: 4, wallMilliseconds: 1 << 40, doubles: 9)
        #expect(FinishedTrial(bytes: trial.bytes) == trial)
        let failure = FinishedTrial(
            Lease(TrialID(0), attempt: 0), .failure,
            content: try OutcomeCodec.encode(
                .failure(TrialFailure(.diverged, "at step 3"), diagnostics: [])),
            wallMilliseconds: 0, cpuMilliseconds: 0)
        #expect(FinishedTrial(bytes: failure.bytes) == failure)
    }

    @Test("what a child says of checkpoints is read back, and nothing else is")
    func answersComeBack() throws {
        let lease = Lease(TrialID(5), attempt: 2)
        let answers: [ChildAnswer] = [
            .finished(try finished(3)), .checkpoint(lease, content: [9, 8]),
            .continued(lease, step: 1 << 50), .refused(lease, reason: "it is damaged"),
        ]
        for answer in answers { #expect(ChildAnswer(bytes: answer.bytes) == answer) }
        for answer in answers.dropFirst() {
            for count in 0..<13 {
                #expect(ChildAnswer(bytes: Array(answer.bytes.prefix(count))) == nil)
            }
            var unknown = answer.bytes
            unknown[0] = 6
            #expect(ChildAnswer(bytes: unknown) == nil)
        }
        #expect(ChildAnswer(bytes: answers[2].bytes + [0]) == nil)
        #expect(ChildAnswer(bytes: Array(answers[1].bytes.prefix(13))) == nil)
    }

    @Test("an outcome that contradicts itself, is cut or out of bounds is none")
    func finishedIsChecked() throws {
        let good = try finished(1).bytes
        for count in 0..<35 { #expect(FinishedTrial(bytes: Array(good.prefix(count))) == nil) }
        var contradicting = good
        contradicting[0] = 2
        #expect(FinishedTrial(bytes: contradicting) == nil)
        var unknown = good
        unknown[0] = 3
        #expect(FinishedTrial(bytes: unknown) == nil)
        var farTrial = good
        farTrial[8] = 0x80
        #expect(FinishedTrial(bytes: farTrial) == nil)
        var farAttempt = good
        farAttempt[12] = 0xFF
        #expect(FinishedTrial(bytes: farAttempt) == nil)
    }

    @Test("a log is cut into lines, and the last of them remembered within bounds")
    func logTail() {
        var tail = LogTail()
        #expect(tail.append(Array("one\ntw".utf8)) == ["one"])
        #expect(tail.append(Array("o\n\nthree".utf8)) == ["two", ""])
        #expect(tail.finish() == ["three"])
        #expect(tail.finish() == [])
        #expect(tail.lines == ["one", "two", "", "three"])
        _ = tail.append([UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20))
        _ = tail.append(Array(String(repeating: "\ny", count: 25).utf8))
        #expect(tail.lines.count == WireLimits.logLineCount)
        #expect(tail.lines.allSatisfy { $0.utf8.count <= WireLimits.logLineBytes })
        var bytes = LogTail()
        #expect(bytes.append([0xFF, 0x0A]) == ["\u{FFFD}"])
    }

    @Test("a line of the worker's log is one line, whatever its values are")
    func logLines() {
        let line = WorkerLogLine(
            .warning, "trial-crashed",
            ["trial": "3#0", "last": "a\nb\u{1B}[2J\"\\", "empty": "", "bidi": "\u{202E}x"])
        #expect(
            line.text
                == #"warning trial-crashed trial=3#0 last="a\nb\u{1b}[2J\"\\" empty="" "#
                + #"bidi="\u{202e}x""#)
        let long = WorkerLogLine(.info, "x", ["v": String(repeating: "é", count: 2_000)]).text
        #expect(long.utf8.count < 1_100)
    }
}
