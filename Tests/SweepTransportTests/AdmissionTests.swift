import Foundation
import SweepCore
import SweepProtocol
import SweepTransport
import Testing

@Suite("Who may talk to a coordinator", .serialized)
struct AdmissionTests {
    @Test(
        "a worker on the list talks, over tcp and ipc, and its key is known",
        arguments: ["tcp://127.0.0.1:*", "ipc"])
    func goodWorker(endpoint: String) throws {
        let fixture = try Fixture()
        let directory = try TemporaryDirectory()
        let address = endpoint == "ipc" ? "ipc://\(directory.file("socket"))" : endpoint
        var coordinator = try fixture.coordinator(at: [address])
        var worker = try fixture.worker(at: coordinator.endpoints[0])
        #expect(try firstEvent(&worker) == .connected)
        #expect(try worker.send(Envelope(heartbeat, session: session)) == .sent)
        let arrivals = try nextArrivals(&coordinator)
        #expect(arrivals.count == 1)
        #expect(arrivals[0].key == fixture.workerKeys.publicKey)
        #expect(try arrivals[0].content.get() == Envelope(heartbeat, session: session))
        let answer = Envelope(.heartbeatAck(sequence: 1), session: session)
        #expect(try coordinator.send(answer, to: arrivals[0].peer) == .sent)
        #expect(try nextMessages(&worker).map { try $0.get() } == [answer])
    }

    @Test("a key that is not on the list is refused")
    func stranger() throws {
        let fixture = try Fixture()
        let coordinator = try fixture.coordinator()
        var worker = try fixture.worker(at: coordinator.endpoints[0], keys: .generate())
        #expect(try firstEvent(&worker) == .refused)
        let (firstCount, isConnected) = (worker.refusalCount, worker.isConnected)
        #expect(firstCount == 1)
        #expect(!isConnected)
        try worker.reconnect()
        #expect(try firstEvent(&worker) == .refused)
        let secondCount = worker.refusalCount
        #expect(secondCount == 2)
    }

    @Test("a coordinator with another key than the worker was given gets nothing")
    func wrongServerKey() throws {
        let fixture = try Fixture()
        let coordinator = try fixture.coordinator()
        var worker = try fixture.worker(
            at: coordinator.endpoints[0], serverKey: CurveKeyPair.generate().publicKey)
        #expect(try worker.send(Envelope(heartbeat, session: nil)) == .full)
        #expect(try firstEvent(&worker) != .connected)
    }

    @Test("a line that breaks in the handshake is no refusal, and is not tried again unasked")
    func brokenHandshake() throws {
        let door = try SlammingDoor()
        defer { door.stop() }
        var worker = try Fixture().worker(at: door.endpoint)
        #expect(try firstEvent(&worker) == .handshakeFailed)
        var news: [WorkerSocket.LinkEvent] = []
        for _ in 0..<10 {
            _ = try worker.wait(milliseconds: 50)
            news += try worker.linkEvents()
        }
        #expect(news == [])
        #expect(door.acceptedCount == 1)
        try worker.reconnect()
        #expect(try firstEvent(&worker) == .handshakeFailed)
    }

