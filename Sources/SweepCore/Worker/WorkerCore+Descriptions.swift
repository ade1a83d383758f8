// One line each, for traces and logs.

extension WorkerCore.Event: CustomStringConvertible {
    public var description: String {
        switch self {
        case .connected: "connected"
        case .disconnected: "disconnected"
        case .welcomed(let session, let greeting, _): "welcomed \(session) to \(greeting)"
        case .rejected(let rejection): "rejected \(rejection)"
        case .assigned(let lease, let session): "assigned \(lease) in \(session)"
        case .acknowledged(let lease): "acknowledged \(lease)"
        case .cancelled(let lease): "cancelled \(lease)"
        case .takeBackRequested(let lease): "takeBackRequested \(lease)"
        case .heartbeatAnswered(let sequence): "heartbeatAnswered \(sequence)"
        case .dismissed(let dismissal): "dismissed \(dismissal)"
        case .computeEnded(let lease, let ending): "computeEnded \(lease) \(ending)"
        case .slotFreed(let slot): "slotFreed \(slot)"
        case .timeAdvanced: "timeAdvanced"
        case .leaveRequested: "leaveRequested"
        case .patienceEnded: "patienceEnded"
        }
    }
}

extension WorkerCore.Effect: CustomStringConvertible {
    public var description: String {
        switch self {
        case .hello(let hello): "\(hello)"
        case .heartbeat(let heartbeat): "\(heartbeat)"
        case .report(let lease, let ending): "report \(lease) \(ending)"
        case .giveBack(let lease): "giveBack \(lease)"
        case .sayLeaving: "sayLeaving"
        case .sayGoodbye: "sayGoodbye"
        case .start(let lease, let slot): "start \(lease) in \(slot)"
        case .stop(let lease, let slot): "stop \(lease) in \(slot)"
        case .spool(let lease): "spool \(lease)"
        case .unspool(let lease): "unspool \(lease)"
        case .reconnect: "reconnect"
        case .exit(let reason): "exit \(reason)"
        }
    }
}
