import SweepCoordinator
import SweepLedger
import SweepReport
import SweepSpec
import SweepTransport
import SweepWorker

extension CommandError {
    init(_ exitCode: Int32, _ sentence: String) {
        self.init(Code(rawValue: exitCode) ?? .unavailable, sentence)
    }

    /// The sentence and exit code of any error of the rooms below.
    init(describing error: any Error) {
        switch error {
        case let error as CommandError: self = error
        case let error as LedgerError: self.init(error.exitCode, "\(error)")
        case let error as TransportError: self.init(error.exitCode, "\(error)")
        case let error as CoordinatorError: self.init(error.exitCode, "\(error)")
        case let error as QueryError: self.init(error.exitCode, "\(error)")
        case let error as ExportError: self.init(error.exitCode, "\(error)")
        case let error as ReportError: self.init(error.exitCode, "\(error)")
        case let error as SpecError: self.init(.usage, "\(error)")
        case let error as SpoolError: self.init(error.exitCode, "\(error)")
        case let error as FolderError: self.init(.notWritable, "\(error)")
        default: self.init(.unavailable, "\(error)")
        }
    }
}
