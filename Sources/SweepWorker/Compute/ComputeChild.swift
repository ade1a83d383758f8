import Foundation
import SweepCore
import SweepPhysics
import SweepProtocol

/// A compute child: reads trials from one pipe, computes them one after the other, and writes their
/// outcomes to another. It ends with its supervisor, also in the middle of a trial.
public struct ComputeChild {
    /// Finds out what the assignments of a sweep compute.
    public typealias Planner =
        (_ welcome: Welcome) throws -> (_ assignment: Assignment) throws -> PlannedTrial

    /// Where the child's pipes are; the supervisor puts them there.
    public static let requestDescriptor: Int32 = 3
    /// See ``requestDescriptor``.
    public static let responseDescriptor: Int32 = 4

    /// How a child ends.
    public enum Exit: Int32, Hashable, Sendable {
        /// Its supervisor is gone, or has no further work.
        case done = 0
        /// A spec or a point that this version cannot read.
        case spec = 2
        /// A data file that cannot be read here, or is not the sweep's.
        case data = 66
        /// Kernels that this CPU cannot run.
        case kernels = 69
        /// Requests that no supervisor of ours makes.
        case garbled = 70
    }

    /// What a child knows after `prepare`.
    private struct Sweep {
        var computation: TrialComputation
        var plan: (Assignment) throws -> PlannedTrial
        var limits: Welcome.Limits
    }

    private let request: Int32
    private let response: Int32
    private let softwareVersion: String
    private let planner: Planner
    private let complain: (String) -> Void
    private let files = FileCache()

    /// - Parameters:
    ///   - softwareVersion: Checkpoints of any other are refused.
    ///   - complain: Takes one sentence for the supervisor's log before the child ends.
    public init(
        request: Int32 = Self.requestDescriptor, response: Int32 = Self.responseDescriptor,
        softwareVersion: String = "", planner: @escaping Planner,
        complain: @escaping (String) -> Void
    ) {
        self.request = request
        self.response = response
        self.softwareVersion = softwareVersion
        self.planner = planner
        self.complain = complain
    }

    /// Serves until the supervisor is gone or something cannot be helped.
    public func run() -> Exit {
        Self.becomeChild()
        Self.closeInherited(above: max(request, response))
        // What the child itself starts must not hold its pipes open.
        for descriptor in [request, response] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        ProcessEnd.exitWhenClosed(request, code: Exit.done.rawValue)

        var buffer = FrameBuffer(limit: ChildRequest.byteLimit)
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        var sweep: Sweep?
        var earlier: (lease: Lease, content: [UInt8])?
        while true {
            do {
                while let payload = try buffer.next() {
                    switch try ChildRequest(payload: payload) {
                    case .prepare(let welcome): sweep = try prepare(welcome)
                    case .resume(let lease, let content): earlier = (lease, content)
                    case .compute(let assignment):
                        guard let sweep else {
                            throw Stop(.garbled, "a trial came before its spec")
                        }
                        let content = earlier?.lease == assignment.lease ? earlier?.content : nil
                        earlier = nil
                        try compute(assignment, of: sweep, from: content)
                    }
                }
            } catch let stop as Stop {
                if !stop.sentence.isEmpty { complain(stop.sentence) }
                return stop.exit
            } catch {
                complain("a request cannot be read: \(error)")
                return .garbled
            }
            let count = read(request, &piece, piece.count)
            if count == 0 { return .done }
            if count < 0 {
                if errno == EINTR { continue }
                return .garbled
            }
            buffer.append(piece[..<count])
        }
    }

    /// An end of the child, with a sentence for the log.
    private struct Stop: Error {
        var exit: Exit
        var sentence: String
        init(_ exit: Exit, _ sentence: String) {
            self.exit = exit
            self.sentence = sentence
        }
    }

