/// What went wrong between us and the network, with what the user can do about it.
public enum TransportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The library is missing something: its version, CURVE, ipc.
    case library(String)
    /// An endpoint that cannot be one, or that this machine does not have.
    case badEndpoint(String, reason: String)
    /// Someone else listens there.
    case addressInUse(String)
    /// No permission to listen there.
    case cannotBind(String, reason: String)
    /// The coordinator refused our key, or is not the one whose key we were given.
    case keyRefused(endpoint: String)
    /// A key or access file that is missing, unsafe or broken.
    case keyFile(path: String, problem: KeyFileProblem)
    /// Fewer file descriptors than the workers need.
    case descriptorLimit(needed: Int, allowed: Int)
    /// The door did not behave at the start, so it was not opened.
    case selfTest(endpoint: String, finding: String)
    /// Nobody checks keys any more; every handshake is refused from now on.
    case keyCheckStopped
    /// A call of the library failed for a reason that is no business of a peer's.
    case failed(call: String, endpoint: String?, reason: String)
    /// The context was ended: leave the loop.
    case terminated

    /// The exit code of a command that ends with this error.
    public var exitCode: Int32 {
        switch self {
        case .badEndpoint: 2
        case .library, .selfTest, .keyCheckStopped, .failed, .terminated, .descriptorLimit: 69
        case .cannotBind: 73
        case .addressInUse: 75
        case .keyRefused: 77
        case .keyFile(_, let problem): problem.exitCode
        }
    }

    public var description: String {
        switch self {
        case .library(let problem): problem
        case .badEndpoint(let endpoint, let reason):
            "\(endpoint.debugDescription): \(reason); an endpoint is tcp://HOST:PORT or ipc://PATH"
        case .addressInUse(let endpoint):
            "\(endpoint): the address is in use; is a coordinator running already? "
                + "Stop it, or bind another port"
        case .cannotBind(let endpoint, let reason):
            "\(endpoint): cannot listen there: \(reason); bind another endpoint"
        case .keyRefused(let endpoint):
            "\(endpoint): the coordinator refused this worker's key, or is another coordinator; "
                + "use its current access file, or have the key enrolled"
        case .keyFile(let path, let problem): "\(path): \(problem)"
        case .descriptorLimit(let needed, let allowed):
            "\(needed) file descriptors are needed, but the limit is \(allowed); "
                + "raise it with ulimit -n \(needed)"
        case .selfTest(let endpoint, let finding):
            "\(endpoint): the start-up test of the key check failed: \(finding); not started"
        case .keyCheckStopped:
            "the thread that checks keys does not answer; stopping, as no worker could join"
        case .failed(let call, let endpoint, let reason):
            "\(endpoint.map { "\($0): " } ?? "")\(call): \(reason)"
        case .terminated: "the network was shut down"
        }
    }
}

/// What is wrong with a key or access file.
public enum KeyFileProblem: Hashable, Sendable, CustomStringConvertible {
    /// The folder of a file that is to be written.
    case missing
    case missingAccessFile
    case missingKeyFile
    case exists
    case notRegular
    case otherOwner
    /// Others may read or write it; the permission bits.
    case openToOthers(mode: UInt32)
    case tooLarge
    case notAKey
    /// A file that is not what we wrote.
    case malformed(String)
    /// There, and not to be read by us.
    case unreadable(String)
    case system(String)

    /// The exit code of a command that ends with this problem.
    public var exitCode: Int32 {
        switch self {
        case .exists, .missing, .system: 73
        case .missingAccessFile, .missingKeyFile, .unreadable: 66
        case .malformed: 2
        case .notRegular, .otherOwner, .openToOthers, .tooLarge, .notAKey: 77
        }
    }

    public var description: String {
        switch self {
        case .missing: "cannot be written: its folder is missing; make it first"
        case .missingAccessFile:
            "no such file; give the access file that the coordinator wrote"
        case .missingKeyFile:
            "no such key file; put the worker's secret key where worker_key of the access file says"
        case .exists: "exists already and is not overwritten; remove it first"
        case .notRegular: "is not a regular file; give the file itself, not a link or a folder"
        case .otherOwner: "belongs to another user; copy it, so that it is yours alone"
        case .openToOthers(let mode):
            "others may read or write it (mode \(String(mode, radix: 8))); chmod it to 600 "
                + "(a directory to 700)"
        case .tooLarge: "is too large for a key or an access file; give the right file"
        case .notAKey:
            "does not hold a key of 40 Z85 characters; copy it again from the coordinator's machine"
        case .malformed(let reason): "is not an access file: \(reason)"
        case .unreadable(let reason): "cannot be read: \(reason)"
        case .system(let reason): "cannot be written: \(reason)"
        }
    }
}
