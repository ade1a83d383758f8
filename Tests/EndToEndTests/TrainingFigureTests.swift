import Foundation
import TestSupport
import Testing

@Suite("Figures of trainings")
struct TrainingFigureTests {
    private static let spec = """
        sweep: learned
        experiment: training
        data: {task: two-point}
        network: {architecture: mlp, activation: tanh, observed_layer: 1}
        training: {learning_rate: 0.3, epochs: 400, layers: [0, 1, 2], record_every: 2}
        grid:
          gain: [0.6, 0.9]
          width: [12]
          depth: [3]
        seeds: 2
        """

    @Test("series, layers and a metric against another are drawn, and wrong wishes are told")
    func figures() throws {
        try Scratch.with { folder in
            let spec = try Scratch.write(Self.spec, "learned.yaml", in: folder)
            let run = try Program.run(
                ["run", spec, "--workers", "1", "--out", "sweep", "--quiet", "--format", "csv"],
                in: folder)
            try #require(run.status == 0, "\(run.talk)")

            let one = ["plot", "sweep", "--series", "--where", "gain=0.9"]
            let series = try Program.run(one, in: folder)
            #expect(series.status == 0, "\(series.talk)")
            #expect(series.talk == "the figure is in sweep/learned.series.svg\n")
            let svg = try String(
                contentsOf: folder.appending(path: "sweep/learned.series.svg"), encoding: .utf8)
            #expect(svg.contains("</svg>") && svg.contains("loss"))
            // Bands of h, y, w and loss, and the dashes of their theory.
            #expect(svg.split(separator: "fill-opacity").count >= 5)
            #expect(svg.contains("stroke-dasharray"))

            let terminal = try Program.run(one + ["--format", "terminal"], in: folder)
            let lines = terminal.output.split(separator: "\n")
            #expect(terminal.status == 0 && lines.count <= 24)
            #expect(lines.allSatisfy { $0.count <= 80 })
            for letter in ["h", "y", "w"] {
                #expect(terminal.output.contains("\(letter)\(letter)"), "\(terminal.output)")
            }

            let others: [([String], String)] = [
                (["--series", "--metric", "h"], "sweep/learned.series.h.svg"),
                (["--metric", "fit_rmse_layer"], "sweep/learned.fit_rmse_layer.layer.svg"),
                (["--x", "h_predicted"], "sweep/learned.h_final.h_predicted.svg"),
                ([], "sweep/learned.svg"),
                (["--matrix", "--where", "gain=0.9"], "sweep/learned.matrix.svg"),
                (
                    [
                        "--matrix", "--metric", "distances_final", "--where", "gain=0.6", "--where",
                        "layer=2",
                    ],
                    "sweep/learned.matrix.distances_final.layer_2.svg"
                ),
            ]
            for (arguments, file) in others {
                let result = try Program.run(["plot", "sweep"] + arguments, in: folder)
                #expect(result.status == 0 && result.talk == "the figure is in \(file)\n")
            }

            let table = try Program.run(
                ["table", "sweep", "--layers", "--format", "csv"], in: folder)
            let rows = table.output.split(separator: "\n")
            #expect(rows.first?.hasPrefix("gain,width,depth,layer,n,failed,") == true)
            #expect(rows.first?.contains(",eta_h_layer_mean,") == true)
            #expect(rows.first?.contains("observed_layers") == false)
            #expect(
                rows.dropFirst().map { $0.split(separator: ",")[3] } == "012012".map { "\($0)" })

            let wrong: [([String], String)] = [
                (["--series"], "choose with --where gain=VALUE (0.6, 0.9)"),
                (["--series", "--metric", "z"], "the series are h, y, w, loss"),
                (["--series", "--x", "gain"], "--x does not go with --series"),
                (["--series", "--where", "gain=2"], "no point has gain = 2"),
                (["--x", "height"], "no swept parameter \"height\""),
                (["--matrix"], "choose with --where gain=VALUE (0.6, 0.9)"),
                (["--matrix", "--x", "gain"], "--x does not go with --matrix"),
                (["--matrix", "--error", "sem"], "--error does not go with --matrix"),
                (
                    ["--matrix", "--where", "gain=0.9", "--where", "seed=2"],
                    "there is no seed 2; the seeds are 0 to 1"
                ),
                (["--matrix", "--series"], "are two figures; say one of them"),
                (["--matrix", "--format", "terminal"], "too many numbers for a terminal"),
                (
                    ["--matrix", "--where", "gain=0.9", "--where", "layer=x"],
                    "wants a number, but has \"x\""
                ),
                (
                    ["--matrix", "--where", "gain=0.9", "--where", "layer=7"],
                    "the layers are 1, 0, 2"
                ),
            ]
            for (arguments, words) in wrong {
                let result = try Program.run(["plot", "sweep"] + arguments, in: folder)
                #expect(result.status == 2 && result.talk.contains(words), "\(result.talk)")
                #expect(result.talk.split(separator: "\n").count == 1)
            }
        }
    }
}
