import Foundation
import TestSupport
import Testing

@Suite("Figures")
struct PlotTests {
    private static let spec = """
        sweep: drawn
        experiment: posterior
        data: {task: xor, points: 6, dimension: 20}
        inference: {effective_samples: 20}
        grid:
          gain: [0.8, 1.1, 1.4, 1.7]
          width: [24, 48]
          depth: [2]
        seeds: 2
        """

    private static func bytes(_ name: String, in folder: URL) throws -> [UInt8] {
        try Array(Data(contentsOf: folder.appending(path: name)))
    }

    @Test("a sweep is drawn in every format, twice with the same bits, and wrong wishes are told")
    func formats() throws {
        try Scratch.with { folder in
            let spec = try Scratch.write(Self.spec, "drawn.yaml", in: folder)
            let run = try Program.run(
                ["run", spec, "--workers", "2", "--out", "sweep", "--quiet", "--format", "csv"],
                in: folder)
            try #require(run.status == 0, "\(run.talk)")
            let rows = run.output.split(separator: "\n").count - 1
            #expect(rows == 8)

            let plain = try Program.run(["plot", "sweep"], in: folder)
            #expect(plain.status == 0 && plain.output.isEmpty, "\(plain.talk)")
            #expect(plain.talk == "the figure is in sweep/drawn.svg\n")
            let svg = String(decoding: try Self.bytes("sweep/drawn.svg", in: folder), as: UTF8.self)
            #expect(svg.hasPrefix("<?xml") && svg.contains("</svg>"))
            // Filled circles and squares: one a row of the table, and one in the legend each. The
            // white ones keep the line off a point.
            let symbols = svg.split(separator: "\n").count { line in
                (line.contains("'#gpPt6' transform") || line.contains("'#gpPt4' transform"))
                    && !line.contains("#FFFFFF")
            }
            #expect(symbols == rows + 2)
            #expect(svg.contains("crit"))

            let magic: [(String, [UInt8])] = [
                ("a.png", [0x89, 0x50, 0x4E, 0x47]), ("a.pdf", Array("%PDF-".utf8)),
                ("a.svg", Array("<?xml".utf8)), ("a.gp", Array("# A figure".utf8)),
            ]
            for (name, begin) in magic {
                let first = try Program.run(["plot", "sweep", "--out", name], in: folder)
                #expect(first.status == 0 && first.talk == "the figure is in \(name)\n")
                let once = try Self.bytes(name, in: folder)
                #expect(once.starts(with: begin), "\(name)")
                _ = try Program.run(["plot", "sweep", "--out", name], in: folder)
                #expect(try Self.bytes(name, in: folder) == once, "\(name)")
            }

            let terminal = try Program.run(
                ["plot", "sweep", "--format", "terminal"], in: folder)
            #expect(terminal.status == 0)
            let lines = terminal.output.split(separator: "\n")
            #expect(lines.count <= 24 && lines.allSatisfy { $0.count <= 80 })
            #expect(terminal.output.contains("●") && terminal.output.contains("■"))
            #expect(terminal.output.contains("g_crit = 1.376"))

            let layers = try Program.run(
                ["plot", "sweep", "--metric", "cka_layer", "--where", "width=24"], in: folder)
            #expect(layers.talk == "the figure is in sweep/drawn.cka_layer.layer.svg\n")
            let table = try Program.run(
                ["table", "sweep", "--layers", "--format", "csv"], in: folder)
            let layerLines = table.output.split(separator: "\n")
            #expect(layerLines.first?.hasPrefix("gain,width,depth,layer,n,failed,") == true)
            #expect(layerLines.first?.contains("cka_layer_mean,cka_layer_sd,cka_layer_sem") == true)
            #expect(layerLines.count == 1 + 2 * rows, "two layers")
            let layerTable = try Program.run(["table", "sweep", "--layers"], in: folder)
            #expect(layerTable.output.hasPrefix("sweep drawn: 16 trials, all recorded"))

            let wrong: [([String], Int32, String)] = [
                (["--metric", "cka"], 2, "there is no metric \"cka\""),
                (["--x", "height"], 2, "no swept parameter \"height\""),
                (["--error", "ci"], 2, "--error must be one of sd, sem, none"),
                (["--format", "jpg"], 2, "--format must be svg"),
                (["--out", "figure.jpg"], 2, "--out must end in"),
                (["--out", "none/figure.svg"], 73, "cannot write none/figure.svg"),
                (
                    ["--out", "sweep", "--format", "svg"], 73,
                    "sweep is a folder and is not replaced"
                ),
            ]
            for (arguments, status, words) in wrong {
                let result = try Program.run(["plot", "sweep"] + arguments, in: folder)
                #expect(result.status == status && result.output.isEmpty, "\(arguments)")
                #expect(result.talk.contains(words), "\(result.talk)")
                #expect(result.talk.split(separator: "\n").count == 1)
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path())
            #expect(left.allSatisfy { !$0.hasSuffix(".part") && !$0.hasPrefix("figure") })
        }
    }
}
