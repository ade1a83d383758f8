import SweepCore

/// The theories of one network on one data set, and what they say of its kernels.
public struct TheoryComparison: Sendable {
    /// One theory.
    public struct Entry: Sendable {
        public var order: TheoryOrder
        /// What was found, or why nothing was.
        public var solution: Result<TheorySolution, TrialFailure>
        /// CKA(C_l, y yᵀ), l = 1 … L; nil where it is 0/0.
        public var alignment: [Double?]
        /// ||C_l - NNGP_l||_F / ||NNGP_l||_F.
        public var adaptation: [Double?]
        /// Gaussian regression with C_L at held-out points, or why there is none; nil where there
        /// are no such points, at infinite width, and without a solution.
        public var prediction: Result<KernelRegression, TrialFailure>?

        /// `cka_layer` and `adaptation_layer`; without a list in which an alignment is 0/0.
        func lists(suffix: String) -> [NamedArray] {
            var lists = [("cka_layer", alignment)]
            // At infinite width there is no adaptation to speak of.
            if order != .nngp || suffix.isEmpty { lists.append(("adaptation_layer", adaptation)) }
            return lists.compactMap { stem, values in
                let present = values.compactMap { $0 }
                guard present.count == values.count else { return nil }
                return NamedArray(stem + suffix, shape: [present.count], present)
            }
        }
    }

    public var entries: [Entry]
    /// Targets of the held-out points.
    public var testTargets: [Double] = []

    public subscript(order: TheoryOrder) -> Entry? { entries.first { $0.order == order } }

    /// Solves for every order asked for: a pure function of its arguments.
    ///
    /// The draws depend on the seed alone, so that a sweep has the same ones at all of its points.
    ///
    /// - Throws: `non_finite` where there are no kernels even at infinite width.
    public static func compute(
        _ settings: TheorySettings, data: DataSet, seed: Int, randomKey: UInt64,
        family: KernelFamily
    ) throws(TrialFailure) -> TheoryComparison {
        let infinite: [Kernel]
        do throws(NNGP.Failure) {
            infinite = try NNGP.kernels(
                input: data.inputKernel(
                    gain: settings.gain, biasVariance: settings.biasVariance),
                gain: settings.gain, biasVariance: settings.biasVariance, depth: settings.depth,
                activation: settings.activation)
        } catch {
            throw TrialFailure(.nonFinite, "\(error); use a smaller gain or scale the inputs")
        }
        let target = Kernel(outerProductOf: data.targets)
        let stream = RandomStream(RandomKey(randomKey: randomKey, purpose: .theory, seed: seed))
        var predictor: Result<TheoryPrediction, TrialFailure>?
        let entries = settings.orders.map { order in
            let solver = TheorySolver(order: order, options: settings.options, family: family) {
                FunctionSpaceProblem(
                    activation: settings.activation, gain: $0,
                    biasVariance: settings.biasVariance, kappa: settings.kappa,
                    width: settings.width, depth: settings.depth, targets: data.targets,
                    inputFactor: data.inputFactor(gain: $0, biasVariance: settings.biasVariance))
            }
            let solution: Result<TheorySolution, TrialFailure>
            do throws(TrialFailure) {
                solution = .success(
                    order == .nngp
                        ? try solver.infiniteWidth(gain: settings.gain, kernels: infinite)
                        : try solver.solve(gain: settings.gain, stream: stream))
            } catch {
                solution = .failure(error)
            }
            var entry = Entry(
                order: order, solution: solution,
                alignment: Array(repeating: nil, count: settings.depth),
                adaptation: Array(repeating: nil, count: settings.depth))
            if case .success(let found) = solution {
                entry.alignment = found.kernels.map { $0.alignment(with: target) }
                entry.adaptation = zip(found.kernels, infinite).map { $0.adaptation(from: $1) }
                if data.testPoints > 0, order != .nngp {
                    let ready =
                        predictor
                        ?? Self.predictor(settings, data, stream: stream, family: family)
                    predictor = ready
                    entry.prediction = Self.prediction(ready, found, order: order)
                }
            }
            return entry
        }
        return TheoryComparison(entries: entries, testTargets: data.testTargets)
    }

