import SweepCore
import SweepExperiments
import SweepPhysics
import SweepTraining

extension SweepSpecification {
    /// What a trial at this point computes: swept values, then the spec's, then defaults.
    ///
    /// - Throws: ``SpecError`` when the point has other parameters than the grid, or values that
    ///   their keys do not allow. Points of ``plan`` never throw.
    public func experiment(at point: GridPoint) throws(SpecError) -> Experiment {
        let values = try resolvedValues(at: point)
        switch experimentKind {
        case .posterior: return .posterior(try values.posterior())
        case .prior: return .prior(try values.prior())
        case .criticality: return .criticality(try values.criticality())
        case .calibration: return .calibration(try values.calibration())
        case .theory: return .theory(try values.theory())
        case .training: return .training(try values.training())
        case .command:
            // Such a spec was refused when it was read.
            preconditionFailure("experiment \(experimentKind.rawValue) is not available")
        }
    }

    private func resolvedValues(at point: GridPoint) throws(SpecError) -> ResolvedValues {
        let wanted = axes.map(\.name).sorted()
        let given = point.parameters.map(\.name).sorted()
        guard wanted == given else {
            throw SpecError(
                file: path, key: "grid",
                "a point must have the parameters of the grid (\(wanted.joined(separator: ", "))), "
                    + "but \(Quotation.quoted(point.canonicalText)) has others")
        }
        var values = self.values
        for parameter in point.parameters {
            guard let key = SpecKeys.key(named: parameter.name) else {
                preconditionFailure("the axis \(parameter.name) is no key")
            }
            let isAllowed =
                switch (key.kind, parameter.value) {
                case (.word(let words), .word(let word)):
                    words.contains(word) && !key.unavailable.contains(word)
                case (_, .number(let number)): ValueReader.isAllowed(number, for: key)
                case (_, .word): false
                }
            guard isAllowed else {
                throw SpecError(
                    file: path, key: "grid.\(key.name)",
                    "grid.\(key.name) must be \(key.expectation), but is "
                        + Quotation.quoted(parameter.value.canonicalText))
            }
            values[key.name] = parameter.value.specValue
        }
        return ResolvedValues(path: path, values: values)
    }
}

extension SpecValue {
    /// The pair of `data.digits`; nil for anything but two different digits.
    var digitPair: DigitPair? {
        guard case .numbers(let digits) = self, digits.count == 2 else { return nil }
        return DigitPair(Int(digits[0]), Int(digits[1]))
    }
}

extension SpecValue {
    /// The two points of `training.pair`; nil for anything but two different ones.
    var pointPair: PointPair? {
        guard case .numbers(let points) = self, points.count == 2, points[0] != points[1] else {
            return nil
        }
        return PointPair(Int(points[0]), Int(points[1]))
    }
}

/// The values of one point under the bare names of their keys, with typed access.
struct ResolvedValues {
    let path: String
    let values: [String: SpecValue]

    func posterior() throws(SpecError) -> PosteriorSettings {
        PosteriorSettings(
            task: try task(), testPoints: try whole("test_points"),
            activation: try word("activation"),
            biasVariance: try number("bias_variance"), gain: try number("gain"),
            width: try whole("width"), depth: try whole("depth"), kappa: try number("kappa"),
            sampler: try word("sampler"), precision: try word("precision"),
            effectiveSamples: try whole("effective_samples"),
            maxIterations: try whole("max_iterations"), burnIn: try optionalWhole("burn_in"),
            chains: try whole("chains"), step: optionalNumber("step"),
            metropolis: flag("metropolis"), evidence: flag("evidence"), keep: words("keep"),
            compare: words("compare").compactMap(TheoryOrder.init))
    }

    func theory() throws(SpecError) -> TheorySettings {
        TheorySettings(
            task: try task(), activation: try word("activation"),
            biasVariance: try number("bias_variance"), gain: try number("gain"),
            width: try whole("width"), depth: try whole("depth"), kappa: try number("kappa"),
            orders: [try word("order")],
            options: TheoryOptions(
                draws: try whole("draws"), tolerance: try number("tolerance")),
            keep: words("keep"))
    }

    func prior() throws(SpecError) -> PriorSettings {
        PriorSettings(
            task: try task(), activation: try word("activation"),
            biasVariance: try number("bias_variance"), gain: try number("gain"),
            width: try whole("width"), depth: try whole("depth"),
            draws: try whole("effective_samples"))
    }

    func criticality() throws(SpecError) -> CriticalitySettings {
        CriticalitySettings(
            activation: try word("activation"), biasVariance: try number("bias_variance"),
            gain: optionalNumber("gain"))
    }

    func calibration() throws(SpecError) -> CalibrationSettings {
        CalibrationSettings(
            kind: try word("kind"), milliseconds: optionalNumber("milliseconds") ?? 0)
    }

    /// Points of a drawn data set unless the spec says otherwise: the P of panel (a).
    static let drawnPoints = 12

    func task() throws(SpecError) -> DataTask {
        let points = try optionalWhole("points")
        switch values["task"] {
        case .word("xor"):
            return .xor(
                points: points ?? Self.drawnPoints, dimension: try whole("dimension"),
                noiseVariance: try number("noise_variance"), signal: try word("snr"))
        case .word("csv"):
            guard case .text(let file) = values["path"] else { throw missing("path") }
            return .csv(path: SpecFile.resolved(file, beside: path), points: points)
        case .word("mnist"):
            guard case .text(let file) = values["path"] else { throw missing("path") }
            guard let digits = values["digits"]?.digitPair else { throw missing("digits") }
            return .mnist(
                files: DigitFolder(SpecFile.resolved(file, beside: path)).filesOrUsual,
                digits: digits, points: points ?? Self.drawnPoints)
        case .word("teacher"):
            return .teacher(
                kind: try word("teacher"), points: points ?? Self.drawnPoints,
                dimension: try whole("dimension"), noiseVariance: try number("noise_variance"))
        default: throw missing("task")
        }
    }

    func flag(_ name: String) -> Bool {
        if case .word("true") = values[name] { true } else { false }
    }

    func missing(_ name: String) -> SpecError {
        let key = SpecKeys.key(named: name)?.fullName ?? name
        return SpecError(file: path, key: key, "\(key) is missing at this point of the grid")
    }

    func optionalNumber(_ name: String) -> Double? {
        if case .number(let number) = values[name] { number } else { nil }
    }

    func number(_ name: String) throws(SpecError) -> Double {
        guard let number = optionalNumber(name) else { throw missing(name) }
        return number
    }

    func optionalWhole(_ name: String) throws(SpecError) -> Int? {
        guard let number = optionalNumber(name) else { return nil }
        guard let whole = Int(exactly: number) else { throw missing(name) }
        return whole
    }

    func whole(_ name: String) throws(SpecError) -> Int {
        guard let whole = try optionalWhole(name) else { throw missing(name) }
        return whole
    }

    func word<Word: RawRepresentable<String>>(
        _ name: String
    ) throws(SpecError) -> Word {
        guard case .word(let text) = values[name], let word = Word(rawValue: text) else {
            throw missing(name)
        }
        return word
    }

    func words(_ name: String) -> [String] {
        if case .words(let words) = values[name] { words } else { [] }
    }
}
