import SweepCore
import SweepProtocol
import Testing

/// SplitMix64: a seed is a run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

/// One message of every type, with every field away from its default.
enum Samples {
    static let lease = Lease(TrialID(210), attempt: 3)
    static let otherLease = Lease(TrialID(4_000_000_000), attempt: 0)
    static let session = WorkerID(epoch: 2, number: 9)
    static let outcomeBytes: [UInt8] = (0..<1_000).map { UInt8(truncatingIfNeeded: $0) }

    static let hello = Hello(
        identity: WorkerIdentity(high: 0x0102_0304_0506_0708, low: .max), incarnation: 7,
        sequence: 12, sweep: 0xFEDC, slotCount: 2, creditCount: 4,
        held: [
            HeldTrial(lease, .running), HeldTrial(otherLease, .queued),
            HeldTrial(Lease(TrialID(0), attempt: 1), .reporting),
        ], isLeaving: true)

    static let description = WorkerDescription(
        host: "node-17.cluster", process: 4_711, softwareVersion: "0.3.0",
        kernelFamily: "avx512", specDigest: SHA256Digest(of: "spec"))

    static let part = ResultPart(
        lease, digest: SHA256Digest(of: outcomeBytes), byteCount: 1_000, partIndex: 1,
        partCount: 2, content: Array(outcomeBytes[600...]), wallMilliseconds: 350,
        cpuMilliseconds: 240)

    static let fromWorker: [Message] = [
        .hello(hello, description),
        .heartbeat(
            Heartbeat(sequence: 13, creditCount: 5, held: [HeldTrial(otherLease, .running)])),
        .resultPart(part),
        .crashed(Crash(lease, cause: .signal, code: 11, lastLines: ["first", "", "χ ≥ 0"])),
        .returned([lease, otherLease]),
        .drain,
        .bye,
        .checkpointPart(part),
        .continued(Continuation(lease, step: 123_456)),
        .fetchCheckpoint(
            CheckpointFetch(
                lease, digest: SHA256Digest(of: "state"), firstPart: 8, partCount: 3)),
    ]

    static let fromCoordinator: [Message] = [
        .welcome(
            Welcome(
                greeting: 12,
                terms: Terms(
                    heartbeatMilliseconds: 1_000, leaseMilliseconds: 5_000, sweep: 0xFEDC),
                limits: .init(
                    resultBytes: 1 << 20, partBytes: 600, unacknowledgedResults: 8,
                    checkpointMilliseconds: 1_500),
                name: "xor-critical-gain", spec: "sweep: xor\nseeds: 10\n",
                kernelChoice: "reference",
                dataFiles: [
                    DataFile(path: "/data/é/images", digest: SHA256Digest(of: "images")),
                    DataFile(path: "/data/labels.gz", digest: SHA256Digest(of: "labels")),
                ])),
        .reject(Reject(.busy, retryAfterMilliseconds: 2_500, message: "200 workers wait")),
        .assign(
            Assignment(
                lease, point: 20, seed: 9,
                parameters: [
                    .init(name: "gain", value: .number(-0.0)),
                    .init(name: "activation", value: .word("erf")),
                ],
                checkpoint: CheckpointOffer(
                    digest: SHA256Digest(of: "state"), byteCount: 700_000, step: 5_000))),
        .heartbeatAck(sequence: 13),
        .resultCredit(ResultCredit(lease, receivedParts: 1, grantedParts: 9)),
        .acknowledge(Acknowledgement(lease, .refused, message: "over result_bytes")),
        .takeBack([otherLease]),
        .cancel([lease]),
        .ping,
        .dismiss(.stopping),
        .checkpointAck(
            CheckpointAcknowledgement(otherLease, digest: SHA256Digest(of: "state"), .gone)),
        .checkpointCredit(ResultCredit(otherLease, receivedParts: 2, grantedParts: 10)),
        .checkpointPiece(part),
        .saveCheckpoints,
    ]

    static let all = fromWorker + fromCoordinator

    static let outcomes: [TrialOutcome] = [
        .success(
            TrialResult(
                metrics: [
                    NamedMetric("cka_output", 0.1 + 0.2), NamedMetric("train_mse", nil),
                    NamedMetric("zero", -0.0), NamedMetric("tiny", .leastNonzeroMagnitude),
                    NamedMetric("huge", -Double.greatestFiniteMagnitude),
                ],
                arrays: [
                    NamedArray("cka_layer", shape: [3], [1, 0.5, 0.25]),
                    NamedArray("mean_kernels", shape: [1, 2, 2], [1, 2, 3, 4]),
                    NamedArray("empty", shape: [0, 4], []), NamedArray("scalar", shape: [], [7]),
                ],
                diagnostics: [
                    NamedDiagnostic("acceptance", 0.81), NamedDiagnostic("burn_in", nil),
                    NamedDiagnostic("kernel_family", text: "avx2"),
                    NamedDiagnostic("cpu_seconds", 0.21),
                ])),
        .success(TrialResult(metrics: [])),
        .failure(
            TrialFailure(.notConverged, "effective sample size 12 of 100 after 10⁶ iterations"),
            diagnostics: [NamedDiagnostic("iterations", 1e6)]),
    ]
}

/// The type alone, so that a run's log does not print every byte.
extension Message: CustomTestStringConvertible {
    public var testDescription: String { "\(kind)" }
}
