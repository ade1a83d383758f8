import SweepCoordinator
import SweepCore
import SweepLedger
import SweepPhysics
import SweepReport
import SweepSpec

extension SweepQueries {
    /// A figure as a script for gnuplot, to be run by who asked.
    func plot(_ request: QueryRequest, _ ledger: Ledger) throws -> QueryResponse {
        let question = request.figure ?? FigureQuestion()
        var options = PlotOptions(
            metric: question.metric, x: question.x, y: question.y,
            conditions: question.conditions)
        options.errorBar =
            try Self.choice(question.error, of: PlotOptions.ErrorBar.self, "--error") ?? .deviation
        options.logAxes = try Self.choice(question.log, of: PlotOptions.LogAxes.self, "--log")
        var table = try table(of: ledger)
        // Series have names of their own.
        let isOfTable = options.metric.map { table.metrics.contains($0) } ?? true
        let asksForLayers = options.x == LayerTable.parameter || options.y == LayerTable.parameter
        let isSeries = question.series ?? false
        let isMatrix = question.matrix ?? false
        if !isSeries, !isMatrix, asksForLayers || !isOfTable {
            let metric = options.metric ?? "cka_layer"
            let layers = try LayerTable.read(
                spec.plan, ledger, names: { $0.hasPrefix(metric) }, provenance: table.provenance)
            if let layers, layers.metrics.contains(metric) {
                table = layers
                options.metric = metric
                options.x = options.x ?? LayerTable.parameter
            }
        }
        let figure =
            if isMatrix {
                try matrixFigure(
                    question, table, ledger, isForTerminal: request.format == "terminal")
            } else if isSeries {
                try seriesFigure(question, options, table, ledger)
            } else {
                try Figure(table, options, context())
            }
        let target: PlotTarget =
            switch request.format {
            case "png": .png
            case "pdf": .pdf
            case "terminal":
                .terminal(
                    width: min(max(request.width ?? 80, 40), 500),
                    height: min(max(question.height ?? 24, 12), 200))
            default: .svg
            }
        let isMain =
            question.metric == nil && question.x == nil && question.y == nil
            && question.conditions.isEmpty && !isSeries && !isMatrix
        return QueryResponse(
            text: figure.script(for: target),
            fileName: isMain ? spec.name : "\(spec.name).\(figure.fileStem)")
    }

    /// Series against the epoch, of one grid point or of one quantity.
    private func seriesFigure(
        _ question: FigureQuestion, _ options: PlotOptions, _ table: SweepTable, _ ledger: Ledger
    ) throws -> Figure {
        for (name, value) in [("--x", question.x), ("--y", question.y)] where value != nil {
            throw CommandError(.usage, "\(name) does not go with --series: its x is the epoch")
        }
        let series = Figure.SeriesOptions(
            metric: options.metric, errorBar: options.errorBar, logAxes: options.logAxes)
        let points = try table.points(where: options.conditions)
        return try Figure(
            series: TrialSeries.read(
                spec.plan, ledger, points: Set(points), names: series.takes),
            of: table, points: points, series, context())
    }

    /// Matrices over points, of one grid point.
    private func matrixFigure(
        _ question: FigureQuestion, _ table: SweepTable, _ ledger: Ledger, isForTerminal: Bool
    ) throws -> Figure {
        let others = [
            ("--x", question.x), ("--y", question.y), ("--log", question.log),
            ("--error", question.error == "sd" ? nil : question.error),
        ]
        for (name, value) in others where value != nil {
            throw CommandError(.usage, "\(name) does not go with --matrix, which is over points")
        }
        if question.series ?? false {
            throw CommandError(.usage, "--series and --matrix are two figures; say one of them")
        }
        if isForTerminal {
            throw CommandError(
                .usage,
                "matrices have too many numbers for a terminal; draw them as svg, png or pdf")
        }
        var rest = question.conditions
        let layer = try Self.number(of: LayerTable.parameter, in: &rest)
        let seed = try Self.number(of: "seed", in: &rest)
        if let seed, !(0..<spec.plan.seedCount).contains(Int(exactly: seed) ?? -1) {
            let word = ParameterValue.number(seed).canonicalText
            throw CommandError(
                .usage, "there is no seed \(word); the seeds are 0 to \(spec.plan.seedCount - 1)")
        }
        let points = try table.points(where: rest)
        let options = Figure.MatrixOptions(
            metric: question.metric, layer: layer, seed: seed.map { Int($0) },
            hasPointsOfSeeds: points.contains {
                spec.hasDataOfSeeds(at: spec.plan.grid.point(at: $0))
            })
        return try Figure(
            matrices: TrialMatrices.read(
                spec.plan, ledger, points: Set(points), options,
                experiment: spec.experimentKind.rawValue),
            of: table, points: points, options, context())
    }

