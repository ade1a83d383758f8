import Foundation
import SweepCore
import SweepReport
import Testing

@Suite("Formats of the table")
struct TableFormatTests {
    static func full() throws -> SweepTable {
        let plan = try Sample.plan()
        return Sample.table(plan, Array(0..<plan.trialCount))
    }

    /// Compares with a file in Golden, or writes it when asked to.
    static func expectGolden(_ name: String, _ text: String) throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = tests.appendingPathComponent("Golden/report/\(name)")
        if ProcessInfo.processInfo.environment["SWEEP_REWRITE_GOLDEN"] == "1" {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let expected = try String(contentsOf: file, encoding: .utf8)
        #expect(text == expected, "\(name)")
    }

    @Test("csv, json, terminal, markdown and latex are as they were looked at")
    func golden() throws {
        let table = try Self.full()
        try Self.expectGolden("table.csv", table.csv())
        try Self.expectGolden("table.json", table.json())
        try Self.expectGolden("table.txt", table.terminal())
        try Self.expectGolden("table-all.txt", table.terminal(metrics: table.metrics))
        try Self.expectGolden("table.md", table.markdown())
        try Self.expectGolden("table.tex", table.latex())
    }

    @Test("the CSV reads back to the same doubles and names no run")
    func csvPrecision() throws {
        let table = try Self.full()
        let lines = table.csv().split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let column = try #require(lines[0].firstIndex(of: "cka_output_mean"))
        for (row, line) in zip(table.rows, lines.dropFirst()) {
            #expect(Double(line[column]) == row.statistics[0].mean)
            #expect(Double(line[column + 1]) == row.statistics[0].standardDeviation)
            #expect(Double(line[column + 2]) == row.statistics[0].standardError)
            #expect(line.count == lines[0].count)
        }
        var other = table
        other.provenance = SweepTable.Provenance(
            sweep: "x", softwareVersion: "9", kernelFamilies: ["z"], specDigest: "", madeAt: nil)
        #expect(other.csv() == table.csv())
    }

    @Test("cells with commas, quotes and newlines are quoted in CSV and escaped in JSON")
    func csvQuoting() throws {
        let plan = try SweepPlan(
            grid: Grid(axes: [.init(name: "a,b", values: [.word("x\"y\nz")])]), seedCount: 1)
        let table = TableBuilder(plan).table(Sample.provenance)
        #expect(table.csv() == "\"a,b\",n,failed\n\"x\"\"y\nz\",0,0\n")
        #expect(table.json().contains("{\"a,b\": \"x\\\"y\\nz\", \"n\": 0, \"failed\": 0}"))
    }

    @Test("the JSON is JSON, with null where there is nothing")
    func json() throws {
        let data = Data(try Self.full().json().utf8)
        let object = try #require(
            try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let rows = try #require(object["rows"] as? [[String: Any]])
        #expect(rows.count == 6)
        #expect(rows[0]["dead_mean"] is NSNull)
        #expect(rows[1]["failed"] as? Int == 1)
        #expect(rows[1]["activation"] as? String == "leaky_relu")
        // As text, since a reader of JSON may round.
        let mean = try #require(try Self.full().rows[0].statistics[0].mean)
        #expect(try Self.full().json().contains("\"cka_output_mean\": \(mean),"))
    }

    @Test(
        "a mean has as many decimals as the two significant digits of its spread",
        arguments: [
            ([1.0, 1.2, 1.4], "1.20 ± 0.20"), ([0.8341, 0.8342], "0.834150 ± 0.000071"),
            ([10_000, 10_300, 10_600], "10300 ± 300"),
            ([0, 0.0996 * 1.414_213_562], "0.07 ± 0.10"),
            ([0.5, 0.5], "0.5 ± 0"), ([0.123_456_789], "0.1235 ± –"), ([0], "0 ± –"),
            ([1e-7, 3e-7], "(2.0 ± 1.4)e-07"), ([-1, -3], "-2.0 ± 1.4"),
            ([-1e-9, 1e-9], "(0.0 ± 1.4)e-09"),
            ([2.5e8], "2.500e+08 ± –"),
            ([Double.leastNonzeroMagnitude, .leastNonzeroMagnitude], "4.94066e-324 ± 0"),
            ([9.99, 10.01], "10.000 ± 0.014"),
        ] as [([Double], String)])
    func digits(values: [Double], expected: String) throws {
        let text = try Sample.small([values.map { $0 }, []]).terminal()
        #expect(text.contains(expected + "\n"), "\(text)")
    }

    @Test(
        "lines stay within the width, whatever the number of metrics", arguments: [50, 60, 80, 120])
    func width(columns: Int) throws {
        let table = try Self.full()
        for text in [
            try table.terminal(width: columns),
            try table.terminal(metrics: table.metrics, width: columns),
        ] {
            for line in text.split(separator: "\n") { #expect(line.count <= columns, "\(line)") }
        }
        // All that were asked for are there.
        let all = try table.terminal(metrics: table.metrics, width: columns)
        for name in table.metrics { #expect(all.contains(" \(name)"), "\(name)") }
    }

    @Test("what is the same in every row is said once, and what was never reached is blank")
    func constants() throws {
        let text = try Self.full().terminal()
        #expect(text.contains("\nwidth = 500\n"))
        let blank = try Sample.small([[1, 2], [nil, nil], [nil, 4], []]).terminal()
        let lines = blank.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[3] == "0  2   1.50 ± 0.71")
        #expect(lines[4] == "1  2")
        #expect(lines[5] == "2  2  4.000 ± –    [1]")
        #expect(lines[6] == "3  0")
    }

    @Test("control characters of names do not reach the terminal")
    func controlCharacters() throws {
        let plan = try SweepPlan(
            grid: Grid(axes: [
                .init(name: "w", values: [.word("a\u{1B}]0;x\u{07}"), .word("b\u{202E}")])
            ]), seedCount: 1)
        var provenance = Sample.provenance
        provenance.sweep = "s\u{9B}31m"
        let text = try TableBuilder(plan).table(provenance).terminal()
        let controls: ClosedRange<UInt32> = 0x7F...0x9F
        #expect(
            text.unicodeScalars.allSatisfy {
                ($0.value >= 0x20 || $0 == "\n") && !controls.contains($0.value)
                    && !$0.properties.isBidiControl
            })
    }

    @Test("LaTeX and Markdown escape what would be markup")
    func escapes() throws {
        let table = try Self.full()
        let latex = try table.latex()
        #expect(latex.contains("\\texttt{cka\\_output}") && latex.contains("leaky\\_relu"))
        #expect(latex.contains("xor\\_50\\%") && latex.contains(" \\pm "))
        #expect(!latex.contains("±"))
        let markdown = try table.markdown()
        #expect(markdown.contains("| leaky\\_relu |") && markdown.contains("`cka_output`"))
        #expect(markdown.contains("xor\\_50%"))
    }
}