    private func prepare(_ welcome: Welcome) throws -> Sweep {
        guard let family = KernelFamily.chosen(welcome.kernelChoice) else {
            throw Stop(.kernels, "this CPU cannot run the kernels \(welcome.kernelChoice)")
        }
        let plan: (Assignment) throws -> PlannedTrial
        do {
            plan = try planner(welcome)
        } catch {
            throw Stop(.spec, "\(error)")
        }
        files.expect(welcome.dataFiles)
        return Sweep(
            computation: TrialComputation(family: family, readFile: { try files.read($0) }),
            plan: plan, limits: welcome.limits)
    }

    private func compute(
        _ assignment: Assignment, of sweep: Sweep, from content: [UInt8]?
    ) throws {
        let trial: PlannedTrial
        do {
            trial = try sweep.plan(assignment)
        } catch {
            throw Stop(.spec, "\(error)")
        }
        let measured: MeasuredOutcome
        do {
            measured = try sweep.computation.run(
                trial, keeper: checkpoints(of: assignment.lease, sweep, from: content))
        } catch let problem as DataProblem {
            measured = MeasuredOutcome(failingFor: problem, family: sweep.computation.family)
        } catch {
            throw Stop(.data, "\(error)")
        }
        let (content, ending) = measured.content(limit: sweep.limits.resultBytes)
        let finished = FinishedTrial(
            assignment.lease, ending, content: content,
            wallMilliseconds: measured.wallNanoseconds / 1_000_000,
            cpuMilliseconds: measured.cpuNanoseconds / 1_000_000)
        // The supervisor is gone when it cannot be written to.
        guard answer(.finished(finished)) else { throw Stop(.done, "") }
    }

    private func answer(_ answer: ChildAnswer) -> Bool {
        Self.write(FrameBuffer.frame(answer.bytes), to: response)
    }

    /// Sends checkpoints as they are due. When the supervisor is gone this process ends by itself.
    private func checkpoints(
        of lease: Lease, _ sweep: Sweep, from content: [UInt8]?
    ) -> TrialCheckpoints {
        let terms = TrialCheckpoints.Terms(
            milliseconds: sweep.limits.checkpointMilliseconds,
            byteLimit: sweep.limits.resultBytes, kernelFamily: sweep.computation.family.name,
            softwareVersion: softwareVersion)
        return TrialCheckpoints(
            terms, content: content, clock: { MonotonicTime.nanoseconds },
            isCalled: CheckpointCall.take
        ) { event in
            switch event {
            case .kept(let content): _ = answer(.checkpoint(lease, content: content))
            case .continued(let step): _ = answer(.continued(lease, step: step))
            case .refused(let reason): _ = answer(.refused(lease, reason: reason))
            case .tooLarge(let byteCount):
                complain(
                    "no checkpoints of \(lease): one has \(byteCount) bytes, and the limit is "
                        + "\(terms.byteLimit)")
            }
        }
    }

    /// A descriptor that somebody forgot to mark must not keep a pipe or a lock alive.
    private static func closeInherited(above last: Int32) {
        let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        // Without a list there is nothing to close; the marks should do anyway.
        for descriptor in (names ?? []).compactMap({ Int32($0) }) where descriptor > last {
            close(descriptor)
        }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// A batch system and a terminal send signals to every process of a job: the supervisor alone
    /// decides what they mean. Out of memory, the child goes before the supervisor.
    private static func becomeChild() {
        for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { _ = signal(number, SIG_IGN) }
        CheckpointCall.listen()
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        tell("500", to: "/proc/self/oom_score_adj")
        // The name that `ps` shows; it was started by another.
        tell("critsweep", to: "/proc/self/comm")
    }

    /// Writes to a file of the kernel, if it lets us.
    private static func tell(_ text: String, to path: String) {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = write(Array(text.utf8), to: file)
        close(file)
    }
}

extension KernelFamily {
    /// The family for a choice of `--kernels`; nil when this CPU cannot run it.
    public static func chosen(_ choice: String) -> KernelFamily? {
        choice == "auto" ? best : named(choice)
    }
}
