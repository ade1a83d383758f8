import Foundation
import SweepPhysics
import SweepTraining

/// The table Tests/reference/two_point_training.csv, and our trainings of its settings.
struct TwoPointReference: Sendable {
    let name: String
    let seeds: Int
    /// Mean and standard deviation of a quantity.
    let values: [String: (mean: Double, deviation: Double)]

    static let all: [String: TwoPointReference] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = folder.appending(path: "reference/two_point_training.csv")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [:] }
        let rows = text.split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",").map(String.init)
        }
        var all: [String: TwoPointReference] = [:]
        for row in rows.dropFirst() {
            var values: [String: (mean: Double, deviation: Double)] = [:]
            for column in stride(from: 2, to: row.count - 1, by: 2) {
                let name = String(rows[0][column].dropLast("_mean".count))
                guard let mean = Double(row[column]), let deviation = Double(row[column + 1])
                else { continue }
                values[name] = (mean, deviation)
            }
            all[row[0]] = TwoPointReference(
                name: row[0], seeds: Int(row[1]) ?? 0, values: values)
        }
        return all
    }()

    /// Settings of the paper's table at half its learning rate.
    static func settings(_ name: String) -> TrainingSettings? {
        func make(
            width: Int, depth: Int, gain: Double, rate: Double, layer: Int
        ) -> TrainingSettings {
            var settings = TrainingSettings(
                task: .twoPoint(dx: 1, dy: 0.5.squareRoot()), width: width, depth: depth,
                gain: gain, learningRate: rate / 2, epochs: 6_000, observedLayers: [layer])
            settings.stopAtLoss = 1e-9
            return settings
        }
        switch name {
        case "w100_default":
            return make(width: 100, depth: 20, gain: 1, rate: 0.01, layer: 10)
        case "w100_skip":
            var settings = make(width: 100, depth: 20, gain: 0.1, rate: 0.02, layer: 10)
            settings.architecture = .resnet
            return settings
        case "shallow":
            return make(width: 500, depth: 2, gain: 0.35, rate: 0.02, layer: 1)
        default: return nil
        }
    }

    /// One of our trainings, padded, and its quantities.
    static func training(
        _ settings: TrainingSettings, seed: Int
    ) throws -> (record: TrainingRecord, values: [String: Double]) {
        var record = try Training.run(
            settings, data: settings.task.data,
            keys: TrainingKeys(randomKey: 0, seed: seed, point: "reference"), family: .best)
        record.pad(to: settings.epochs)
        let analysis = TrainingAnalysis(record)
        var values = [
            "h0": record.representation[0][0], "loss0": record.loss[0],
            "h_final": record.representation[0][settings.epochs - 1],
        ]
        values["ep_dyhalf"] = record.epochOfHalfOutput.map(Double.init)
        if let fit = analysis.fits[0] {
            values["eta_h"] = fit.rates.encoder
            values["eta_y"] = fit.rates.decoder
            values["rmse"] = fit.rootMeanSquare(count: record.count)
        }
        values["eta_y_mean"] = analysis.meanRate?.rate
        return (record, values)
    }
}
