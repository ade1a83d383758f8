/// Why a worker ended.
public enum WorkerExit: Hashable, Sendable {
    /// Every trial of the sweep is settled.
    case finished
    /// A signal asked it to leave.
    case left(signal: Int32)
    /// A newer process of the same worker took its place.
    case superseded
    /// Its key was refused so many times.
    case keyRefused(count: Int)
    /// The coordinator does not trust it any more.
    case quarantined(message: String)
    /// No coordinator was heard for so long.
    case unreachable(seconds: UInt64)
    /// A data file of the sweep is not here, or has another content here.
    case unreadableData(message: String)
    /// It cannot work with this coordinator, or on this machine.
    case unusable(message: String)

    /// The exit code of the command.
    public var code: Int32 {
        switch self {
        case .finished: 0
        // A batch system's request is no error; a person's interruption is told as one.
        case .left(let signal): signal == 2 ? 130 : 0
        case .superseded: 75
        case .keyRefused, .quarantined: 77
        case .unreadableData: 66
        case .unreachable, .unusable: 69
        }
    }
}
