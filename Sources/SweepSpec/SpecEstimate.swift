import SweepCore
import SweepPhysics

/// What a sweep will take, before anything is started.
public struct SpecEstimate: Hashable, Sendable {
    public var pointCount: Int
    public var trialCount: Int
    /// CPU time of all trials together.
    public var cpuSeconds: Double
    /// CPU time of the longest trial.
    public var longestTrialSeconds: Double
    /// Memory of one worker slot while it computes the largest trial.
    public var peakBytes: Double
    /// Size of the largest result.
    public var resultBytes: Double
}

extension SweepSpecification {
    /// A result larger than this cannot be sent, unless a coordinator allows more.
    public static let defaultResultByteLimit = 64 << 20

    /// Estimates the cost of the sweep from ``CostModel``.
    ///
    /// Of a large grid at most ``estimatedPointLimit`` points are looked at, evenly spread over the
    /// keys that cost depends on; the largest trial is found in any case, because cost grows with
    /// each of them. The rows of a CSV file are counted when the spec does not say how many.
    public func estimate() -> SpecEstimate {
        let rows = dataRows()
        let largest = cost(at: corner(max), rows: rows)
        return SpecEstimate(
            pointCount: plan.grid.pointCount, trialCount: plan.trialCount,
            cpuSeconds: meanSeconds(rows: rows) * Double(plan.trialCount),
            longestTrialSeconds: largest.seconds, peakBytes: largest.bytes,
            resultBytes: largest.resultBytes)
    }

    /// Refuses a sweep whose largest trial does not fit the machine or the largest message.
    ///
    /// - Parameters:
    ///   - physicalMemoryBytes: Memory of the machine that the trials run on.
    ///   - memoryName: What the sentence says before the figure: whose memory it is.
    ///   - workers: Trials that run there at a time.
    ///   - resultByteLimit: The coordinator's limit `result_bytes`.
    /// - Throws: ``SpecError`` with the estimate.
    public func checkResources(
        _ estimate: SpecEstimate, physicalMemoryBytes: Int,
        memoryName: String = "this machine has", workers: Int = 1,
        resultByteLimit: Int = Self.defaultResultByteLimit
    ) throws(SpecError) {
        let needed = estimate.peakBytes * Double(workers)
        if needed > Double(physicalMemoryBytes) {
            let several = workers == 1 ? "" : " for \(workers) workers"
            throw SpecError(
                file: path,
                "the largest trial needs about \(Self.shown(bytes: needed))\(several), but "
                    + "\(memoryName) \(Self.shown(bytes: Double(physicalMemoryBytes))); "
                    + (workers == 1
                        ? "make width, depth, points or max_iterations smaller"
                        : "use fewer workers or smaller networks"))
        }
        if estimate.resultBytes > Double(resultByteLimit) {
            throw SpecError(
                file: path, key: "keep",
                "the largest result has about \(Self.shown(bytes: estimate.resultBytes)), but at "
                    + "most \(Self.shown(bytes: Double(resultByteLimit))) (result_bytes) can be "
                    + "stored; keep fewer arrays")
        }
    }

    /// More points than this are estimated from a sample.
    static let estimatedPointLimit = 20_000

    private static func shown(bytes: Double) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var (value, unit) = (bytes, 0)
        while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
        let tenths = (value * 10).rounded() / 10
        return "\(tenths >= 100 ? String(Int(tenths.rounded())) : String(tenths)) \(units[unit])"
    }
}

// MARK: - One trial

extension SweepSpecification {
    struct Cost {
        var seconds: Double
        var bytes: Double
        var resultBytes: Double
    }

    /// Keys that cost depends on; the rest only multiply the points.
    private static let costly: Set<String> = [
        "width", "depth", "points", "test_points", "dimension", "sampler", "effective_samples",
        "max_iterations", "burn_in", "chains", "activation", "evidence", "precision", "kind",
        "milliseconds", "task", "order", "draws",
    ]

    /// The points of a data set that the spec does not count: rows of its file.
    private func dataRows() -> Double {
        guard !Self.tasks(values, axes).isEmpty, extreme("points", max) == nil,
            Self.tasks(values, axes).contains("csv"), let file = dataPlace
        else { return Double(ResolvedValues.drawnPoints) }
        return SpecFile.lineCount(of: file)
    }

