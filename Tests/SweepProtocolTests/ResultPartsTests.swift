import SweepCore
import SweepProtocol
import Testing

@Suite("Results in parts")
struct ResultPartsTests {
    static let lease = Lease(TrialID(1), attempt: 0)
    static let content: [UInt8] = (0..<95).map { UInt8($0) }

    static func worker(_ number: UInt32) -> WorkerID { WorkerID(epoch: 1, number: number) }

    /// Parts of 10 bytes, three granted ahead, 300 bytes at once.
    static func intake(budget: Int = 300) -> ResultIntake {
        var limits = ResultIntake.Limits()
        limits.partBytes = 10
        limits.resultBytes = 200
        limits.windowParts = 3
        limits.budgetBytes = budget
        return ResultIntake(limits: limits)
    }

    static func outgoing(
        _ lease: Lease = lease, _ content: [UInt8] = content
    ) throws -> OutgoingResult {
        try OutgoingResult(
            lease, content: content, limits: .init(resultBytes: 200, partBytes: 10),
            wallMilliseconds: 5, cpuMilliseconds: 4)
    }

    /// Every part, credit ignored.
    static func parts(_ lease: Lease = lease, _ content: [UInt8] = content) throws -> [ResultPart] {
        var outgoing = try outgoing(lease, content)
        outgoing.receive(ResultCredit(lease, receivedParts: 0, grantedParts: 1_000))
        var parts: [ResultPart] = []
        while let part = outgoing.nextPart {
            parts.append(part)
            outgoing.markSent()
        }
        return parts
    }

    static let received = ReceivedResult(
        lease: lease, digest: SHA256Digest(of: content), content: content, wallMilliseconds: 5,
        cpuMilliseconds: 4)