    /// Takes `name=NUMBER` out of the conditions.
    private static func number(
        of name: String, in conditions: inout [String]
    ) throws -> Double? {
        let words = conditions.filter { $0.hasPrefix(name + "=") }.map {
            String($0.dropFirst(name.count + 1))
        }
        conditions.removeAll { $0.hasPrefix(name + "=") }
        guard let word = words.first else { return nil }
        guard words.count == 1 else {
            throw CommandError(.usage, "a figure of matrices is of one \(name); say it once")
        }
        guard let number = Double(word), number.isFinite else {
            throw CommandError(
                .usage,
                "--where \(name)= wants a number, but has \"\(escaped(word, limit: 40))\"")
        }
        return number
    }

    private static func choice<Choice: RawRepresentable & CaseIterable>(
        _ word: String?, of type: Choice.Type, _ option: String
    ) throws -> Choice? where Choice.RawValue == String {
        guard let word else { return nil }
        guard let choice = Choice(rawValue: word) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandError(
                .usage, "\(option) must be one of \(known), but is \"\(escaped(word, limit: 40))\"")
        }
        return choice
    }

    /// Settings that a caption names, in its order.
    private static let captioned = [
        "task", "architecture", "activation", "optimizer", "points", "dimension", "noise_variance",
        "bias_variance", "kappa", "learning_rate", "observed_layer",
    ]

    private func context() -> PlotContext {
        PlotContext(
            experiment: spec.experimentKind.rawValue, seedCount: spec.plan.seedCount,
            settings: Self.captioned.compactMap { name in
                spec.fixedValue(of: name).map { .init(name: name, value: $0) }
            },
            criticalGains: criticalGains())
    }

    /// The critical gains for each activation and bias variance of the sweep; none where the gain
    /// is no weight variance.
    private func criticalGains() -> [PlotContext.CriticalGains] {
        guard spec.experimentKind != .training else { return [] }
        let activations = values(of: "activation")
        let biases = values(of: "bias_variance")
        return activations.values.flatMap { activation in
            biases.values.compactMap { bias -> PlotContext.CriticalGains? in
                // A gain that cannot be computed has no line; `critsweep criticality` says why.
                guard case .word(let word) = activation, let known = Activation(rawValue: word),
                    let variance = bias.number,
                    let points = try? Criticality.criticalPoints(
                        activation: known, biasVariance: variance)
                else { return nil }
                var parameters: [GridPoint.Parameter] = []
                if activations.isSwept {
                    parameters.append(.init(name: "activation", value: activation))
                }
                if biases.isSwept { parameters.append(.init(name: "bias_variance", value: bias)) }
                return .init(parameters: parameters, gains: points.map(\.gain))
            }
        }
    }

    /// More values than this on an axis get no critical gain: nobody could read the lines.
    private static let criticalityLimit = 200

    private func values(of name: String) -> (values: [ParameterValue], isSwept: Bool) {
        if let axis = spec.plan.grid.axes.first(where: { $0.name == name }) {
            return (axis.values.count <= Self.criticalityLimit ? axis.values : [], true)
        }
        return (spec.fixedValue(of: name).map { [$0] } ?? [], false)
    }
}
