import ArgumentParser
import SweepPhysics
import SweepReport

/// Critical gains, fixed points and depth scales of one activation.
struct CriticalityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "criticality",
        abstract: "Critical gain, fixed point and depth scales of a wide network.",
        usage: "critsweep criticality --activation <name> --bias-variance <g_b> [options]",
        discussion: """
            Solves chi_perp = 1 at the fixed point of K -> g <phi^2> + g_b. Without --gain the \
            fixed point and responses are those at the critical gain.

            Example: critsweep criticality --activation erf --bias-variance 0.05
            """)

    @Option(help: "erf, tanh, relu, leaky_relu, silu, gelu, elu or linear.")
    var activation: String
    @Option(help: "g_b, the variance of every bias.")
    var biasVariance: Double
    @Option(help: "g at which fixed point and responses are wanted.")
    var gain: Double?
    @Option(help: "table, json or csv; a table on a terminal and json elsewhere.")
    var format: OutputFormat = .fitting

    func run() throws {
        guard let activation = Activation(rawValue: activation) else {
            throw CommandError(
                .usage,
                "--activation must be one of \(Activation.allCases.map(\.rawValue).joined(separator: ", ")), "
                    + "but is \"\(activation)\"")
        }
        let report: CriticalityReport
        do throws(CriticalityProblem) {
            report = try Criticality.report(
                activation: activation, biasVariance: biasVariance, gain: gain)
        } catch {
            throw CommandError(.usage, "\(error)")
        }
        switch format {
        case .json: try Terminal.output(Self.json(report).prettyText() + "\n")
        case .csv: try Terminal.output(Self.csv(report))
        case .table: try Terminal.output(Self.table(report))
        }
    }

    private static func fields(_ report: CriticalityReport) -> [(String, Double?)] {
        [
            ("bias_variance", report.biasVariance), ("critical_gain", report.criticalGain),
            ("gain", report.gain), ("fixed_point", report.fixedPoint),
            ("chi_perp", report.chiPerp), ("chi_par", report.chiPar),
            ("xi_perp", report.xiPerp), ("xi_par", report.xiPar),
        ]
    }

    static func json(_ report: CriticalityReport) -> JSONValue {
        var members = [JSONValue.Member("activation", .text(report.activation.rawValue))]
        members += fields(report).map { .init($0.0, .optional($0.1)) }
        members.append(
            .init(
                "critical_points",
                .array(
                    report.criticalPoints.map {
                        .object([
                            .init("gain", .number($0.gain)),
                            .init("fixed_point", .optional($0.variance)),
                        ])
                    })))
        members.append(
            .init(
                "fixed_points",
                .array(
                    report.fixedPoints.map {
                        .object([
                            .init("fixed_point", .number($0.variance)),
                            .init("chi_perp", .number($0.chiPerp)),
                            .init("chi_par", .number($0.chiPar)),
                            .init("stability", .text($0.stability.rawValue)),
                        ])
                    })))
        return .object(members)
    }

    static func csv(_ report: CriticalityReport) -> String {
        let cells = fields(report)
        return "activation," + cells.map(\.0).joined(separator: ",") + "\n"
            + report.activation.rawValue + ","
            + cells.map { $0.1.map { JSONValue.number($0).prettyText() } ?? "" }
            .joined(separator: ",") + "\n"
    }

    static func table(_ report: CriticalityReport) -> String {
        var text = "activation \(report.activation.rawValue), bias variance "
        text += "\(JSONValue.number(report.biasVariance).prettyText())\n\n"
        var rows = [["critical gain", "fixed point"]]
        rows += report.criticalPoints.map { [figure($0.gain), figure($0.variance)] }
        text += report.criticalPoints.isEmpty ? "no critical gain\n" : Terminal.table(rows)
        guard let gain = report.gain else { return text }
        text += "\nat gain \(figure(gain)):\n"
        rows = [["fixed point", "stability", "chi_perp", "chi_par"]]
        rows += report.fixedPoints.map {
            [
                figure($0.variance), $0.stability.rawValue, figure($0.chiPerp),
                figure($0.chiPar),
            ]
        }
        text += report.fixedPoints.isEmpty ? "no finite fixed point\n" : Terminal.table(rows)
        text += "depth scales: xi_perp \(figure(report.xiPerp)), xi_par \(figure(report.xiPar))\n"
        return text
    }

    /// Seven significant digits, or a dash.
    private static func figure(_ number: Double?) -> String {
        number.map { Numbers.shown($0, digits: 7) } ?? "-"
    }
}
