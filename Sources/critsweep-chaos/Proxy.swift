import Foundation
import Synchronization

/// A relay between workers and a coordinator that damages what passes, on a thread of its own.
///
/// What is held back stays in order, as in TCP: bytes are late or never come, and are not altered.
final class Proxy: Sendable {
    /// What the relay does to everything that passes.
    struct Weather: Sendable {
        /// Each piece is this much late, and at random up to `jitter` more.
        var delay = 0.0
        var jitter = 0.0
        /// Of all connections together and each direction; 0 for no limit.
        var bytesPerSecond = 0.0
        /// Whether bytes from the worker, or to it, wait without end.
        var holdsUp = false
        var holdsDown = false
        /// What becomes of new connections.
        var door = Door.open
    }

    enum Door: Sendable {
        case open
        /// Accepted, and never relayed.
        case hangs
        /// Accepted and closed.
        case slams
    }

    private struct Orders {
        var weather = Weather()
        var resetsAll = false
        var abandonCount = 0
        var isEnding = false
    }

    let port: Int
    private let listener: Int32
    private let target: Int
    private let orders = Mutex(Orders())

    /// - Parameter target: A port of this machine.
    init(to target: Int) throws {
        self.target = target
        (listener, port) = try Ports.listen()
        Thread { [self] in
            var relay = Relay(listener: listener, target: target)
            while true {
                let (weather, resets, abandons, isEnding) = orders.withLock { orders in
                    defer { (orders.resetsAll, orders.abandonCount) = (false, 0) }
                    return (
                        orders.weather, orders.resetsAll, orders.abandonCount, orders.isEnding
                    )
                }
                if isEnding { break }
                if resets { relay.resetAll() }
                relay.abandon(abandons)
                relay.turn(weather)
            }
            relay.resetAll()
            close(listener)
        }.start()
    }

    func end() { orders.withLock { $0.isEnding = true } }

    var weather: Weather {
        get { orders.withLock(\.weather) }
        set { orders.withLock { $0.weather = newValue } }
    }

    /// Breaks every connection with a reset.
    func reset() { orders.withLock { $0.resetsAll = true } }

    /// Leaves so many connections, the oldest first, open and silent for ever, as after the loss of
    /// a host; new ones work.
    func abandon(_ count: Int = .max) { orders.withLock { $0.abandonCount = count } }
}

/// The connections of a proxy. Used on one thread.
private struct Relay {
    /// One direction of one connection.
    private struct Pipe {
        let from: Int32
        let to: Int32
        var pieces: [(due: Double, bytes: [UInt8])] = []
        var byteCount = 0
        var isClosed = false
    }

    private final class Pair {
        var up: Pipe
        var down: Pipe
        var isAbandoned = false

        init(worker: Int32, coordinator: Int32) {
            up = Pipe(from: worker, to: coordinator)
            down = Pipe(from: coordinator, to: worker)
        }
    }

    /// What a direction holds back before it stops reading.
    private static let room = 256 << 10

    let listener: Int32
    let target: Int
    private var pairs: [Pair] = []
    /// Accepted, with nothing behind them.
    private var hanging: [Int32] = []
    private var random = SystemRandomNumberGenerator()
    private var buffer = [UInt8](repeating: 0, count: 16 << 10)
    private var lastTurn = Clock.monotonic
    private var allowance = (up: 0.0, down: 0.0)

    init(listener: Int32, target: Int) {
        self.listener = listener
        self.target = target
    }

    mutating func resetAll() {
        for pair in pairs { drop(pair) }
        for descriptor in hanging { Ports.reset(descriptor) }
        (pairs, hanging) = ([], [])
    }

    mutating func abandon(_ count: Int) {
        for pair in pairs.filter({ !$0.isAbandoned }).prefix(count) { pair.isAbandoned = true }
    }

    private func drop(_ pair: Pair) {
        Ports.reset(pair.up.from)
        Ports.reset(pair.up.to)
    }

