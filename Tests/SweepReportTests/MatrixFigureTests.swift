import SweepCore
import SweepReport
import Testing

@Suite("Figures of matrices")
struct MatrixFigureTests {
    private static func plan(_ gains: [Double], seeds: Int = 2) throws -> SweepPlan {
        try SweepPlan(
            grid: Grid(axes: [.init(name: "gain", values: gains.map(ParameterValue.number))]),
            seedCount: seeds)
    }

    /// Entry (i, j) of layer l is scale (l + 1) (i + 10 j) + seed.
    private static func array(
        _ name: String, size: Int, layers: Int? = nil, seed: Int, scale: Double = 1
    ) -> NamedArray {
        var entries: [Double] = []
        for layer in 0..<(layers ?? 1) {
            for place in 0..<size * size {
                let number = (layer + 1) * (place / size + 10 * (place % size))
                entries.append(scale * Double(number) + Double(seed))
            }
        }
        let shape = layers.map { [$0, size, size] } ?? [size, size]
        return NamedArray(name, shape: shape, entries)
    }

    private static func outcome(_ arrays: [NamedArray]) -> TrialOutcome {
        .success(TrialResult(metrics: [], arrays: arrays))
    }

    private static func arrays(size: Int, seed: Int) -> [NamedArray] {
        [
            NamedArray("observed_layers", shape: [2], [2, 0]),
            array("distances_initial", size: size, layers: 2, seed: seed, scale: 0.01),
            array("distances_final", size: size, layers: 2, seed: seed),
            array("distances_predicted", size: size, layers: 2, seed: seed, scale: 2),
            // Square, but of layers and entries.
            NamedArray("h_layer", shape: [2, 2], [1, 2, 3, 4]),
        ]
    }

