import SweepCoordinator
import SweepCore
import SweepProtocol

/// What is left when a script is over and the loop still waits.
struct ScriptEnded: Error {}

/// The world of one loop: network, book, local workers and clock, all under a script that runs one
/// step at each wait. Everything that the loop does is written down in the transcript.
final class World {
    var transcript: [String] = []
    var time: UInt64 = 1_000
    /// Steps to come; each is done when the loop waits.
    var script: [(World) -> Void] = []
    /// Waits without a step after which the script is over.
    var idleWaits = 5

    // The network.
    var inbox: [PeerMessage<String>] = []
    var unreachable: Set<String> = []
    var disconnections = 0
    var sent: [(peer: String, envelope: Envelope)] = []
    var sessions: [String: WorkerID] = [:]
    var isKeyCheckBroken = false

    // The book.
    var waiting: [BookEntry] = []
    var news = BookNews()
    /// Whether entries become durable at the next wait.
    var isBookQuick = true
    var capacity = Int.max
    var verdict: (BookEntry) -> BookVerdict = { _ in .durable }
    var written: [BookEntry] = []
    /// Bytes of the checkpoint that the book has; nil for one that is damaged.
    var checkpointBytes: [UInt8]?

    // People and local workers.
    var requests: [ControlRequest] = []
    var ended: [EndedWorker] = []
    var restarted: [Int] = []
    var log: [String] = []
    /// Restarts that a script has seen.
    var restartsAnswered = 0
    var lastStatus: CoordinatorStatus?

    func note(_ line: String) { transcript.append(line) }

    /// What happens while the loop waits.
    func pass(_ milliseconds: Int) throws {
        if isBookQuick { commit() }
        if script.isEmpty {
            idleWaits -= 1
            if idleWaits < 0 { throw ScriptEnded() }
            time += UInt64(max(1, milliseconds))
        } else {
            time += 1
            script.removeFirst()(self)
        }
    }

    /// All that was written becomes durable.
    func commit() {
        for entry in waiting { news.verdicts.append(verdict(entry)) }
        waiting = []
    }

    /// A message from a peer, in the session that it was welcomed to.
    func say(_ message: Message, as peer: String, key: String? = nil, session: WorkerID? = nil) {
        let envelope: Envelope
        if case .hello = message {
            envelope = Envelope(message, session: nil)
        } else {
            envelope = Envelope(message, session: session ?? sessions[peer])
        }
        inbox.append(
            PeerMessage(peer: peer, key: key ?? "key-\(peer)", content: .success(envelope)))
    }

    func sayGarbage(_ error: ProtocolError, as peer: String) {
        inbox.append(PeerMessage(peer: peer, key: "key-\(peer)", content: .failure(error)))
    }

    /// Kinds and subjects of what was sent to a peer.
    func sent(to peer: String) -> [String] {
        sent.filter { $0.peer == peer }.map { Self.text($0.envelope.message) }
    }

    static func text(_ message: Message) -> String {
        switch message {
        case .assign(let assignment): "assign \(assignment.lease)"
        case .acknowledge(let acknowledgement): "acknowledge \(acknowledgement.lease)"
        case .cancel(let leases): "cancel \(leases.map(\.description).joined(separator: " "))"
        case .takeBack(let leases): "takeBack \(leases.map(\.description).joined(separator: " "))"
        case .reject(let reject): "reject \(reject.code)"
        case .checkpointAck(let answer): "checkpoint \(answer.lease) \(answer.verdict)"
        case .checkpointPiece(let part): "piece \(part.partIndex) of \(part.partCount)"
        case .dismiss(let dismissal): "dismiss \(dismissal)"
        default: "\(message.kind)"
        }
    }

    static func text(_ entry: BookEntry) -> String {
        switch entry {
        case .grant(let lease, _): "grant \(lease)"
        case .loss(let lease, let kind, _): "\(kind == .crashed ? "crash" : "loss") \(lease)"
        case .forgiveness(let lease): "forgive \(lease)"
        case .result(let result): "result \(result.lease) \(kind(of: result.outcome))"
        case .duplicate(let result): "duplicate \(result.lease)"
        case .reopen(let trial): "reopen \(trial.rawValue)"
        case .checkpoint(let checkpoint): "checkpoint \(checkpoint.lease) at \(checkpoint.step)"
        case .continuation(let lease, let step): "continuation \(lease) at \(step)"
        }
    }

    private static func kind(of outcome: TrialOutcome) -> String {
        if case .failure(let failure, _) = outcome { failure.kind.rawValue } else { "success" }
    }
}

/// The loop's wire in a world.
struct FakeWire: CoordinatorWire, ~Copyable {
    let world: World

    mutating func wait(milliseconds: Int, descriptors: [Int32]) throws -> Set<Int32> {
        try world.pass(milliseconds)
        return Set(descriptors)
    }

    mutating func receive(atMost limit: Int) throws -> [PeerMessage<String>] {
        defer { world.inbox = Array(world.inbox.dropFirst(limit)) }
        return Array(world.inbox.prefix(limit))
    }

    mutating func send(_ envelope: Envelope, to peer: String) throws -> SendOutcome {
        if world.unreachable.contains(peer) { return .unreachable }
        do {
            _ = try MessageCodec.encode(envelope)
        } catch {
            return .unsendable(error)
        }
        if case .welcome = envelope.message { world.sessions[peer] = envelope.session }
        world.sent.append((peer, envelope))
        switch envelope.message {
        case .heartbeatAck, .ping: break
        default: world.note("\(peer) < \(World.text(envelope.message))")
        }
        return .sent
    }

    mutating func takeDisconnections() throws -> Int {
        defer { world.disconnections = 0 }
        return world.disconnections
    }

    mutating func confirm() throws {
        struct Unlocked: Error {}
        if world.isKeyCheckBroken { throw Unlocked() }
    }
}

/// The loop's book in a world.
struct FakeBook: ResultBook {
    let world: World
    let descriptor: Int32 = 10

    func write(_ entry: BookEntry) -> BookAdmission {
        guard world.waiting.count < world.capacity else { return .refused }
        world.waiting.append(entry)
        world.written.append(entry)
        world.note("book: \(World.text(entry))")
        return .accepted
    }

    func read(_ request: CheckpointRequest) {
        world.note("book: read \(request.byteCount) from \(request.offset)")
        let bytes = world.checkpointBytes.map {
            Array($0.dropFirst(request.offset).prefix(request.byteCount))
        }
        world.news.pieces.append(CheckpointPiece(request, bytes: bytes))
    }

    func takeNews() -> BookNews {
        defer {
            world.news.verdicts = []
            world.news.pieces = []
        }
        for _ in world.news.verdicts { world.note("durable") }
        return world.news
    }
}

struct FakeCrew: LocalCrew {
    let world: World
    let keys: [String]
    let descriptor: Int32 = 11

    func takeEnded() -> [EndedWorker] {
        defer { world.ended = [] }
        return world.ended
    }

    func restart(_ index: Int) throws {
        world.restarted.append(index)
        world.note("restart \(index)")
    }
}

struct FakeDesk: ControlDesk {
    let world: World
    let descriptor: Int32 = 12

    func takeRequests() -> [ControlRequest] {
        defer { world.requests = [] }
        return world.requests
    }
}

struct FakeObserver: LoopObserver {
    let world: World

    func show(_ status: CoordinatorStatus) { world.lastStatus = status }
    func log(_ line: String) { world.log.append(line) }
}
