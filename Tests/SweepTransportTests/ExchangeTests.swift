import Foundation
import SweepCore
import SweepProtocol
@_spi(Testing) import SweepTransport
import Testing

@Suite("Messages over a connection", .serialized)
struct ExchangeTests {
    @Test("10,000 messages go there and back, in order")
    func echo() throws {
        let fixture = try Fixture()
        var coordinator = try fixture.coordinator()
        var worker = try fixture.worker(at: coordinator.endpoints[0])
        #expect(try firstEvent(&worker) == .connected)
        let count = 10_000
        var (sent, back) = (0, 0)
        var isInOrder = true
        try Patience.wait(for: "10,000 answers") {
            // Never more under way than the queues hold.
            while sent < count, sent - back < 200 {
                let message = Message.heartbeat(
                    Heartbeat(sequence: UInt64(sent), creditCount: 1, held: []))
                guard try worker.send(Envelope(message, session: session)) == .sent else { break }
                sent += 1
            }
            _ = try coordinator.wait(milliseconds: 1)
            for arrival in try coordinator.receive(atMost: 256) {
                guard case .success(let envelope) = arrival.content,
                    case .heartbeat(let heartbeat) = envelope.message
                else {
                    isInOrder = false
                    continue
                }
                let answer = Envelope(
                    .heartbeatAck(sequence: heartbeat.sequence), session: session)
                if try coordinator.send(answer, to: arrival.peer) != .sent { isInOrder = false }
            }
            for answer in try worker.receive(atMost: 256) {
                let expected = Envelope(.heartbeatAck(sequence: UInt64(back)), session: session)
                if try answer.get() != expected { isInOrder = false }
                back += 1
            }
            return back == count ? () : nil
        }
        #expect(isInOrder)
        #expect(sent == count)
    }

    @Test("a message to a peer that is gone says so")
    func unreachable() throws {
        let fixture = try Fixture()
        var coordinator = try fixture.coordinator()
        let peer = try connectSendAndLeave(fixture, &coordinator)
        try Patience.wait(for: "the disconnection") {
            _ = try coordinator.wait(milliseconds: 100)
            return try coordinator.connectionEvents().contains { $0.kind == .disconnected }
                ? () : nil
        }
        // The event comes a moment before the library forgets the peer, without our reading.
        try Patience.wait(for: "the peer to be unreachable") {
            try coordinator.probe(peer) == .unreachable ? () : nil
        }
    }

    @Test("a peer that is gone is full until its last message was read, and then unreachable")
    func unreadMessages() throws {
        let fixture = try Fixture()
        var coordinator = try fixture.coordinator()
        let peer: PeerID
        do {
            var worker = try fixture.worker(at: coordinator.endpoints[0])
            #expect(try firstEvent(&worker) == .connected)
            #expect(try worker.send(Envelope(heartbeat, session: nil)) == .sent)
            peer = try nextArrivals(&coordinator)[0].peer
            for _ in 0..<10 {
                #expect(try worker.send(Envelope(heartbeat, session: nil)) == .sent)
            }
            #expect(try coordinator.probe(peer) == .sent)
            // All were written to the connection before the answer to the probe is read.
            _ = try nextMessages(&worker)
        }
        var deliveries: Set<Delivery> = []
        try Patience.wait(for: "the peer to be unreachable") {
            _ = try coordinator.wait(milliseconds: 10)
            _ = try coordinator.receive(atMost: 1)
            let delivery = try coordinator.probe(peer)
            deliveries.insert(delivery)
            return delivery == .unreachable ? () : nil
        }
        #expect(deliveries.isSubset(of: [.sent, .full, .unreachable]))
    }

    /// A worker that says something, and is gone when this returns.
    private func connectSendAndLeave(
        _ fixture: Fixture, _ coordinator: inout CoordinatorSocket
    ) throws -> PeerID {
        var worker = try fixture.worker(at: coordinator.endpoints[0])
        #expect(try firstEvent(&worker) == .connected)
        #expect(try worker.send(Envelope(heartbeat, session: nil)) == .sent)
        let arrivals = try nextArrivals(&coordinator)
        #expect(try coordinator.probe(arrivals[0].peer) == .sent)
        #expect(try nextMessages(&worker).map { try $0.get().message } == [.ping])
        return arrivals[0].peer
    }

