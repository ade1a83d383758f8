import SweepSpec
import Testing

@Suite("Estimates before a sweep starts")
struct EstimateTests {
    @Test("points and trials are counted")
    func counts() throws {
        let estimate = try Fixtures.spec().estimate()
        #expect(estimate.pointCount == 2)
        #expect(estimate.trialCount == 20)
    }

    @Test("cost adds up over points, whatever the order of the grid")
    func costAddsUp() throws {
        func seconds(_ widths: String) throws -> Double {
            try Fixtures.spec(replacing: "width: [500]", by: "width: \(widths)").estimate()
                .cpuSeconds
        }
        let (small, large) = (try seconds("[100]"), try seconds("[4000]"))
        let both = try seconds("[100, 4000]")
        #expect(abs(both - (small + large)) < 1e-9 * both)
        #expect(large > 10 * small)
    }

    @Test("keys that cost nothing do not change the cost of a trial")
    func freeKeys() throws {
        let one = try Fixtures.spec().estimate()
        let many = try Fixtures.spec(
            replacing: "[1.0, 1.2]", by: "{from: 1, to: 2, count: 1000}"
        ).estimate()
        #expect(many.longestTrialSeconds == one.longestTrialSeconds)
        #expect(abs(many.cpuSeconds - 500 * one.cpuSeconds) < 1e-9 * many.cpuSeconds)
    }

    @Test("a large grid is sampled, and the mean stays near that of all points")
    func largeGridIsSampled() throws {
        let spec = try Fixtures.spec(
            replacing: "  width: [500]\n  depth: [3]",
            by: "  width: {from: 1, to: 1000, count: 1000}\n"
                + "  depth: {from: 1, to: 1000, count: 1000}")
        let estimate = spec.estimate()
        // At points and iterations fixed, cost is a + depth (b width + c): the mean over the grid
        // is the cost at mean depth and mean width, which no grid point is but two are around.
        let below = try Fixtures.spec(
            replacing: "  width: [500]\n  depth: [3]", by: "  width: [500]\n  depth: [500]")
        let mean = estimate.cpuSeconds / Double(estimate.trialCount)
        #expect(abs(mean / below.estimate().longestTrialSeconds - 1) < 0.02)
    }

    @Test("spinning takes the time it is told to, sleeping takes none")
    func calibrationCost() throws {
        func seconds(_ kind: String) throws -> Double {
            try Fixtures.spec(
                replacing: "none", by: "\(kind), milliseconds: 200", in: Fixtures.calibration
            ).estimate().cpuSeconds
        }
        #expect(try seconds("spin") == 1)
        #expect(try seconds("sleep") == 0)
    }

    @Test("a trial that does not fit the machine is refused with the estimate")
    func memoryIsRefused() throws {
        let spec = try Fixtures.spec(
            replacing: "points: 12", by: "points: 100000",
            in: Fixtures.posterior.replacingOccurrences(of: "[500]", with: "[10000]"))
        let estimate = spec.estimate()
        // P x P matrices of 10¹⁰ doubles alone are 75 GiB each.
        #expect(estimate.peakBytes > 8e10 * 20)
        let error = #expect(throws: SpecError.self) {
            try spec.checkResources(estimate, physicalMemoryBytes: 16 << 30)
        }
        #expect(
            error?.description
                == """
                a.yaml: the largest trial needs about 3.1 TiB, but this machine has 16.0 GiB; make \
                width, depth, points or max_iterations smaller
                """)
    }

    @Test("workers share the memory of a machine")
    func workersShareMemory() throws {
        let spec = try Fixtures.spec()
        let estimate = spec.estimate()
        let memory = Int(estimate.peakBytes * 3.5)
        try spec.checkResources(estimate, physicalMemoryBytes: memory, workers: 3)
        #expect(throws: SpecError.self) {
            try spec.checkResources(estimate, physicalMemoryBytes: memory, workers: 4)
        }
    }

    @Test("a result that is too large to send is refused with the estimate")
    func resultIsRefused() throws {
        let spec = try Fixtures.spec(
            replacing: "points: 12", by: "points: 2000",
            in: Fixtures.posterior + "keep: [mean_kernels]\n")
        let error = #expect(throws: SpecError.self) {
            try spec.checkResources(spec.estimate(), physicalMemoryBytes: 1 << 50)
        }
        // 3 layers x 2000 x 2000 doubles are 91.6 MiB, predictions another tenth.
        #expect(
            error?.description
                == """
                a.yaml: the largest result has about 91.7 MiB, but at most 64.0 MiB (result_bytes) \
                can be stored; keep fewer arrays
                """)
        try Fixtures.spec(replacing: "points: 12", by: "points: 2000").checkResources(
            try Fixtures.spec(replacing: "points: 12", by: "points: 2000").estimate(),
            physicalMemoryBytes: 1 << 50)
    }
}