    /// The point at which every swept number is extreme, words at their first, langevin before other
    /// samplers.
    private func corner(_ choose: (Double, Double) -> Double) -> GridPoint {
        GridPoint(
            axes.map { axis in
                let number = extreme(axis.name, choose).map { ParameterValue.number($0) }
                // Weights take more memory than pre-activations.
                let langevin = ParameterValue.word(Sampler.langevin.rawValue)
                let word =
                    axis.name == "sampler" && axis.values.contains(langevin)
                    ? langevin : axis.values[0]
                return .init(name: axis.name, value: number ?? word)
            })
    }

    private func meanSeconds(rows: Double) -> Double {
        let costlyAxes = axes.filter { Self.costly.contains($0.name) }
        let rest = axes.filter { !Self.costly.contains($0.name) }
            .map { GridPoint.Parameter(name: $0.name, value: $0.values[0]) }
        // A part of a grid that is small enough is a grid that is small enough.
        guard
            let grid = try? Grid(axes: costlyAxes.map { .init(name: $0.name, values: $0.values) })
        else { return 0 }
        let count = grid.pointCount
        let looks = min(count, Self.estimatedPointLimit)
        let step = looks == count ? 1 : Self.spreadingStep(count)
        var sum = 0.0
        for look in 0..<looks {
            // 2³² points times 20,000 looks fit.
            let point = GridPoint(grid.point(at: look * step % count).parameters + rest)
            sum += cost(at: point, rows: rows).seconds
        }
        return sum / Double(looks)
    }

