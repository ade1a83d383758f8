import SweepCore
import SweepProtocol

/// Who is connected: gives each connection its session number, and finds one by the other.
struct Connections<Peer: Hashable & Sendable>: Sendable {
    /// One connection of a peer with a proven key.
    struct Connection: Sendable {
        let peer: Peer
        let key: String
        let worker: WorkerID
        /// From its last hello.
        var identity: WorkerIdentity?
        /// Which process of that worker it is.
        var incarnation: UInt64 = 0
        var description: WorkerDescription?
        var breaches = 0
        /// Whether what it says is thrown away.
        var isMuted = false
    }

    let epoch: UInt32
    private var lastNumber: UInt32 = 0
    private var byPeer: [Peer: Connection] = [:]
    private var peers: [WorkerID: Peer] = [:]

    init(epoch: UInt32) { self.epoch = epoch }

    var count: Int { byPeer.count }

    /// The connection of a peer, with a new number if it has none; nil when numbers have run out.
    mutating func connection(of peer: Peer, key: String) -> Connection? {
        if let known = byPeer[peer] { return known }
        guard lastNumber < .max else { return nil }
        lastNumber += 1
        let worker = WorkerID(epoch: epoch, number: lastNumber)
        let connection = Connection(peer: peer, key: key, worker: worker)
        byPeer[peer] = connection
        peers[worker] = peer
        return connection
    }

    subscript(worker: WorkerID) -> Connection? { peers[worker].flatMap { byPeer[$0] } }

    /// Changes a connection that exists.
    mutating func update(_ worker: WorkerID, _ change: (inout Connection) -> Void) {
        guard let peer = peers[worker], var connection = byPeer[peer] else { return }
        change(&connection)
        byPeer[peer] = connection
    }

    /// Forgets a session. The peer, if it still talks, gets a new number.
    ///
    /// A muted peer stays known until its connection is gone, so that it stays muted.
    mutating func forget(_ worker: WorkerID) {
        guard let peer = peers[worker], byPeer[peer]?.isMuted == false else { return }
        remove(worker)
    }

    /// The connection is gone.
    mutating func remove(_ worker: WorkerID) {
        guard let peer = peers.removeValue(forKey: worker) else { return }
        byPeer[peer] = nil
    }

    /// All session numbers, ascending.
    var workers: [WorkerID] { peers.keys.sorted() }

    /// Session numbers of the connections that proved `key`, ascending.
    func workers(withKey key: String) -> [WorkerID] {
        byPeer.values.filter { $0.key == key }.map(\.worker).sorted()
    }
}
