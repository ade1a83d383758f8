import SweepCore
import SweepProtocol
import Testing

@Suite("Outcomes as bytes")
struct OutcomeCodecTests {
    @Test("an outcome comes back, each double with its bits", arguments: Samples.outcomes)
    func roundTrip(outcome: TrialOutcome) throws {
        let bytes = try OutcomeCodec.encode(outcome)
        let back = try OutcomeCodec.decode(bytes)
        #expect(back == outcome)
        #expect(try OutcomeCodec.encode(back) == bytes)
        guard case .success(let result) = outcome, case .success(let other) = back else { return }
        #expect(
            result.metrics.map(\.value?.bitPattern) == other.metrics.map(\.value?.bitPattern))
    }

    @Test("the layout is as documented")
    func layout() throws {
        let outcome = TrialOutcome.success(
            TrialResult(
                metrics: [NamedMetric("m", 1), NamedMetric("n", nil)],
                arrays: [NamedArray("a", shape: [1], [-2])],
                diagnostics: [NamedDiagnostic("d", text: "x")]))
        let one: [UInt8] = [0, 0, 0, 0, 0, 0, 0xF0, 0x3F]
        let minusTwo: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0xC0]
        let expected: [UInt8] =
            [0x43, 0x53, 0x4F, 0x31, 0] + [2, 0, 1, 0x6D, 1] + one + [1, 0x6E, 0]
            + [1, 0, 1, 0x61, 1, 1, 0, 0, 0] + minusTwo + [1, 0, 1, 0x64, 2, 1, 0, 0x78]
        #expect(try OutcomeCodec.encode(outcome) == expected)
    }

    @Test("nil, zero and minus zero have different bytes")
    func distinctValues() throws {
        let all = try [nil, 0.0, -0.0].map {
            try OutcomeCodec.encode(.success(TrialResult(metrics: [NamedMetric("m", $0)])))
        }
        #expect(Set(all).count == 3)
    }

    @Test("what is not finite is refused", arguments: [Double.nan, .infinity, -.infinity])
    func nonFinite(value: Double) {
        let results = [
            TrialResult(metrics: [NamedMetric("m", value)]),
            TrialResult(metrics: [], arrays: [NamedArray("m", shape: [2], [0, value])]),
            TrialResult(metrics: [], diagnostics: [NamedDiagnostic("m", value)]),
        ]
        for result in results {
            #expect(throws: OutcomeError.nonFinite(name: "m")) {
                try OutcomeCodec.encode(.success(result))
            }
        }
    }

    @Test("a NaN in the bytes is refused too")
    func nonFiniteBytes() throws {
        var bytes = try OutcomeCodec.encode(
            .success(TrialResult(metrics: [NamedMetric("m", 1)])))
        bytes[bytes.count - 5] = 0x7F  // Exponent and sign of the one metric.
        bytes[bytes.count - 6] = 0xF8
        #expect(throws: OutcomeError.nonFinite(name: "m")) { try OutcomeCodec.decode(bytes) }
    }

    @Test("names are checked", arguments: ["", "a b", "../x", "é", "a\n"])
    func names(name: String) {
        #expect(throws: OutcomeError.name(name)) {
            try OutcomeCodec.encode(.success(TrialResult(metrics: [NamedMetric(name, 1)])))
        }
    }

    @Test("a name given twice, a shape that does not fit and too long a text are refused")
    func otherErrors() {
        let twice = [NamedMetric("m", 1), NamedMetric("m", 2)]
        #expect(throws: OutcomeError.duplicateName("m")) {
            try OutcomeCodec.encode(.success(TrialResult(metrics: twice)))
        }
        for shape in [[2], [-1, -1], [Int.max, Int.max, 4], [1, 1, 1, 1, 1, 1, 1, 1, 1]] {
            #expect(throws: OutcomeError.shape(name: "a")) {
                try OutcomeCodec.encode(
                    .success(
                        TrialResult(metrics: [], arrays: [NamedArray("a", shape: shape, [1])])))
            }
        }
        let long = String(repeating: "x", count: OutcomeCodec.textBytes + 1)
        #expect(throws: OutcomeError.textTooLong(name: "message")) {
            try OutcomeCodec.encode(.failure(TrialFailure(.crashed, long), diagnostics: []))
        }
    }

    @Test("an array that claims more than is there allocates nothing and is refused")
    func hugeArray() {
        let bytes: [UInt8] =
            [0x43, 0x53, 0x4F, 0x31, 0, 0, 0, 1, 0, 1, 0x61, 2]
            + [0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0x7F]
        #expect(throws: OutcomeError.malformed) { try OutcomeCodec.decode(bytes) }
    }

    @Test("every kind of failure comes back", arguments: TrialFailure.Kind.allCases)
    func failureKinds(kind: TrialFailure.Kind) throws {
        let outcome = TrialOutcome.failure(TrialFailure(kind, "why"), diagnostics: [])
        #expect(try OutcomeCodec.decode(OutcomeCodec.encode(outcome)) == outcome)
    }

    @Test("two computations agree when only their times differ, and not when a bit does")
    func identity() throws {
        func outcome(_ value: Double, seconds: Double) -> TrialOutcome {
            .success(
                TrialResult(
                    metrics: [NamedMetric("m", value)],
                    diagnostics: [
                        NamedDiagnostic("acceptance", 0.8),
                        NamedDiagnostic("cpu_seconds", seconds),
                    ]))
        }
        let first = try OutcomeCodec.identity(of: outcome(0.3, seconds: 1))
        #expect(try OutcomeCodec.identity(of: outcome(0.3, seconds: 2)) == first)
        #expect(try OutcomeCodec.identity(of: outcome(0.1 + 0.2, seconds: 1)) != first)
    }

    @Test("SHA-256 has its published digests")
    func digests() {
        #expect(
            SHA256Digest(of: "").description
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            SHA256Digest(of: "abc").description
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("an identity bound to a key is another one under another key")
    func boundIdentity() {
        let identity = WorkerIdentity(high: 1, low: 2)
        #expect(WorkerIdentity(bytes: identity.bytes) == identity)
        #expect(identity.bound(toKey: "a") == identity.bound(toKey: "a"))
        #expect(identity.bound(toKey: "a") != identity.bound(toKey: "b"))
        #expect(WorkerIdentity(bytes: [1, 2]) == nil)
    }
}