    /// What a peer without our library may send: silence, HTTP, a plain ZMTP handshake of three
    /// versions, a frame of 2⁶³ bytes, noise.
    static let garbage: [[UInt8]] = [
        [], Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8),
        [0xFF] + [UInt8](repeating: 0, count: 8) + [0x7F, 3, 0] + Array("NULL".utf8)
            + [UInt8](repeating: 0, count: 48) + [4, 26, 5] + Array("READY".utf8) + [11]
            + Array("Socket-Type".utf8) + [0, 0, 0, 6] + Array("DEALER".utf8),
        [0xFF] + [UInt8](repeating: 0, count: 8) + [0x7F, 1, 5] + [0, 0],
        [1, 0, 5, 0, 104, 101, 108, 108],
        [0xFF] + [UInt8](repeating: 0, count: 8) + [0x7F, 3, 0] + Array("CURVE".utf8)
            + [UInt8](repeating: 0, count: 47) + [6] + [0x7F] + [UInt8](repeating: 255, count: 7),
        (0..<2_000).map { UInt8(truncatingIfNeeded: $0 &* 37 ^ $0 >> 3) },
    ]

    @Test("peers that send garbage get nothing, and disturb no worker")
    func garbagePeers() throws {
        let fixture = try Fixture()
        var coordinator = try fixture.coordinator()
        var worker = try fixture.worker(at: coordinator.endpoints[0])
        #expect(try firstEvent(&worker) == .connected)
        let peers = try Self.garbage.map { bytes in
            let peer = try PlainConnection(coordinator.endpoints[0])
            peer.send(bytes)
            return peer
        }
        for sequence in 1...20 {
            let message = Message.heartbeat(
                Heartbeat(sequence: UInt64(sequence), creditCount: 1, held: []))
            #expect(try worker.send(Envelope(message, session: nil)) == .sent)
            let arrivals = try nextArrivals(&coordinator)
            #expect(arrivals.map { try? $0.content.get().message } == [message])
        }
        // The silent one goes when its handshake takes too long.
        for peer in peers { #expect(peer.isClosedByPeer()) }
        #expect(try coordinator.receive(atMost: 1).isEmpty)
        let drops = coordinator.dropCounts
        #expect(drops == .init())
    }

    @Test("a key taken off the list is silenced at its next message, and cannot come back")
    func revoked() throws {
        let fixture = try Fixture()
        let friend = try CurveKeyPair.generate()
        fixture.allowList.insert(friend.publicKey)
        var coordinator = try fixture.coordinator()
        var worker = try fixture.worker(at: coordinator.endpoints[0])
        var other = try fixture.worker(at: coordinator.endpoints[0], keys: friend)
        #expect(try firstEvent(&worker) == .connected)
        #expect(try firstEvent(&other) == .connected)
        fixture.allowList.replace(with: [friend.publicKey])
        #expect(try worker.send(Envelope(heartbeat, session: nil)) == .sent)
        try Patience.wait(for: "the message to be dropped") {
            _ = try coordinator.wait(milliseconds: 100)
            #expect(try coordinator.receive(atMost: 10).isEmpty)
            return coordinator.dropCounts.revoked == 1 ? () : nil
        }
        #expect(try other.send(Envelope(heartbeat, session: nil)) == .sent)
        #expect(try nextArrivals(&coordinator).map(\.key) == [friend.publicKey])
        try worker.reconnect()
        #expect(try firstEvent(&worker) == .refused)
    }

    @Test("two coordinators in one process keep their lists apart")
    func twoDomains() throws {
        let (first, second) = (try Fixture(), try Fixture())
        let one = try first.coordinator()
        let two = try second.coordinator()
        var stray = try first.worker(
            at: two.endpoints[0], serverKey: second.serverKeys.publicKey)
        #expect(try firstEvent(&stray) == .refused)
        var good = try first.worker(at: one.endpoints[0])
        #expect(try firstEvent(&good) == .connected)
    }

    @Test("when the key check stops, nobody gets in any more and the coordinator notices")
    func keyCheckStopped() throws {
        // A context of its own, as other tests need theirs.
        let context = Context()
        let fixture = try Fixture()
        var settings = CoordinatorSocket.Settings(
            endpoints: ["tcp://127.0.0.1:*"], keys: fixture.serverKeys,
            allowList: fixture.allowList)
        settings.context = context
        let coordinator = try CoordinatorSocket(settings)
        try coordinator.confirmKeyCheck(withinMilliseconds: 30_000)
        let check = try context.keyCheck()
        check.stop()
        try Patience.wait(for: "the key check to end") {
            try check.isAnswering(withinMilliseconds: 200) ? nil : ()
        }
        let error = #expect(throws: TransportError.keyCheckStopped) {
            try coordinator.confirmKeyCheck(withinMilliseconds: 200)
        }
        #expect(error?.exitCode == 69)
        var worker = try fixture.worker(at: coordinator.endpoints[0])
        #expect(try firstEvent(&worker) != .connected)
        #expect(throws: TransportError.self) { _ = try CoordinatorSocket(settings) }
    }
}
