import SweepPhysics
import SweepProtocol

/// Keeps the checkpoints of one trial for a compute child: says when one is due, and sends it.
public final class TrialCheckpoints: CheckpointKeeper {
    /// When and for whom.
    public struct Terms: Sendable {
        /// Time between two checkpoints; 0 for none.
        public var milliseconds: UInt64
        /// Bytes of the largest one.
        public var byteLimit: Int
        public var kernelFamily: String
        public var softwareVersion: String

        public init(
            milliseconds: UInt64, byteLimit: Int, kernelFamily: String, softwareVersion: String
        ) {
            self.milliseconds = milliseconds
            self.byteLimit = byteLimit
            self.kernelFamily = kernelFamily
            self.softwareVersion = softwareVersion
        }
    }

    /// What there is to say about it.
    public enum Event: Hashable, Sendable {
        /// ``SweepProtocol/CheckpointContent`` in bytes.
        case kept([UInt8])
        case continued(step: UInt64)
        case refused(String)
        /// A checkpoint of so many bytes is over the limit; there will be none of this trial.
        case tooLarge(Int)
    }

    public let earlier: [UInt8]?

    private let terms: Terms
    private let clock: () -> UInt64
    private let isCalled: () -> Bool
    private let tell: (Event) -> Void
    private var nextDue: UInt64
    private var begun: UInt64 = 0
    private var isOver: Bool

    /// A checkpoint may cost one part in so many of the time.
    private static let costFactor: UInt64 = 40

    /// - Parameters:
    ///   - content: What an earlier attempt left; refused when other kernels or another critsweep
    ///     made it.
    ///   - clock: Monotonic nanoseconds.
    ///   - isCalled: Whether somebody wants a checkpoint now; asked once an iteration.
    public init(
        _ terms: Terms, content: [UInt8]? = nil, clock: @escaping () -> UInt64,
        isCalled: @escaping () -> Bool, tell: @escaping (Event) -> Void
    ) {
        self.terms = terms
        self.clock = clock
        self.isCalled = isCalled
        self.tell = tell
        isOver = terms.milliseconds == 0
        nextDue = clock() + terms.milliseconds * 1_000_000
        guard let content else {
            earlier = nil
            return
        }
        let checkpoint = CheckpointContent(bytes: content)
        if let checkpoint, checkpoint.kernelFamily == terms.kernelFamily,
            checkpoint.softwareVersion == terms.softwareVersion
        {
            earlier = checkpoint.state
        } else {
            earlier = nil
            tell(
                .refused(
                    checkpoint.map {
                        "it is of \($0.kernelFamily) kernels and critsweep \($0.softwareVersion)"
                    } ?? "it is damaged"))
        }
    }

    public func isDue() -> Bool {
        guard !isOver else { return false }
        let now = clock()
        guard now >= nextDue || isCalled() else { return false }
        begun = now
        return true
    }

    public func keep(_ state: [UInt8], step: Int) {
        let content = CheckpointContent(
            step: UInt64(step), kernelFamily: terms.kernelFamily,
            softwareVersion: terms.softwareVersion, state: state
        ).bytes
        if content.count > terms.byteLimit {
            isOver = true
            tell(.tooLarge(content.count))
            return
        }
        tell(.kept(content))
        // What it cost, the way to the supervisor included.
        let now = clock()
        let cost = now - begun
        nextDue = now + max(terms.milliseconds * 1_000_000, Self.costFactor * cost)
    }

    public func resumed(at step: Int) { tell(.continued(step: UInt64(step))) }
    public func refused(_ reason: String) { tell(.refused(reason)) }
}
