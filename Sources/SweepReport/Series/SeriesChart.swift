import Foundation
import SweepCore

/// Makes lines, axes and notes of a figure of series.
struct SeriesChart {
    /// What is drawn in the upper panel, and below it.
    static let together = ["h", "y", "w"]
    static let below = "loss"
    /// More lines of one quantity cannot be told apart.
    static let limit = 12
    /// Places at which a line is drawn: one for every two or three columns of a screen.
    private static let resolution = 240

    let series: [TrialSeries]
    let options: Figure.SeriesOptions
    private(set) var notes: [String] = []

    init(series: [TrialSeries], options: Figure.SeriesOptions) {
        self.series = series
        self.options = options
    }

    struct Drawing {
        var x: Figure.Axis
        var y: Figure.Axis
        var panels: Figure.Panels
    }

    private var isLogX: Bool { options.logAxes == .x || options.logAxes == .both }
    private var isLogY: Bool { options.logAxes == .y || options.logAxes == .both }

    mutating func draw(points: [Int], labels: [PlotText]) throws(ReportError) -> Drawing {
        guard points.count <= Self.limit else {
            throw .unplottable(
                "that would be \(points.count) lines, and at most \(Self.limit) can be told apart; "
                    + "choose some with --where")
        }
        let names = options.metric.map { [$0] } ?? Self.together + [Self.below]
        let places = places(showing: names)
        guard let first = places.first, let last = places.last, first < last else {
            throw .unplottable("the series have one entry only, and a line needs two")
        }
        let x = Figure.Axis(label: PlotText("epoch"), isLog: isLogX, range: first...last)
        if let metric = options.metric {
            var lines: [Figure.Line] = []
            for (index, point) in points.enumerated() {
                lines += self.lines(metric, at: point, places, labels[index], colour: index)
            }
            let y = try axis(PlotText(markup: Self.label(metric)), lines, isLog: isLogY)
            return Drawing(x: x, y: y, panels: .init(upper: lines))
        }
        var upper: [Figure.Line] = []
        for (index, name) in Self.together.enumerated() {
            upper += lines(
                name, at: points[0], places, PlotText(markup: "*\(name)*"), colour: index)
        }
        let right = rightAxis(&upper)
        let rest = upper.filter { !$0.isRight }
        let label = PlotText(markup: right == nil ? "*h*, *y*, *w*" : "*y*, *w*")
        let y = try axis(label, rest, isLog: false)
        let lower = lines(Self.below, at: points[0], places, PlotText("loss"), colour: 6)
        let lowerAxis = try axis(PlotText("loss"), lower, isLog: isLogY)
        return Drawing(
            x: x, y: y,
            panels: .init(upper: upper, right: right, lower: lower, lowerAxis: lowerAxis))
    }

    static func label(_ name: String) -> String {
        switch name {
        case "h": "*h*, squared distance of representations"
        case "y": "*y*, squared distance of outputs"
        case "w": "alignment *w*"
        default: name
        }
    }

    // MARK: Epochs

    /// Epochs at which lines have points: from the first entry to where all has come to rest.
    private mutating func places(showing names: [String]) -> [Double] {
        let start = series.compactMap(\.epochs.first).min() ?? 0
        let end = series.compactMap(\.epochs.last).max() ?? 0
        let fine = spaced(start, end, count: 5 * Self.resolution)
        var rest = 0
        for name in names {
            for (_, group) in groups {
                let lines = group.compactMap { $0.values(of: name, at: fine) }
                guard !lines.isEmpty else { continue }
                let mean = fine.indices.map { place in
                    let value = lines.reduce(0) { $0 + $1[place] } / Double(lines.count)
                    return isLogY && value > 0 ? log(value) : value
                }
                guard let last = mean.last, let low = mean.min(), let high = mean.max() else {
                    continue
                }
                let moving = mean.lastIndex { abs($0 - last) > 0.01 * (high - low) }
                rest = max(rest, moving ?? 0)
            }
        }
        guard rest > 0, fine.indices.contains(rest) else {
            return spaced(start, end, count: Self.resolution)
        }
        let shown = start + 1.15 * (fine[rest] - start)
        // A little more or less is not worth a note.
        guard shown < start + 0.8 * (end - start) else {
            return spaced(start, end, count: Self.resolution)
        }
        notes.append("flat from here to epoch \(PlotWords.short(end))")
        return spaced(start, shown, count: Self.resolution)
    }