    mutating func turn(_ weather: Proxy.Weather) {
        let living = pairs.filter { !$0.isAbandoned }
        var items = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
        for pair in living {
            for (pipe, isHeld) in [(pair.up, weather.holdsUp), (pair.down, weather.holdsDown)] {
                let isFull = pipe.byteCount >= Self.room || pipe.isClosed || isHeld
                items.append(
                    pollfd(
                        fd: isFull ? -1 : pipe.from, events: Int16(POLLIN), revents: 0))
            }
        }
        let isWaiting = living.contains { !$0.up.pieces.isEmpty || !$0.down.pieces.isEmpty }
        poll(&items, nfds_t(items.count), isWaiting ? 1 : 10)
        let now = Clock.monotonic
        let gain = (now - lastTurn) * weather.bytesPerSecond
        allowance = (
            min(allowance.up + gain, weather.bytesPerSecond),
            min(allowance.down + gain, weather.bytesPerSecond)
        )
        lastTurn = now
        if items[0].revents != 0 { accept(weather.door) }
        for (index, pair) in living.enumerated() {
            let isAlive =
                read(&pair.up, items[1 + 2 * index].revents, weather, now)
                && read(&pair.down, items[2 + 2 * index].revents, weather, now)
                && write(&pair.up, weather.holdsUp, weather, now, &allowance.up)
                && write(&pair.down, weather.holdsDown, weather, now, &allowance.down)
            if !isAlive {
                drop(pair)
                pairs.removeAll { $0 === pair }
            }
        }
    }

    private mutating func accept(_ door: Proxy.Door) {
        // Not for the programs that are started: a connection ends when its last holder does.
        let worker = HostProcess.starting.withLock { _ in
            let worker = Glibc.accept(listener, nil, nil)
            if worker >= 0 { _ = fcntl(worker, F_SETFD, FD_CLOEXEC) }
            return worker
        }
        guard worker >= 0 else { return }
        switch door {
        case .slams: close(worker)
        case .hangs: hanging.append(worker)
        case .open:
            guard let coordinator = Ports.connect(target) else {
                close(worker)
                return
            }
            Ports.makeQuick(worker)
            Ports.makeQuick(coordinator)
            pairs.append(Pair(worker: worker, coordinator: coordinator))
        }
    }

    /// - Returns: False when the connection has failed.
    private mutating func read(
        _ pipe: inout Pipe, _ events: Int16, _ weather: Proxy.Weather, _ now: Double
    ) -> Bool {
        guard events != 0, !pipe.isClosed else { return true }
        let count = recv(pipe.from, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if count < 0 { return errno == EAGAIN || errno == EINTR }
        if count == 0 {
            pipe.isClosed = true
            return true
        }
        let jitter = weather.jitter > 0 ? Double.random(in: 0..<weather.jitter, using: &random) : 0
        let due = max(now + weather.delay + jitter, pipe.pieces.last?.due ?? 0)
        pipe.pieces.append((due, Array(buffer[..<count])))
        pipe.byteCount += count
        return true
    }

    private func write(
        _ pipe: inout Pipe, _ isHeld: Bool, _ weather: Proxy.Weather, _ now: Double,
        _ allowance: inout Double
    ) -> Bool {
        if isHeld { return true }
        while let piece = pipe.pieces.first, piece.due <= now {
            var length = piece.bytes.count
            if weather.bytesPerSecond > 0 { length = min(length, Int(allowance)) }
            guard length > 0 else { return true }
            let count = send(
                pipe.to, piece.bytes, length,
                Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            if count < 0 { return errno == EAGAIN || errno == EINTR }
            pipe.byteCount -= count
            allowance -= Double(count)
            if count == piece.bytes.count {
                pipe.pieces.removeFirst()
            } else {
                pipe.pieces[0].bytes.removeFirst(count)
            }
        }
        // The end of one direction is passed on when all before it was.
        return !(pipe.isClosed && pipe.pieces.isEmpty)
    }
}
