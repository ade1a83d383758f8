import Foundation
import SweepWorker

/// What a process of ours needs of the one that started it.
enum ProcessSetup {
    /// Less address space than this, and a library ends the process before we could say why.
    static let leastAddressSpace = 256 << 20

    /// Undoes what a parent may have left us with.
    static func prepare() {
        // Blocked signals are inherited: then neither Ctrl-C nor the end of a worker would be heard.
        // SIGUSR1 waits until a compute child can hear it.
        var signals = sigset_t()
        sigfillset(&signals)
        sigdelset(&signals, SIGUSR1)
        sigprocmask(SIG_UNBLOCK, &signals, nil)
        // A reader that has seen enough is told apart by EPIPE, and is no error.
        signal(SIGPIPE, SIG_IGN)
        // A closed standard stream leaves its number to the next file that is opened, a ledger for
        // instance, into which the output would then go. This one can be read, and never written.
        for descriptor in STDIN_FILENO...STDERR_FILENO
        where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
            _ = open("/dev/null", O_RDONLY)
        }
    }

    /// - Throws: ``CommandError`` (69).
    static func checkMemoryLimit() throws {
        guard let limit = addressSpaceLimit, limit < leastAddressSpace else { return }
        throw CommandError(
            .unavailable,
            "this process may use \(limit >> 10) KiB of address space, and needs at least "
                + "\(leastAddressSpace >> 10); raise it with ulimit -v")
    }

    /// Bytes of address space that this process may use; nil without a limit.
    static var addressSpaceLimit: Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
            limit.rlim_cur != rlim_t.max
        else { return nil }
        return Int(clamping: limit.rlim_cur)
    }

    /// Memory for all processes of this job together, and how a sentence names it.
    static var sharedMemory: (bytes: Int, name: String) {
        let physical = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        guard let limit = ControlGroup.memoryLimit, limit < physical else {
            return (physical, "this machine has")
        }
        return (limit, "this job's control group allows")
    }

    /// Memory for one process, and how a sentence names it.
    static var memory: (bytes: Int, name: String) {
        let shared = sharedMemory
        guard let limit = addressSpaceLimit, limit < shared.bytes else { return shared }
        return (limit, "ulimit -v allows")
    }
}
