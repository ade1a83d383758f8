import ArgumentParser
import Foundation
import SweepPhysics
import SweepProtocol
import SweepTransport
import SweepWorker

/// Computes trials for a coordinator, from anywhere.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Join a running sweep and compute its trials.",
        usage: "critsweep worker --access <access> [options]",
        discussion: """
            A worker needs the access file that the coordinator wrote (access.json) and the key \
            that it names; copy both, and keep them to yourself. Results wait in the spool until \
            the coordinator has them on its disk; a worker that is started again with the same \
            --spool goes on with them. SIGTERM and Ctrl-C let it leave within 20 seconds; a second \
            one at once.

            Example: critsweep worker --access access.json --slots 8

            Exit codes: 0 the sweep is done, or SIGTERM; 66 a data file of the sweep is missing or \
            another one here; 69 no coordinator could be reached; 75 \
            the spool is in use; 77 the key was refused; 130 Ctrl-C.
            """)

    @Option(help: "The access file of the sweep.")
    var access: String
    @Option(help: "Trials that run at once; by default one for each CPU.")
    var slots: Int?
    @Option(
        help: """
            Folder for results that are not acknowledged. By default \
            ~/.local/state/critsweep/spool/host-NAME-NUMBER, the first that no worker uses.
            """)
    var spool: String?
    @Option(help: "What the coordinator calls this worker, beside its machine's name.")
    var name: String?
    @Option(
        help: """
            Seconds without a coordinator before giving up: 60 at first, later 600. What is given \
            here also holds for refusals of the key, of which otherwise five end the worker.
            """)
    var patience: Int?
    @Option(
        help: ArgumentHelp("A pipe; at its end the worker ends at once.", visibility: .hidden))
    var lifeline: Int32?
    @Flag(help: "Log every trial.")
    var verbose = false

    /// What a coordinator uses of one worker at most.
    private static let slotLimit = 1_024

    func validate() throws {
        if let slots, !(1...Self.slotLimit).contains(slots) {
            throw ValidationError("--slots must be from 1 to \(Self.slotLimit), but is \(slots)")
        }
        if let patience, !(1...1_000_000_000).contains(patience) {
            throw ValidationError(
                "--patience must be from 1 to 1000000000 seconds, but is \(patience)")
        }
    }

    func run() throws {
        if let lifeline {
            _ = fcntl(lifeline, F_SETFD, FD_CLOEXEC)
            ProcessEnd.exitWhenClosed(lifeline, code: CommandError.Code.unavailable.rawValue)
        }
        let exit: WorkerExit
        do {
            exit = try work()
        } catch let error as SpoolError {
            throw CommandError(error.exitCode, "\(error)")
        } catch let error as TransportError {
            throw CommandError(error.exitCode, "\(error)")
        } catch let error as ChildrenError {
            throw CommandError(.unavailable, "\(error)")
        }
        guard let code = CommandError.Code(rawValue: exit.code) else { return }
        throw CommandError(code, "the worker ends: \(sentence(on: exit))")
    }

    private func work() throws -> WorkerExit {
        let settings = try WorkerConnection.settings(accessPath: access)
        let spool = SpoolQueue(try WorkerPlaces.spool(self.spool))
        let slotCount = slots ?? min(WorkerPlaces.processorCount, Self.slotLimit)
        try DescriptorLimit.ensure(connectionCount: 3 * slotCount)
        let stops = StopSignals()
        // Before ZeroMQ begins its threads.
        let children = try ChildPool(slotCount: slotCount, arguments: [ComputeChildCommand.name])
        let connection = try WorkerConnection(accessPath: access, settings: settings)
        let log = WorkerLogFile(level: verbose ? .detail : .info)
        log.write(
            WorkerLogLine(
                .info, "started",
                [
                    "version": Version.text, "endpoint": settings.endpoints[0],
                    "slots": "\(slotCount)", "spool": spool.path,
                    "kernels": KernelFamily.best.name,
                ]))
        let supervisor = try Supervisor(
            supervisorSettings(slotCount), wire: connection, children: children, spool: spool,
            stops: stops, clock: { MonotonicTime.instant }, log: log.write)
        let exit = try supervisor.run()
        try connection.end()
        return exit
    }

    private func supervisorSettings(_ slotCount: Int) -> Supervisor.Settings {
        let host = WorkerPlaces.host
        var settings = Supervisor.Settings(
            slotCount: slotCount,
            description: WorkerDescription(
                host: name.map { "\(host) (\($0))" } ?? host, process: UInt32(getpid()),
                softwareVersion: Version.text, kernelFamily: KernelFamily.best.name))
        settings.canRunKernels = { KernelFamily.chosen($0) != nil }
        settings.dataTrouble = DataFiles.trouble
        if let patience {
            settings.firstContactMilliseconds = UInt64(patience) * 1_000
            settings.absenceMilliseconds = UInt64(patience) * 1_000
            // Who comes back to another port may find a stranger at the old one, until the access
            // file is written anew: refusals too are borne for most of that time.
            let pause = Double(settings.refusalPauseMilliseconds) / 1_000
            settings.refusalLimit = max(
                settings.refusalLimit, Int(0.9 * Double(patience) / pause))
        }
        return settings
    }

    /// For the person who reads why a worker ended.
    private func sentence(on exit: WorkerExit) -> String {
        switch exit {
        case .finished: return "the sweep is done"
        case .left: return "interrupted; what it had is with the coordinator or in its spool"
        case .superseded:
            return "a newer process of the same worker has joined with the same --spool; give each "
                + "worker its own"
        case .keyRefused(let count):
            let times = count == 1 ? "once" : "\(count) times"
            return "its key was refused \(times), or another program answers there; use the "
                + "coordinator's current access file and the key that it names"
        case .quarantined(let message): return "the coordinator sent it away: \(message)"
        case .unreachable(let seconds):
            return "no coordinator was heard for \(seconds) s: \(findings); start the coordinator, "
                + "or use its current access file"
        case .unreadableData(let message), .unusable(let message): return message
        }
    }

    /// What is met at the first endpoints of the access file, as it is now.
    private var findings: String {
        let endpoints = (try? AccessFile.read(access).endpoints) ?? []
        return endpoints.prefix(2)
            .map { EndpointProbe.finding($0, withinMilliseconds: 2_000) }
            .joined(separator: ", and ")
    }
}