    private func spaced(_ start: Double, _ end: Double, count: Int) -> [Double] {
        guard end > start else { return [start] }
        if isLogX {
            // Epoch 0 is not on a logarithmic axis.
            let first = max(start, 1)
            guard end > first else { return [first] }
            return (0..<count).map {
                first * exp(log(end / first) * Double($0) / Double(count - 1))
            }
        }
        return (0..<count).map { start + (end - start) * Double($0) / Double(count - 1) }
    }

    /// Trials by grid point, in order.
    private var groups: [(point: Int, trials: [TrialSeries])] {
        let points = Set(series.map(\.point)).sorted()
        return points.map { point in (point, series.filter { $0.point == point }) }
    }

    // MARK: Lines

    /// A quantity at one point, with its theory where trials have one.
    private mutating func lines(
        _ name: String, at point: Int, _ places: [Double], _ label: PlotText, colour: Int
    ) -> [Figure.Line] {
        let trials = series.filter { $0.point == point }
        let measured = trials.compactMap { $0.values(of: name, at: places) }
        guard !measured.isEmpty else { return [] }
        var lines = [
            Figure.Line(
                label: label, colour: colour,
                points: Self.points(measured, places, errorBar: options.errorBar))
        ]
        let fitted = trials.compactMap { $0.values(of: name + TrialSeries.fitted, at: places) }
        guard !fitted.isEmpty else { return lines }
        lines.append(
            Figure.Line(
                label: PlotText("theory"), colour: colour, isTheory: true,
                points: Self.points(fitted, places, errorBar: .none)))
        if fitted.count < measured.count {
            let note = "theory of \(fitted.count) of \(measured.count) trials"
            if !notes.contains(note) { notes.append(note) }
        }
        return lines
    }

    private static func points(
        _ values: [[Double]], _ places: [Double], errorBar: PlotOptions.ErrorBar
    ) -> [Figure.Line.Point] {
        places.indices.compactMap { index in
            let statistics = ReplicateStatistics(values.map { $0[index] })
            guard let mean = statistics.mean, mean.isFinite else { return nil }
            let reach: Double? =
                switch errorBar {
                case .deviation: statistics.standardDeviation
                case .standardError: statistics.standardError
                case .none: nil
                }
            return .init(
                x: places[index], mean: mean, low: mean - (reach ?? 0), high: mean + (reach ?? 0))
        }
    }

    // MARK: Axes

    private func axis(
        _ label: PlotText, _ lines: [Figure.Line], isLog: Bool
    ) throws(ReportError) -> Figure.Axis {
        // A band that reaches 0 would stretch a logarithmic axis without end.
        let values = lines.flatMap { line in
            line.points.flatMap { isLog ? [$0.mean] : [$0.low, $0.mean, $0.high] }
        }
        guard var range = PlotNumber.range(values, isLog: isLog, margin: 0.04) else {
            throw .unplottable(
                isLog
                    ? "no value is above 0, so the axis cannot be logarithmic; leave out --log"
                    : "the series have no values to draw")
        }
        if !isLog, let low = values.min(), low >= 0 { range = 0...range.upperBound }
        var axis = Figure.Axis(label: label, isLog: isLog, range: range)
        // The lower panel of two has no room for marks of its own choice.
        if options.metric != nil { axis.markDecades() }
        return axis
    }

    /// An axis for h where it is far larger or smaller than y and w.
    private func rightAxis(_ lines: inout [Figure.Line]) -> Figure.Axis? {
        func reach(_ indices: [Int]) -> Double {
            indices.flatMap { lines[$0].points.map { abs($0.mean) } }.max() ?? 0
        }
        let own = lines.indices.filter { lines[$0].colour == 0 }
        let others = lines.indices.filter { lines[$0].colour != 0 }
        let (high, rest) = (reach(own), reach(others))
        guard high > 0, rest > 0, high > 4 * rest || high < rest / 20,
            let axis = try? axis(PlotText(markup: "*h*"), own.map { lines[$0] }, isLog: false)
        else { return nil }
        for index in own { lines[index].isRight = true }
        return axis
    }
}
