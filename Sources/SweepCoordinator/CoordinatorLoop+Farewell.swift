import SweepCore
import SweepProtocol

extension CoordinatorLoop where Wire: ~Copyable {
    /// After the end, keeps the wire open until those who were dismissed have gone: what is sent
    /// just before a connection closes may not arrive.
    ///
    /// Nothing that comes in is acted on any more; it will come again, to the next start.
    public mutating func sayFarewell(withinMilliseconds limit: UInt64) throws {
        let end = now().milliseconds + limit
        var asked: UInt64 = 0
        while now().milliseconds < end {
            _ = try wire.wait(milliseconds: 10, descriptors: [])
            _ = try wire.receive(atMost: Self.farewellMessageLimit)
            _ = try wire.takeDisconnections()
            guard now().milliseconds >= asked + Self.farewellProbeMilliseconds else { continue }
            asked = now().milliseconds
            for worker in connections.workers {
                guard let connection = connections[worker] else { continue }
                let outcome = try wire.send(Envelope(.ping, session: nil), to: connection.peer)
                if outcome == .unreachable || connection.identity == nil {
                    connections.remove(worker)
                }
            }
            if connections.count == 0 { return }
        }
    }

    private static var farewellMessageLimit: Int { 1_024 }
    private static var farewellProbeMilliseconds: UInt64 { 30 }
}