    @Test("a small result is complete with its first part, without credit")
    func onePart() throws {
        var intake = Self.intake()
        let small = Array(Self.content.prefix(10))
        let part = try #require(try Self.outgoing(Self.lease, small).nextPart)
        #expect(
            try intake.accept(part, from: Self.worker(1)) == [
                .complete(
                    ReceivedResult(
                        lease: Self.lease, digest: SHA256Digest(of: small), content: small,
                        wallMilliseconds: 5, cpuMilliseconds: 4), from: Self.worker(1))
            ])
        #expect(intake.openCount == 0)
    }

    @Test("a worker and a coordinator pass a large result, never past the credit")
    func wholeDialogue() throws {
        var intake = Self.intake()
        var outgoing = try Self.outgoing()
        var largestLead = 0
        var steps: [ResultIntake.Step] = []
        while let part = outgoing.nextPart {
            outgoing.markSent()
            steps = try intake.accept(part, from: Self.worker(1))
            for case .credit(let credit, to: Self.worker(1)) in steps {
                outgoing.receive(credit)
                largestLead = max(largestLead, credit.grantedParts - credit.receivedParts)
            }
        }
        #expect(steps == [.complete(Self.received, from: Self.worker(1))])
        #expect(outgoing.sentPartCount == 10)
        #expect(largestLead == 3)
        #expect(intake.reservedBytes == 0)
        #expect(intake.openCount == 0)
    }

    @Test("parts out of order and twice give the same result")
    func anyOrder() throws {
        var intake = Self.intake()
        let parts = try Self.parts()
        var steps: [ResultIntake.Step] = []
        for index in [0, 3, 3, 1, 2, 0, 5, 6, 4, 6, 9, 8, 7] {
            steps = try intake.accept(parts[index], from: Self.worker(1))
        }
        #expect(steps == [.complete(Self.received, from: Self.worker(1))])
    }

    @Test("a missing part holds the credit where it is")
    func missingPart() throws {
        var intake = Self.intake()
        let parts = try Self.parts()
        _ = try intake.accept(parts[0], from: Self.worker(1))
        let stuck = ResultIntake.Step.credit(
            ResultCredit(Self.lease, receivedParts: 1, grantedParts: 4), to: Self.worker(1))
        #expect(try intake.accept(parts[2], from: Self.worker(1)) == [stuck])
        #expect(try intake.accept(parts[3], from: Self.worker(1)) == [stuck])
        #expect(throws: ResultIntake.PartError.beyondCredit) {
            try intake.accept(parts[4], from: Self.worker(1))
        }
        let free = ResultIntake.Step.credit(
            ResultCredit(Self.lease, receivedParts: 4, grantedParts: 7), to: Self.worker(1))
        #expect(try intake.accept(parts[1], from: Self.worker(1)) == [free])
    }

    @Test("a result over the budget waits until another is done")
    func budget() throws {
        var intake = Self.intake(budget: 100)
        let parts = try Self.parts()
        _ = try intake.accept(parts[0], from: Self.worker(1))
        #expect(try intake.accept(parts[0], from: Self.worker(2)) == [])
        #expect(throws: ResultIntake.PartError.beyondCredit) {
            try intake.accept(parts[1], from: Self.worker(2))
        }
        for part in parts[1..<9] { _ = try intake.accept(part, from: Self.worker(1)) }
        let granted = ResultIntake.Step.credit(
            ResultCredit(Self.lease, receivedParts: 1, grantedParts: 4), to: Self.worker(2))
        #expect(
            try intake.accept(parts[9], from: Self.worker(1)) == [
                .complete(Self.received, from: Self.worker(1)), granted,
            ])
        #expect(intake.reservedBytes == 95)
    }

    @Test("a result larger than the whole budget still gets through alone")
    func smallBudget() throws {
        var intake = Self.intake(budget: 1)
        #expect(try intake.accept(Self.parts()[0], from: Self.worker(1)).count == 1)
    }

    @Test("a worker that is gone makes room for the next")
    func forgotten() throws {
        var intake = Self.intake(budget: 100)
        let first = try Self.parts()[0]
        _ = try intake.accept(first, from: Self.worker(1))
        _ = try intake.accept(first, from: Self.worker(2))
        _ = try intake.accept(first, from: Self.worker(3))
        #expect(intake.forget(Self.worker(2)) == [])
        #expect(
            intake.forget(Self.worker(1)) == [
                .credit(
                    ResultCredit(Self.lease, receivedParts: 1, grantedParts: 4),
                    to: Self.worker(3))
            ])
        #expect(intake.forget(Self.worker(1)) == [])
    }

    @Test("the first part of another result drops the one begun")
    func replaced() throws {
        var intake = Self.intake()
        let other = Lease(TrialID(2), attempt: 0)
        let parts = try Self.parts()
        _ = try intake.accept(parts[0], from: Self.worker(1))
        _ = try intake.accept(Self.parts(other)[0], from: Self.worker(1))
        #expect(intake.openCount == 1)
        #expect(intake.reservedBytes == 95)
        #expect(throws: ResultIntake.PartError.notBegun) {
            try intake.accept(parts[1], from: Self.worker(1))
        }
    }

    @Test("changed bytes are noticed at the end")
    func damaged() throws {
        var intake = Self.intake()
        var steps: [ResultIntake.Step] = []
        for var part in try Self.parts() {
            if part.partIndex == 4 { part.content[3] ^= 1 }
            steps = try intake.accept(part, from: Self.worker(1))
        }
        #expect(steps == [.damaged(Self.lease, from: Self.worker(1))])
        #expect(intake.reservedBytes == 0)
    }

    @Test("sizes that contradict the limits or each other are refused")
    func contradictions() throws {
        var intake = Self.intake()
        let first = try Self.parts()[0]
        func refusal(_ change: (inout ResultPart) -> Void) -> ResultIntake.PartError? {
            var part = first
            change(&part)
            do throws(ResultIntake.PartError) {
                _ = try intake.accept(part, from: Self.worker(1))
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal { $0.byteCount = 201 } == .tooLarge)
        #expect(refusal { $0.partCount = 9 } == .inconsistent)
        #expect(refusal { $0.content = [1] } == .inconsistent)
        #expect(refusal { $0.partIndex = 9 } == .inconsistent)
        #expect(refusal { $0.partIndex = 1 } == .notBegun)
        #expect(refusal { _ in } == nil)
        #expect(
            refusal {
                $0.byteCount = 94
            } == .inconsistent)
    }

    @Test("a worker refuses to send what the sweep does not allow, and starts anew on a new line")
    func outgoingLimits() throws {
        #expect(throws: OutcomeError.tooLarge(byteCount: 201, limit: 200)) {
            try Self.outgoing(Self.lease, [UInt8](repeating: 0, count: 201))
        }
        var outgoing = try Self.outgoing()
        outgoing.markSent()
        #expect(outgoing.nextPart == nil)
        outgoing.receive(
            ResultCredit(Lease(TrialID(9), attempt: 0), receivedParts: 0, grantedParts: 9))
        #expect(outgoing.nextPart == nil)
        outgoing.receive(ResultCredit(Self.lease, receivedParts: 1, grantedParts: 500))
        #expect(outgoing.grantedPartCount == 10)
        outgoing.restart()
        #expect(outgoing.nextPart?.partIndex == 0)
        #expect(outgoing.grantedPartCount == 1)
    }
}