    private static func predictor(
        _ settings: TheorySettings, _ data: DataSet, stream: RandomStream, family: KernelFamily
    ) -> Result<TheoryPrediction, TrialFailure> {
        do throws(TrialFailure) {
            return .success(
                try TheoryPrediction(settings, data, stream: stream, family: family))
        } catch {
            return .failure(error)
        }
    }

    private static func prediction(
        _ predictor: Result<TheoryPrediction, TrialFailure>, _ solution: TheorySolution,
        order: TheoryOrder
    ) -> Result<KernelRegression, TrialFailure> {
        do throws(TrialFailure) {
            return .success(try predictor.get().regression(solution, order: order))
        } catch {
            return .failure(error)
        }
    }

    /// `cka_output_ORDER` and, beyond infinite width, `adaptation_output_ORDER` and with held-out
    /// points `test_mse_ORDER` and `test_accuracy_ORDER`; nil where there is no solution.
    public var metrics: [NamedMetric] {
        entries.flatMap { entry in
            let name = entry.order.rawValue
            let alignment = NamedMetric("cka_output_\(name)", entry.alignment.last ?? nil)
            if entry.order == .nngp { return [alignment] }
            let adaptation = NamedMetric(
                "adaptation_output_\(name)", entry.adaptation.last ?? nil)
            if testTargets.isEmpty { return [alignment, adaptation] }
            let mean = (try? entry.prediction?.get())?.testMean
            return [
                alignment, adaptation,
                NamedMetric(
                    "test_mse_\(name)",
                    mean.map { PosteriorResult.meanSquaredError($0, testTargets) }),
                NamedMetric(
                    "test_accuracy_\(name)",
                    mean.flatMap { PosteriorResult.accuracy($0, testTargets) }),
            ]
        }
    }

    /// `cka_layer_ORDER`, `adaptation_layer_ORDER`, and the matrices that `keep` names; none where
    /// there is no solution or an alignment is 0/0.
    public func arrays(keep: [String]) -> [NamedArray] {
        entries.flatMap { entry -> [NamedArray] in
            guard case .success(let solution) = entry.solution else { return [] }
            let name = entry.order.rawValue
            var arrays = entry.lists(suffix: "_\(name)")
            func add(_ stem: String, _ kernels: [Kernel]) {
                let points = kernels.first?.size ?? 0
                guard keep.contains("\(stem)_\(name)") else { return }
                arrays.append(
                    NamedArray(
                        "\(stem)_\(name)", shape: [kernels.count, points, points],
                        kernels.flatMap(\.values)))
            }
            add("kernels", solution.kernels)
            add("conjugate_kernels", solution.conjugates)
            if let regression = try? entry.prediction?.get() {
                for (stem, values) in [
                    ("test_prediction", regression.testMean),
                    ("test_variance", regression.testVariance),
                ] where keep.contains("\(stem)_\(name)") {
                    arrays.append(NamedArray("\(stem)_\(name)", shape: [values.count], values))
                }
            }
            return arrays
        }
    }

    /// `iterations residual weight_fraction annealing_widths` of the theories beyond infinite width,
    /// and `failure` where there is none.
    ///
    /// - Parameter suffix: What follows the names, for each order.
    public func diagnostics(suffix: (TheoryOrder) -> String) -> [NamedDiagnostic] {
        entries.flatMap { entry -> [NamedDiagnostic] in
            let end = suffix(entry.order)
            switch entry.solution {
            case .failure(let failure):
                return [
                    NamedDiagnostic(
                        "failure\(end)", text: "\(failure.kind.rawValue): \(failure.message)")
                ]
            case .success(let solution):
                if entry.order == .nngp { return [] }
                var list = [
                    NamedDiagnostic("iterations\(end)", Double(solution.iterations)),
                    NamedDiagnostic("residual\(end)", solution.residual),
                    NamedDiagnostic("weight_fraction\(end)", solution.weightFraction),
                    NamedDiagnostic(
                        "annealing_widths\(end)", text: Self.list(solution.annealingWidths)),
                ]
                if case .failure(let failure) = entry.prediction {
                    list.append(
                        NamedDiagnostic("prediction_failure\(end)", text: failure.message))
                }
                if !solution.annealingGains.isEmpty {
                    list.append(
                        NamedDiagnostic(
                            "annealing_gains\(end)", text: Self.list(solution.annealingGains)))
                }
                return list
            }
        }
    }