    @Test("a worker notices that its coordinator is gone, and finds the next one at its address")
    func coordinatorRestarts() throws {
        let fixture = try Fixture()
        var first: CoordinatorSocket? = try fixture.coordinator()
        let endpoint = try #require(first?.endpoints[0])
        var worker = try fixture.worker(at: endpoint)
        #expect(try firstEvent(&worker) == .connected)
        first = nil
        #expect(try firstEvent(&worker) == .disconnected)
        #expect(try worker.send(Envelope(heartbeat, session: nil)) == .full)
        let second = try Patience.wait(for: "the port to be free") { () -> [String]? in
            do throws(TransportError) {
                first = try CoordinatorSocket(
                    .init(
                        endpoints: [endpoint], keys: fixture.serverKeys,
                        allowList: fixture.allowList))
                return [endpoint]
            } catch {
                return nil
            }
        }
        #expect(second == [endpoint])
        #expect(try firstEvent(&worker) == .connected)
        let isConnected = worker.isConnected
        #expect(isConnected)
    }

    @Test("a result of the largest part goes through, and a frame over the limit cuts the line")
    func largeFrames() throws {
        let fixture = try Fixture()
        var coordinator = try fixture.coordinator()
        var worker = try fixture.worker(at: coordinator.endpoints[0])
        #expect(try firstEvent(&worker) == .connected)
        let content = [UInt8](repeating: 7, count: WireLimits.partBytes)
        let part = ResultPart(
            Lease(TrialID(1), attempt: 0), digest: SHA256Digest(of: content),
            byteCount: content.count, partIndex: 0, partCount: 1, content: content,
            wallMilliseconds: 1, cpuMilliseconds: 1)
        #expect(try worker.send(Envelope(.resultPart(part), session: session)) == .sent)
        #expect(
            try nextArrivals(&coordinator).map { try $0.content.get().message }
                == [.resultPart(part)])

        try worker.sendUnchecked([[UInt8](repeating: 1, count: (1 << 20) + 1)])
        #expect(try firstEvent(&worker) == .disconnected)
    }

    @Test("frames that are no message are handed up as malformed, and the line stays")
    func malformed() throws {
        let fixture = try Fixture()
        var coordinator = try fixture.coordinator()
        var worker = try fixture.worker(at: coordinator.endpoints[0])
        #expect(try firstEvent(&worker) == .connected)
        let bad: [([[UInt8]], ProtocolError)] = [
            ([[1, 2, 3]], .headerLength(3)), ([[]], .headerLength(0)),
            ([[1], [2], [3]], .frameCount(3)),
            (Array(repeating: [0], count: 5_000), .frameCount(5_000)),
        ]
        for (frames, expected) in bad {
            try worker.sendUnchecked(frames)
            let arrivals = try nextArrivals(&coordinator)
            #expect(arrivals.map(\.content) == [.failure(expected)])
        }
        #expect(try worker.send(Envelope(heartbeat, session: nil)) == .sent)
        #expect(try nextArrivals(&coordinator).count == 1)
    }

    @Test("a message outside its bounds is not sent")
    func unsendable() throws {
        let fixture = try Fixture()
        let worker = try fixture.worker(at: "tcp://127.0.0.1:9")
        let bad = Message.returned([Lease(TrialID(-1), attempt: 0)])
        #expect(
            try worker.send(Envelope(bad, session: nil))
                == .unsendable(.field(.returned, "trial")))
    }

    @Test("a loop is woken from another thread")
    func wakeUp() throws {
        let fixture = try Fixture()
        let coordinator = try fixture.coordinator()
        let wakeUp = try WakeUp()
        Thread.detachNewThread { wakeUp.signal() }
        let readable = try Patience.wait(for: "the wake-up") {
            let ready = try coordinator.wait(
                milliseconds: 10_000, descriptors: [wakeUp.descriptor])
            return ready.descriptors.isEmpty ? nil : ready.descriptors
        }
        #expect(readable == [wakeUp.descriptor])
        wakeUp.drain()
        #expect(
            try coordinator.wait(milliseconds: 0, descriptors: [wakeUp.descriptor]).descriptors
                == [])
    }

    @Test("a program ends with its farewell sent, and does not hang")
    func end() async {
        await #expect(processExitsWith: .exitCode(3)) {
            let fixture = try Fixture()
            var coordinator = try fixture.coordinator()
            do {
                var worker = try fixture.worker(at: coordinator.endpoints[0])
                _ = try firstEvent(&worker)
                _ = try worker.send(Envelope(.bye, session: nil))
                try worker.close(lingerMilliseconds: 30_000)
            }
            let arrivals = try nextArrivals(&coordinator)
            try coordinator.close(lingerMilliseconds: 0)
            Context.shared.end()
            exit(try arrivals.map { try $0.content.get().message } == [.bye] ? 3 : 4)
        }
    }
}
