import SweepCore
import SweepPhysics
import SweepTraining

extension ResolvedValues {
    func training() throws(SpecError) -> TrainingSettings {
        let depth = try whole("depth")
        let observed = try optionalWhole("observed_layer") ?? depth / 2
        var settings = TrainingSettings(
            task: try trainingTask(), width: try whole("width"), depth: depth,
            gain: try number("gain"), learningRate: try number("learning_rate"),
            epochs: try whole("epochs"), observedLayers: [observed])
        if case .numbers(let layers) = values["layers"] {
            for layer in layers.map({ Int($0) }) where !settings.observedLayers.contains(layer) {
                settings.observedLayers.append(layer)
            }
        }
        settings.architecture = try word("architecture")
        settings.activation = try word("activation")
        settings.optimizer =
            values["optimizer"] == .word("adam")
            ? .adam() : .sgd(momentum: try number("momentum"))
        settings.batch = try optionalWhole("batch")
        settings.loss = try word("loss")
        settings.stopAtLoss = optionalNumber("stop_at_loss")
        settings.recordEvery = try whole("record_every")
        settings.precision = try word("dtype")
        settings.pair = values["pair"]?.pointPair
        settings.rateRatio = optionalNumber("rate_ratio")
        settings.alternatives = flag("alternatives")
        settings.storedEntries = try whole("stored_entries")
        settings.keep = words("keep")
        return settings
    }

    private func trainingTask() throws(SpecError) -> TrainingTask {
        switch values["task"] {
        case .word("two-point"): .twoPoint(dx: try number("dx"), dy: try number("dy"))
        case .word("xor-corners"): .xorCorners
        case .word("orthogonal"): .orthogonal
        case .word("mnist"): .digits(try digitTask())
        default: .drawn(try task(), testPoints: try whole("test_points"))
        }
    }

    private func digitTask() throws(SpecError) -> DigitTask {
        func files(_ name: String) -> DigitFiles? {
            guard case .text(let file) = values[name] else { return nil }
            return DigitFolder(SpecFile.resolved(file, beside: path)).filesOrUsual
        }
        guard let training = files("path") else { throw missing("path") }
        guard case .numbers(let digits) = values["digits"] else { throw missing("digits") }
        return DigitTask(
            files: training, testFiles: files("test_path"), digits: digits.map { Int($0) },
            points: try optionalWhole("points"), testPoints: try whole("test_points"))
    }
}

extension SweepSpecification {
    /// Refuses layers that some network of the grid does not have, and networks that there are not.
    ///
    /// A layer that exists at the smallest depth exists at all; a cnn that exists at the smallest
    /// width and the largest depth exists at all.
    func checkNetworks(_ lines: [String: Int]) throws(SpecError) {
        guard experimentKind == .training, let width = extreme("width", min),
            let shallow = extreme("depth", min), let deep = extreme("depth", max)
        else { return }
        for architecture in architectures {
            func shape(depth: Double) -> NetworkShape {
                NetworkShape(
                    architecture: architecture, inputs: 1, outputs: 1, width: Int(width),
                    depth: Int(depth))
            }
            if let problem = shape(depth: deep).problem {
                throw SpecError(
                    file: path, line: lines["grid.width"], key: "grid.width", problem)
            }
            let count = shape(depth: shallow).observableCount
            func check(_ layer: Double, _ name: String, _ key: String) throws(SpecError) {
                guard Int(layer) >= count else { return }
                throw SpecError(
                    file: path, line: lines[name] ?? lines["grid.\(name)"], key: key,
                    "\(key) must be from 0 to \(count - 1) for architecture "
                        + "\(architecture.rawValue) at depth \(Int(shallow)), but is "
                        + "\(Int(layer))")
            }
            if let layer = extreme("observed_layer", max) {
                try check(layer, "observed_layer", "network.observed_layer")
            }
            if case .numbers(let layers) = values["layers"] {
                for layer in layers { try check(layer, "layers", "training.layers") }
            }
        }
        try checkPair(lines)
    }

    /// Refuses points that some data set of the grid does not have, as far as the spec tells.
    private func checkPair(_ lines: [String: Int]) throws(SpecError) {
        guard let pair = values["pair"]?.pointPair else { return }
        for task in Self.tasks(values, axes).sorted() {
            guard let points = Self.pointsOfTasks[task] ?? extreme("points", min) else { continue }
            let point = max(pair.first, pair.second)
            if Double(point) < points { continue }
            throw SpecError(
                file: path, line: lines["pair"], key: "training.pair",
                "training.pair must be two of the points 0 to \(Int(points) - 1) of data.task "
                    + "\(task), but has \(point)")
        }
    }

    /// Points of the data sets whose size no key changes.
    static let pointsOfTasks: [String: Double] = [
        "two-point": 2, "xor-corners": 4, "orthogonal": 1_800,
    ]

    /// Every architecture of the grid.
    private var architectures: [Architecture] {
        if let axis = axes.first(where: { $0.name == "architecture" }) {
            return axis.values.compactMap { Architecture(rawValue: $0.canonicalText) }
        }
        guard case .word(let word) = values["architecture"] else { return [] }
        return [Architecture(rawValue: word)].compactMap { $0 }
    }
}
