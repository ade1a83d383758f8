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

    private static func trained(size: Int = 4, seeds: Range<Int> = 0..<2) -> [TrialMatrices] {
        seeds.map { seed in
            TrialMatrices(
                point: 0, seed: seed, layers: [2, 0],
                matrices: [
                    array("distances_initial", size: size, layers: 2, seed: seed, scale: 0.01),
                    array("distances_final", size: size, layers: 2, seed: seed),
                    array("distances_predicted", size: size, layers: 2, seed: seed, scale: 2),
                ])
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
        #expect(Self.rows(script, "$matrix2")[6] == ["2", "1", "21.5", "22", "0xFFFFFF"])
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
        let other = try Self.figure(Self.trained(), .init(layer: 0)).script(for: .svg)
        #expect(Self.rows(other, "$matrix2")[6][2] == "42.5")
        #expect(other.contains("layer\u{A0}0"))
        let alone = try Self.figure(Self.trained(), .init(metric: "distances_predicted"))
        let script = alone.script(for: .pdf)
        #expect(Self.rows(script, "$matrix1")[6][2] == "42.5")
        #expect(Self.rows(script, "$matrix2").isEmpty)
        #expect(alone.fileStem == "matrix.distances_predicted")
    }

    @Test("kernels of a posterior are those of the last layer, all on one scale")
    func kernels() throws {
        let trials = (0..<2).map { seed in
            TrialMatrices(
                point: 0, seed: seed,
                matrices: [
                    Self.array("mean_kernels", size: 3, layers: 3, seed: seed),
                    Self.array("kernels_full", size: 3, layers: 3, seed: seed, scale: 2),
                ])
        }
        let script = try Self.figure(trials, experiment: "posterior").script(for: .svg)
        #expect(Self.rows(script, "$matrix1")[1][2] == "30.5")
        #expect(Self.rows(script, "$matrix2")[1][2] == "60.5")
        #expect(script.components(separatedBy: "set cbrange [0.5:132.5]").count == 3)
        let first = try Self.figure(trials, .init(layer: 1), experiment: "posterior")
        #expect(Self.rows(first.script(for: .svg), "$matrix1")[1][2] == "10.5")
    }

    @Test("many points are an image, with the classes that they come in along the axes")
    func classes() throws {
        let size = 20
        let targets = (0..<size).flatMap { place -> [Double] in place < 10 ? [1, 0] : [0, 1] }
        var trials = Self.trained(size: size)
        for index in trials.indices {
            trials[index].targets = NamedArray("tracked_targets", shape: [size, 2], targets)
        }
        let script = try Self.figure(trials).script(for: .png)
        #expect(script.contains("$matrix1 using 1:2:3 with image"))
        #expect(Self.rows(script, "$matrix1")[0].count == 3)
        #expect(script.contains("set xtics ('0' 4.5, '1' 14.5)"))
        // Points of a class that are not beside each other have their numbers instead.
        let mixed = (0..<size).flatMap { place -> [Double] in place % 2 == 0 ? [1, 0] : [0, 1] }
        for index in trials.indices {
            trials[index].targets = NamedArray("tracked_targets", shape: [size, 2], mixed)
        }
        #expect(!(try Self.figure(trials).script(for: .png)).contains("set xtics ('0'"))
    }

    @Test("an entry that only some seeds have is their mean, and one that none has is blank")
    func missing() throws {
        var trials = Self.trained()
        for index in trials.indices {
            var entries = trials[index].matrices[1].values
            entries[1] = .nan
            if index == 0 { entries[2] = .nan }
            trials[index].matrices[1] = NamedArray(
                "distances_final", shape: [2, 4, 4], entries)
        }
        let rows = Self.rows(try Self.figure(trials).script(for: .svg), "$matrix2")
        #expect(rows[1] == ["1", "0", "NaN"])
        #expect(rows[2][2] == "21")
    }

    @Test("what cannot be drawn is told")
    func refusals() {
        #expect(
            Self.refusal { try Self.figure(Self.trained(), gains: [1, 2]) }.contains(
                "there are 2 points; choose with --where gain=VALUE (1, 2)"))
        #expect(Self.refusal { try Self.figure([]) }.contains("has a matrix to draw"))
        #expect(
            Self.refusal { try Self.figure(Self.trained(), .init(metric: "kernels")) }.contains(
                "there is no matrix \"kernels\"; the matrices are distances_initial, "))
        #expect(
            Self.refusal { try Self.figure(Self.trained(), .init(layer: 5)) }.contains(
                "there is no matrix of layer 5; the layers are 2, 0"))
        let uneven = Self.trained(size: 4, seeds: 0..<1) + Self.trained(size: 5, seeds: 1..<2)
        #expect(Self.refusal { try Self.figure(uneven) }.contains("of different sizes"))
    }
}