    /// Numbers to six digits, with spaces between them.
    private static func list(_ numbers: [Double]) -> String {
        numbers.map { number in
            let digits = max(0, 5 - Int(number.exponent) * 3 / 10)
            var scale = 1.0
            for _ in 0..<min(digits, 12) { scale *= 10 }
            return ParameterValue.canonicalText(of: (number * scale).rounded() / scale)
        }.joined(separator: " ")
    }
}

/// One trial of the experiment `theory`.
public enum TheoryTrial {
    /// Computes the theory of one order.
    ///
    /// - Parameter settings: of one order; infinite width is always there beside it.
    /// - Returns: metrics `cka_output adaptation_output cka_output_nngp` and those of the order under
    ///   its own name, arrays by layer and diagnostics, or the failure with its sentence.
    public static func run(
        _ settings: TheorySettings, data: DataSet, seed: Int, randomKey: UInt64,
        family: KernelFamily
    ) -> TrialOutcome {
        let name = NamedDiagnostic("kernel_family", text: family.name)
        do throws(TrialFailure) {
            var settings = settings
            guard let order = settings.orders.last else {
                preconditionFailure("a theory trial without theory")
            }
            settings.orders = order == .nngp ? [.nngp] : [.nngp, order]
            let comparison = try TheoryComparison.compute(
                settings, data: data, seed: seed, randomKey: randomKey, family: family)
            guard let entry = comparison[order] else {
                preconditionFailure("no answer for \(order.rawValue)")
            }
            if case .failure(let failure) = entry.solution { throw failure }
            let result = TrialResult(
                metrics: [
                    NamedMetric("cka_output", entry.alignment.last ?? nil),
                    NamedMetric("adaptation_output", entry.adaptation.last ?? nil),
                ] + comparison.metrics,
                arrays: entry.lists(suffix: "") + comparison.arrays(keep: settings.keep),
                diagnostics: comparison.diagnostics { _ in "" } + [name])
            try PosteriorTrial.requireFinite(result)
            return .success(result)
        } catch {
            return .failure(error, diagnostics: [name])
        }
    }
}

extension TheorySolver {
    /// Infinite width, with conjugate kernels to leading order.
    ///
    /// - Parameter kernels: those of ``NNGP``.
    /// - Throws: `non_finite`.
    func infiniteWidth(gain: Double, kernels: [Kernel]) throws(TrialFailure) -> TheorySolution {
        let target = problem(gain)
        let equations = TheoryEquations(target, order: .linear, draws: nil, family: family)
        do throws(NNGP.Failure) {
            let state = try equations.infiniteWidth()
            return TheorySolution(
                kernels: kernels,
                conjugates: state.conjugates.map { Self.lifted($0, target) }, iterations: 0,
                residual: 0, weightFraction: 1, annealingWidths: [], annealingGains: [])
        } catch {
            throw TrialFailure(.nonFinite, "\(error); use a smaller gain or scale the inputs")
        }
    }

    /// Back from the range of a linear network's features.
    static func lifted(_ matrix: SquareMatrix, _ problem: FunctionSpaceProblem) -> Kernel {
        guard let range = problem.range else {
            return Kernel(size: matrix.size, values: matrix.values)
        }
        return Kernel(
            size: range.points,
            values: matrix.values.withUnsafeBufferPointer { values in
                values.baseAddress.map { range.lift(kernel: $0) } ?? []
            })
    }
}
