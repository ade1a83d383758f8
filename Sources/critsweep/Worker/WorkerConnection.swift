import SweepProtocol
import SweepTransport
import SweepWorker

/// The supervisor's wire over a real socket. Made, used and ended on the supervisor's thread.
final class WorkerConnection: WorkerWire {
    /// Read again at each new connection: a coordinator that comes back elsewhere writes it anew.
    private let accessPath: String
    private var settings: WorkerSocket.Settings
    private var socket: WorkerSocket?

    /// Messages taken in one turn, so that the children are seen to between them.
    private static let messageLimit = 256

    /// Begins to connect.
    ///
    /// - Throws: `TransportError`.
    init(accessPath: String, settings: WorkerSocket.Settings) throws(TransportError) {
        self.accessPath = accessPath
        self.settings = settings
        socket = try WorkerSocket(settings)
    }

    /// What an access file says.
    ///
    /// - Throws: `TransportError`.
    static func settings(accessPath: String) throws(TransportError) -> WorkerSocket.Settings {
        let access = try AccessFile.read(accessPath)
        let keys = try KeyFile.read(access.resolvedWorkerKeyPath(relativeTo: accessPath))
        return WorkerSocket.Settings(
            endpoints: access.endpoints, serverKey: access.serverKey, keys: keys)
    }

    func wait(milliseconds: Int, descriptors: [Int32]) throws -> [WireNews] {
        guard let ready = try socket?.wait(milliseconds: milliseconds, descriptors: descriptors)
        else { return [] }
        // Messages before the news that their connection broke; and those of a new connection after.
        var news = try messages()
        if ready.hasConnectionEvents {
            for event in try socket?.linkEvents() ?? [] {
                switch event {
                case .connected: news.append(.connected)
                case .disconnected: news.append(.disconnected)
                case .refused: news.append(.refused)
                case .handshakeFailed: news.append(.handshakeFailed)
                }
            }
            news += try messages()
        }
        return news
    }

    private func messages() throws -> [WireNews] {
        try (socket?.receive(atMost: Self.messageLimit) ?? []).map { arrival in
            switch arrival {
            case .success(let envelope): .received(envelope)
            case .failure(let error): .damaged(error)
            }
        }
    }

    func send(_ envelope: Envelope) throws -> Bool {
        switch try socket?.send(envelope) {
        case .sent: true
        case .full, .unreachable, nil: false
        // What this side makes keeps the bounds, and a message that does not would never do.
        case .unsendable(let error): preconditionFailure("a message cannot be sent: \(error)")
        }
    }

    func reconnect() throws {
        guard let fresh = changedSettings else {
            try socket?.reconnect()
            return
        }
        settings = fresh
        socket = nil
        socket = try WorkerSocket(fresh)
    }

    private var changedSettings: WorkerSocket.Settings? {
        // A file that cannot be read now (it is being replaced, or its disk is away) says nothing.
        guard let fresh = try? Self.settings(accessPath: accessPath) else { return nil }
        let isSame =
            fresh.endpoints == settings.endpoints && fresh.serverKey == settings.serverKey
            && fresh.keys.publicKey == settings.keys.publicKey
        return isSame ? nil : fresh
    }

    /// Closes, and waits a moment for what was sent last.
    func end() throws {
        try socket.take()?.close(lingerMilliseconds: 500)
        settings.context.end()
    }
}
