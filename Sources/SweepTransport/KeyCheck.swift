import Foundation
import Synchronization

/// The thread that tells ZeroMQ whose keys are allowed (ZAP, RFC 27). A context has one.
///
/// Coordinators register their domain with a list of keys. All else is refused: another domain,
/// another mechanism, a malformed request. When the thread ends, every handshake is refused from
/// then on, as the sockets enforce their domain.
public final class KeyCheck: Sendable {
    static let endpoint = "inproc://zeromq.zap.01"

    private let context: Context
    private let lists = Mutex<[String: AllowList]>([:])
    private let stopSignal: WakeUp

    /// Starts the thread, and returns when it can be asked.
    ///
    /// - Throws: ``TransportError`` when the socket cannot be made or another thread checks already.
    init(in context: Context) throws(TransportError) {
        self.context = context
        stopSignal = try WakeUp()
        let isReady = DispatchSemaphore(value: 0)
        let outcome = StartOutcome()
        let thread = Thread { [self] in
            do throws(TransportError) {
                let socket = try Socket(.reply, in: context)
                try socket.bind(Self.endpoint)
                isReady.signal()
                try serve(socket)
            } catch {
                // After the start nobody waits: the watch of the loop finds the thread silent.
                outcome.error.withLock { $0 = error }
                isReady.signal()
            }
        }
        thread.name = "key check"
        thread.start()
        isReady.wait()
        if let error = outcome.error.withLock({ $0 }) { throw error }
    }

    private final class StartOutcome: Sendable {
        let error = Mutex<TransportError?>(nil)
    }

    /// Lets the keys of `list` into `domain`; the list may change later.
    func open(domain: String, to list: AllowList) { lists.withLock { $0[domain] = list } }

    /// Lets nobody into `domain` any more.
    func close(domain: String) { lists.withLock { _ = $0.removeValue(forKey: domain) } }

    /// Ends the thread for good. Every handshake of the context is refused from now on.
    public func stop() { stopSignal.signal() }

    /// Asks the thread a question, and tells whether it answers.
    public func isAnswering(withinMilliseconds limit: Int) throws(TransportError) -> Bool {
        let socket = try Socket(.dealer, in: context)
        try socket.set(Socket.lingerOption, 0)
        try socket.connect(Self.endpoint)
        let question = ["", "1.0", "watch", "", "", "", "NULL"].map { Array($0.utf8) }
        guard try socket.send(question) == .sent else { return false }
        let ready = try Poller.wait([.socket(socket.pointer)], milliseconds: limit)
        return ready[0]
    }

    private func serve(_ socket: borrowing Socket) throws(TransportError) {
        while true {
            let ready = try Poller.wait(
                [.socket(socket.pointer), .descriptor(stopSignal.descriptor)], milliseconds: -1)
            if ready[1] { return }
            while let request = try socket.receive(frameLimit: 8) {
                _ = try socket.send(answer(to: request.frames))
            }
        }
    }

    /// The six frames that answer a request: version, request, status, text, user, metadata.
    private func answer(to frames: [[UInt8]]) -> [[UInt8]] {
        let request = frames.count > 1 ? frames[1] : []
        func reply(_ status: String, _ text: String, user: String = "") -> [[UInt8]] {
            [
                Array("1.0".utf8), request, Array(status.utf8), Array(text.utf8), Array(user.utf8),
                [],
            ]
        }
        // Version, request, domain, address, routing id, mechanism, credentials.
        guard frames.count == 7, frames[0] == Array("1.0".utf8),
            frames[5] == Array("CURVE".utf8), let key = CurvePublicKey(bytes: frames[6])
        else { return reply("400", "refused") }
        let domain = String(decoding: frames[2], as: UTF8.self)
        let list = lists.withLock { $0[domain] }
        guard let list, list.contains(key) else { return reply("400", "refused") }
        return reply("200", "", user: key.text)
    }
}