    /// A step near the golden section of `count` that has no factor in common with it, so that its
    /// multiples spread evenly over every axis. A plain stride would meet few values of the last.
    private static func spreadingStep(_ count: Int) -> Int {
        var step = max(1, Int(Double(count) * 0.618_033_988_749_895))
        func commonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : commonDivisor(b, a % b) }
        while commonDivisor(step, count) != 1 { step += 1 }
        return step
    }

    private func cost(at point: GridPoint, rows: Double) -> Cost {
        func number(_ name: String) -> Double? {
            if let value = point[name] { return value.number }
            if case .number(let number) = values[name] { return number }
            return nil
        }
        func word(_ name: String) -> String? {
            if let value = point[name] { return value.canonicalText }
            if case .word(let word) = values[name] { return word }
            return nil
        }
        switch experimentKind {
        case .calibration:
            let milliseconds = word("kind") == "spin" ? number("milliseconds") ?? 0 : 0
            return Cost(
                seconds: milliseconds / 1_000, bytes: CostModel.bytesPerProcess,
                resultBytes: CostModel.bytesPerResult)
        case .posterior:
            let sampler = word("sampler").flatMap(Sampler.init) ?? .functionSpace
            var cost =
                sampler == .langevin
                ? langevinCost(number, rows: rows)
                : posteriorCost(
                    number, isSlice: sampler == .ellipticalSlice,
                    isKinked: ["relu", "leaky_relu"].contains(word("activation")), rows: rows)
            if word("precision") == ChainPrecision.single.rawValue {
                cost.seconds *= CostModel.singlePrecision
            }
            if word("evidence") == "true" { cost.seconds *= 1 + CostModel.evidenceChains }
            if case .words(let orders) = values["compare"],
                orders.contains(where: { $0 != TheoryOrder.nngp.rawValue })
            {
                let theory = theoryCost(number, rows: rows)
                cost.seconds += theory.seconds * Double(orders.count)
                cost.bytes = max(cost.bytes, theory.bytes)
            }
            if Self.tasks(values, axes).contains("mnist") {
                cost.bytes += CostModel.bytesPerDigitSet
            }
            return cost
        case .theory:
            var cost = theoryCost(number, rows: rows)
            if case .word(TheoryOrder.nngp.rawValue) = values["order"] {
                cost.seconds = CostModel.secondsPerTrial
            }
            if Self.tasks(values, axes).contains("mnist") {
                cost.bytes += CostModel.bytesPerDigitSet
            }
            return cost
        case .training:
            return trainingCost(
                number, isConvolutional: word("architecture") == "cnn", task: word("task") ?? "",
                rows: rows)
        case .prior:
            var cost = priorCost(number, rows: rows)
            if Self.tasks(values, axes).contains("mnist") {
                cost.bytes += CostModel.bytesPerDigitSet
            }
            return cost
        default:
            return Cost(
                seconds: CostModel.secondsPerCriticality, bytes: CostModel.bytesPerProcess,
                resultBytes: CostModel.bytesPerResult)
        }
    }

    private func theoryCost(_ number: (String) -> Double?, rows: Double) -> Cost {
        let depth = number("depth") ?? 1
        let points = number("points") ?? rows
        let draws = number("draws") ?? Double(TheoryOptions().draws)
        let square = points * points
        // With held-out points a last pass over all of them.
        let both = points + (number("test_points") ?? 0)
        let drawn = both > points ? points + both : points
        let prediction = both > points ? draws * both * both * CostModel.secondsPerDrawPair : 0
        let layer =
            draws
            * (CostModel.secondsPerDrawPair * square + CostModel.secondsPerDrawnPoint * points)
            + CostModel.secondsPerKernelEntry * square
            + CostModel.secondsPerTheoryCube * square * points
        let vectors = CostModel.theoryVectors * depth * square
        let pairs = min(points, 24) * (min(points, 24) + 1) / 2
        return Cost(
            seconds: depth * (CostModel.theoryEvaluations * layer + prediction)
                + CostModel.secondsPerTrial,
            bytes: CostModel.bytesPerProcess
                + 8 * (5 * draws * drawn + vectors + 5 * depth * pairs * pairs),
            resultBytes: CostModel.bytesPerResult
                + 8 * depth * (5 + square * Double(keptMatrices)))
    }

    /// Arrays of L × P × P numbers that are stored.
    private var keptMatrices: Int {
        keep.filter { $0 == "mean_kernels" || TheorySettings.matrices.contains($0) }.count
    }

    private func posteriorCost(
        _ number: (String) -> Double?, isSlice: Bool, isKinked: Bool, rows: Double
    ) -> Cost {
        let width = number("width") ?? 1
        let depth = number("depth") ?? 1
        let points = number("points") ?? rows
        let testPoints = number("test_points") ?? 0
        let both = points + testPoints
        let chains = number("chains") ?? 1
        let longest = number("max_iterations") ?? 1
        let burnIn = number("burn_in") ?? CostModel.burnInIterations
        let kept =
            (number("effective_samples") ?? 1)
            * (isSlice
                ? CostModel.sliceIterationsPerEffectiveSample
                : CostModel.iterationsPerEffectiveSample)
        let iterations = min(burnIn + kept / chains, longest) * chains

        func evaluation(_ points: Double) -> Double {
            depth
                * (CostModel.secondsPerNeuronPair * width * points * points
                    + CostModel.secondsPerPreactivation * width * points
                    + CostModel.secondsPerCube * points * points * points)
        }
        let gradients =
            isSlice
            ? CostModel.sliceGradientsPerIteration
            : isKinked
                ? CostModel.gradientsPerKinkedIteration : CostModel.gradientsPerIteration
        // Held-out points are carried through the layers once a kept iteration.
        let prediction = testPoints > 0 ? evaluation(both) : 0
        let seconds =
            iterations * (gradients * evaluation(points) + prediction)
            + depth * both * both * CostModel.secondsPerKernelEntry + CostModel.secondsPerTrial

        let padded = (width / 8).rounded(.up) * 8
        let panels = CostModel.panels * depth * padded * points + 2 * depth * padded * testPoints
        let matrices =
            CostModel.matricesPerLayer * depth * both * both
            + CostModel.matricesPerTrial * both * both
        // Traces of U and of every layer's alignment are kept for all chains.
        let traces = 2 * chains * longest * (depth + 1)
        // Batches of the output kernel, for the errors of what is computed from its mean.
        let state = points * (points + 3) / 2
        let batches = chains * min(64 * state, max(4_194_304, 16 * state))
        let data = both * ((number("dimension") ?? 0) + 1)
        let kernels = Double(keptMatrices) * depth * points * points
        let lists = depth * Double(keep.count - keptMatrices + 4)
        return Cost(
            seconds: seconds,
            bytes: CostModel.bytesPerProcess + 8 * (panels + matrices + traces + batches + data),
            resultBytes: CostModel.bytesPerResult + 8 * (kernels + lists + 7 * both))
    }
}
