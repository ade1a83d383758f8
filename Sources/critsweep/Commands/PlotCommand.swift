import ArgumentParser
import Foundation
import SweepCoordinator
import SweepReport

/// A figure of a sweep, running or not.
struct PlotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot",
        abstract: "A figure of any metric: curves with error bars, or a heat map.",
        usage: "critsweep plot <sweep> [options]",
        discussion: """
            Works while the sweep runs. Without options: the sweep's main metric against its \
            first parameter, with the infinite-width curve and the critical gain, into \
            DIR/NAME.svg. One curve for each combination of the other parameters. Needs gnuplot.

            --series draws what trainings recorded against the epoch, with the effective theory \
            that was fitted: h, y, w and loss of one grid point (choose it with --where), or one \
            of them (--metric h) for all points.

            --matrix draws distances or kernels of points with points, of one grid point: as they \
            were, as they are, and as the theory has them; --metric NAME one array alone, --where \
            layer=K another layer.

            Example: critsweep plot smoke.sweep --format terminal

            Example: critsweep plot two-point-gain.sweep --series --where gain=1
            """)

    @Argument(help: "The folder of the sweep, or its ledger.")
    var sweep: String
    @Option(help: "What is drawn (default: cka_output, h_final, or the first metric).")
    var metric: String?
    @Option(
        help: "Along x: a parameter (default: the first with several values), layer, or a metric.")
    var x: String?
    @Option(help: "The parameter along y: a heat map of the metric.")
    var y: String?
    @Flag(help: "Series of trainings against the epoch.")
    var series = false
    @Flag(help: "Matrices over points: distances of trainings, kernels that were kept.")
    var matrix = false
    @Option(
        name: .customLong("where"),
        help: "name=value: only these points. Repeat it for more values or more parameters.")
    var conditions: [String] = []
    @Option(help: "Error bars: sd, sem or none.")
    var error = "sd"
    @Option(help: "Logarithmic axes: x, y, xy or none (default: as the grid is).")
    var log: String?
    @Option(
        help: "svg, png, pdf, terminal, or gnuplot for the script (default: by --out, or svg).")
    var format: String?
    @Option(help: "The file; - for standard output (default: in the folder of the sweep).")
    var out: String?

    func run() throws {
        let format = try FigureFormat.choose(format, out: out)
        var question = FigureQuestion(
            metric: metric, x: x, y: y, conditions: conditions, error: error, log: log,
            series: series ? true : nil, matrix: matrix ? true : nil)
        let size = Terminal.size
        // A line is left for the prompt.
        question.height = size.map { min($0.rows - 1, max(16, $0.columns * 2 / 5)) } ?? 24
        let response = try SweepAccess.answer(
            QueryRequest(
                "plot", format: format.rawValue, width: size?.columns ?? 80, figure: question),
            about: sweep)
        guard response.exitCode == 0 else {
            throw CommandError(response.exitCode, response.message ?? "the question failed")
        }
        let bytes = try format.drawing(of: response.text)
        guard let path = place(format, name: response.fileName ?? "figure") else {
            try Terminal.output(bytes)
            return
        }
        try ExportFile.replace(path, with: bytes)
        Terminal.complain("the figure is in \(path)", prefix: "")
    }

    /// nil for standard output.
    private func place(_ format: FigureFormat, name: String) -> String? {
        if let out { return out == "-" ? nil : out }
        if format == .terminal || format == .gnuplot { return nil }
        let directory = SweepDirectory(folderOrLedger: sweep)
        let safe = name.split(separator: "/").joined(separator: "_")
        return "\(directory.path)/\(safe).\(format.rawValue)"
    }
}

/// How a figure is written.
enum FigureFormat: String, CaseIterable {
    case svg, png, pdf, terminal, gnuplot

    private static let suffixes: [String: Self] = [
        "svg": .svg, "png": .png, "pdf": .pdf, "txt": .terminal, "gp": .gnuplot,
        "gnuplot": .gnuplot, "plt": .gnuplot,
    ]

    /// - Throws: ``CommandError`` (2) for a format that there is not.
    static func choose(_ name: String?, out: String?) throws -> Self {
        if let name {
            guard let format = Self(rawValue: name) else {
                throw CommandError(
                    .usage,
                    "--format must be svg, png, pdf, terminal or gnuplot, but is "
                        + "\"\(escaped(name, limit: 40))\"")
            }
            return format
        }
        guard let out, out != "-" else { return .svg }
        let file = out.split(separator: "/").last ?? ""
        let suffix = file.contains(".") ? file.split(separator: ".").last ?? "" : ""
        guard let format = suffixes[suffix.lowercased()] else {
            throw CommandError(
                .usage,
                "--out must end in .svg, .png, .pdf, .txt or .gp, but is "
                    + "\"\(escaped(out, limit: 200))\"; or say --format")
        }
        return format
    }

    /// The bytes of the file.
    func drawing(of script: String) throws -> [UInt8] {
        switch self {
        case .gnuplot: Array(script.utf8)
        case .svg: Self.shielded(try Gnuplot.draw(script))
        case .png: try Gnuplot.draw(script)
        case .pdf: Self.undated(try Gnuplot.draw(script))
        case .terminal: Self.tidied(try Gnuplot.draw(script))
        }
    }

    /// Some viewers drop spaces at the ends of a run of text, even those that do not break; a space
    /// of no width at the very end keeps them. And the entries of a matrix are squares, not a blur.
    private static func shielded(_ bytes: [UInt8]) -> [UInt8] {
        let text = String(decoding: bytes, as: UTF8.self)
            .replacing("\u{A0}</tspan>", with: "\u{A0}\u{200B}</tspan>")
            .replacing(">\u{A0}", with: ">\u{200B}\u{A0}")
            .replacing("<image ", with: "<image style='image-rendering:pixelated' ")
        return Array(text.utf8)
    }

    /// Cairo writes the time into a PDF; another date of the same length makes equal figures equal
    /// files, and moves nothing.
    private static func undated(_ bytes: [UInt8]) -> [UInt8] {
        let key = Array("/CreationDate (D:".utf8)
        guard let start = bytes.firstRange(of: key)?.upperBound else { return bytes }
        var bytes = bytes
        for (offset, digit) in "20000101000000".utf8.enumerated()
        where bytes.indices.contains(start + offset) {
            bytes[start + offset] = digit
        }
        return bytes
    }

    /// Without the form feed, the empty lines around and the spaces behind.
    private static func tidied(_ bytes: [UInt8]) -> [UInt8] {
        var lines = String(decoding: bytes, as: UTF8.self)
            .filter { $0 != "\u{0C}" }
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { line in
                var line = line
                while line.last == " " { line.removeLast() }
                return line
            }
        while lines.last?.isEmpty == true { lines.removeLast() }
        let text = lines.drop { $0.isEmpty }.map { $0 + "\n" }.joined()
        return Array(text.utf8)
    }
}

extension Terminal {
    /// Columns and rows of the terminal that shows standard output; nil when it is none.
    static var size: (columns: Int, rows: Int)? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
        else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}
