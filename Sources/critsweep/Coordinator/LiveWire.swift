import SweepCoordinator
import SweepProtocol
import SweepTransport

/// The loop's wire over a ROUTER.
struct LiveWire: CoordinatorWire, ~Copyable {
    private var socket: CoordinatorSocket

    init(_ socket: consuming CoordinatorSocket) { self.socket = socket }

    mutating func wait(milliseconds: Int, descriptors: [Int32]) throws -> Set<Int32> {
        Set(try socket.wait(milliseconds: milliseconds, descriptors: descriptors).descriptors)
    }

    mutating func receive(atMost limit: Int) throws -> [PeerMessage<PeerID>] {
        try socket.receive(atMost: limit).map {
            PeerMessage(peer: $0.peer, key: $0.key.text, content: $0.content)
        }
    }

    mutating func send(_ envelope: Envelope, to peer: PeerID) throws -> SendOutcome {
        switch try socket.send(envelope, to: peer) {
        case .sent: .sent
        case .full: .full
        case .unreachable: .unreachable
        case .unsendable(let error): .unsendable(error)
        }
    }

    mutating func takeDisconnections() throws -> Int {
        try socket.connectionEvents().count { $0.kind == .disconnected }
    }

    mutating func confirm() throws { try socket.confirmKeyCheck() }

    /// Closes, and lets what was sent last go out.
    consuming func close(lingerMilliseconds: Int32) throws {
        try socket.close(lingerMilliseconds: lingerMilliseconds)
    }
}