    private static func trained(
        size: Int = 4, seeds: Range<Int> = 0..<2, layer: Double? = nil
    ) throws -> [TrialMatrices] {
        try seeds.map { seed in
            try #require(
                TrialMatrices(
                    point: 0, seed: seed, outcome: outcome(arrays(size: size, seed: seed)),
                    layer: layer))
        }
    }

    private static func figure(
        _ trials: [TrialMatrices], _ options: Figure.MatrixOptions = .init(), gains: [Double] = [1],
        experiment: String = "training"
    ) throws -> Figure {
        let plan = try plan(gains)
        var builder = TableBuilder(plan)
        for trial in 0..<plan.trialCount {
            let (point, seed) = plan.pointAndSeed(of: TrialID(trial))
            builder.add(
                point: point, seed: seed,
                outcome: .success(TrialResult(metrics: [NamedMetric("h_final", 1)])),
                kernelFamily: "avx2")
        }
        let table = builder.table(Sample.provenance)
        return try Figure(
            matrices: trials, of: table, points: table.points(where: []), options,
            PlotContext(experiment: experiment, seedCount: 2))
    }

    private static func rows(_ script: String, _ block: String) -> [[String]] {
        let all = script.split(separator: "\n")
        guard let begin = all.firstIndex(of: "\(block) << END") else { return [] }
        return all[(begin + 1)...].prefix { $0 != "END" }.map { line in
            line.split(separator: " ").map(String.init)
        }
    }

    private static func refusal(_ make: () throws -> Figure) -> String {
        do {
            _ = try make()
            return "none"
        } catch { return "\(error)" }
    }

    @Test("means over seeds of the first observed layer stand beside the theory's")
    func panels() throws {
        let script = try Self.figure(Self.trained()).script(for: .svg)
        // Column, row, mean over two seeds, the number, its ink.
        #expect(Self.rows(script, "$matrix1")[6].prefix(3) == ["2", "1", "0.71"])
        #expect(Self.rows(script, "$matrix2")[6] == ["2", "1", "21.5", "21.5", "0xFFFFFF"])
        #expect(Self.rows(script, "$matrix3")[6].prefix(3) == ["2", "1", "42.5"])
        #expect(Self.rows(script, "$matrix4").isEmpty)
        // What networks have and what the theory says are on one scale, from 0.
        #expect(script.components(separatedBy: "set cbrange [0.0:66.5]").count == 3)
        #expect(script.contains("set cbrange [0.0:0.83"))
        #expect(script.contains("set yrange [3.5:-0.5]"))
        #expect(script.contains("mean over 2 seeds".replacing(" ", with: "\u{A0}")))
    }

    @Test("another layer or one array alone can be asked for")
    func choices() throws {
        let other = try Self.figure(Self.trained(layer: 0), .init(layer: 0)).script(for: .svg)
        #expect(Self.rows(other, "$matrix2")[6][2] == "42.5")
        #expect(other.contains("{/:Italic l}\u{A0}=\u{A0}0"))
        let alone = try Self.figure(Self.trained(), .init(metric: "distances_predicted"))
        let script = alone.script(for: .pdf)
        #expect(Self.rows(script, "$matrix1")[6][2] == "42.5")
        #expect(Self.rows(script, "$matrix2").isEmpty)
        #expect(alone.fileStem == "matrix.distances_predicted")
    }

    @Test("kernels of a posterior are those of the last layer, all on one scale")
    func kernels() throws {
        func trials(layer: Double?) throws -> [TrialMatrices] {
            try (0..<2).map { seed in
                let arrays = [
                    Self.array("mean_kernels", size: 3, layers: 3, seed: seed),
                    Self.array("kernels_full", size: 3, layers: 3, seed: seed, scale: 2),
                ]
                return try #require(
                    TrialMatrices(
                        point: 0, seed: seed, outcome: Self.outcome(arrays), layer: layer))
            }
        }
        let script = try Self.figure(trials(layer: nil), experiment: "posterior").script(for: .svg)
        #expect(Self.rows(script, "$matrix1")[1][2] == "30.5")
        #expect(Self.rows(script, "$matrix2")[1][2] == "60.5")
        #expect(script.components(separatedBy: "set cbrange [0.5:132.5]").count == 3)
        let first = try Self.figure(
            trials(layer: 1), .init(layer: 1), experiment: "posterior")
        #expect(Self.rows(first.script(for: .svg), "$matrix1")[1][2] == "10.5")
    }

    @Test("where every seed has points of its own, one of them is drawn")
    func ownPoints() throws {
        let drawn = try Self.figure(
            Self.trained(seeds: 1..<3), .init(hasPointsOfSeeds: true)
        ).script(for: .svg)
        #expect(Self.rows(drawn, "$matrix2")[6][2] == "22")
        #expect(drawn.contains("seed 1 alone".replacing(" ", with: "\u{A0}")))
    }

    @Test("many points are an image, with the outputs that they belong to along the axes")
    func classes() throws {
        let size = 40
        func trials(_ targets: [Double]) throws -> [TrialMatrices] {
            try (0..<2).map { seed in
                let arrays =
                    Self.arrays(size: size, seed: seed)
                    + [NamedArray("tracked_targets", shape: [size, 2], targets)]
                return try #require(
                    TrialMatrices(point: 0, seed: seed, outcome: Self.outcome(arrays)))
            }
        }
        let blocks = (0..<size).flatMap { place -> [Double] in place < 20 ? [1, 0] : [0, 1] }
        let script = try Self.figure(trials(blocks)).script(for: .png)
        #expect(script.contains("$matrix1 using 1:2:3 with image"))
        #expect(Self.rows(script, "$matrix1")[0].count == 3)
        #expect(script.contains("set xtics ('0' 9.5, '1' 29.5)"))
        // Points of an output that are not beside each other have their numbers instead.
        let mixed = (0..<size).flatMap { place -> [Double] in place % 2 == 0 ? [1, 0] : [0, 1] }
        #expect(!(try Self.figure(trials(mixed)).script(for: .png)).contains("set xtics ('0'"))
    }

    @Test("an entry that only some seeds have is their mean, and one that none has is blank")
    func missing() throws {
        var trials = try Self.trained()
        for index in trials.indices {
            trials[index].matrices["distances_final"]?[1] = .nan
            if index == 0 { trials[index].matrices["distances_final"]?[2] = .nan }
        }
        let rows = Self.rows(try Self.figure(trials).script(for: .svg), "$matrix2")
        #expect(rows[1] == ["1", "0", "NaN"])
        #expect(rows[2][2] == "21")
    }

    @Test("networks and theory are means over the seeds that have both")
    func sameSeeds() throws {
        var trials = try Self.trained()
        trials[0].matrices["distances_predicted"] = nil
        trials[0].names.removeAll { $0 == "distances_predicted" }
        let script = try Self.figure(trials).script(for: .svg)
        #expect(Self.rows(script, "$matrix2")[6][2] == "22")
        #expect(Self.rows(script, "$matrix3")[6][2] == "43")
        #expect(script.contains("mean over 1 of 2 seeds".replacing(" ", with: "\u{A0}")))
    }

    @Test("a theory that is far off has a scale of its own")
    func scales() throws {
        var trials = try Self.trained()
        for index in trials.indices {
            trials[index].matrices["distances_predicted"]?[3] = 1e4
        }
        let script = try Self.figure(trials).script(for: .svg)
        #expect(script.contains("set cbrange [0.0:33.5]"))
        #expect(script.contains("set cbrange [0.0:10000.0]"))
    }

    @Test("what cannot be drawn is told")
    func refusals() throws {
        #expect(
            Self.refusal { try Self.figure(Self.trained(), gains: [1, 2]) }.contains(
                "there are 2 points; choose with --where gain=VALUE (1, 2)"))
        #expect(
            Self.refusal { try Self.figure([]) }.contains("keep no matrix; add distances_final"))
        #expect(
            Self.refusal { try Self.figure(Self.trained(), .init(metric: "h_layer")) }.contains(
                "there is no matrix \"h_layer\"; the matrices are distances_initial, "))
        #expect(
            Self.refusal { try Self.figure(Self.trained(layer: 5), .init(layer: 5)) }.contains(
                "there is no matrix of layer 5; the layers are 2, 0"))
        let uneven =
            try Self.trained(size: 4, seeds: 0..<1) + Self.trained(size: 5, seeds: 1..<2)
        #expect(
            Self.refusal { try Self.figure(uneven) }.contains("over different numbers of points"))
    }
}
