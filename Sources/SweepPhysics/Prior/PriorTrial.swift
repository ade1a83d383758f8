import SweepCore

/// One trial of the experiment `prior`: kernels of networks without data, their mean and variance
/// beside infinite width and the first order in 1/N.
public enum PriorTrial {
    /// A pure function of its arguments.
    ///
    /// Metrics are those of the output kernel; arrays hold layers l = 1 … L first to last. The
    /// variance of a layer is that of an entry C_l[ab] between networks, averaged over all a and b.
    public static func run(
        _ settings: PriorSettings, data: DataSet, point: GridPoint, seed: Int, randomKey: UInt64,
        family: KernelFamily
    ) -> TrialOutcome {
        let kernelFamily = NamedDiagnostic("kernel_family", text: family.name)
        do throws(TrialFailure) {
            var result = try measure(
                settings, data,
                ChainRandomness(
                    key: RandomKey(
                        randomKey: randomKey, purpose: .weights, seed: seed,
                        point: point.canonicalText
                    ).kernelKey, chain: 0, family: family))
            result.diagnostics = [
                NamedDiagnostic("draws", Double(settings.draws)), kernelFamily,
            ]
            return .success(result)
        } catch {
            return .failure(error, diagnostics: [kernelFamily])
        }
    }

    private static func measure(
        _ settings: PriorSettings, _ data: DataSet, _ randomness: ChainRandomness
    ) throws(TrialFailure) -> TrialResult {
        let input = data.inputKernel(gain: settings.gain, biasVariance: settings.biasVariance)
        let infinite: [Kernel]
        do throws(NNGP.Failure) {
            infinite = try NNGP.kernels(
                input: input, gain: settings.gain, biasVariance: settings.biasVariance,
                depth: settings.depth, activation: settings.activation)
        } catch {
            throw TrialFailure(.nonFinite, "\(error); use a smaller gain or scale the inputs")
        }
        guard let target = CentredTarget(data.targets) else {
            throw TrialFailure(
                .nonFinite, "the targets are constant, so CKA is 0/0; use targets that differ")
        }
        var sums = PriorSums(infinite)
        let sampler = PriorSampler(
            settings,
            inputFactor: data.inputFactor(
                gain: settings.gain, biasVariance: settings.biasVariance), points: data.points,
            randomness: randomness)
        for draw in 0..<settings.draws {
            sampler.draw(draw)
            sums.add(sampler.kernels, target)
        }
        let theory = PriorFluctuations.variances(
            kernels: [input] + infinite.dropLast(), gain: settings.gain, width: settings.width,
            activation: settings.activation, family: randomness.family)
        let result = sums.result(theory: theory, target: data.targets)
        for metric in result.metrics where metric.value?.isFinite == false {
            throw TrialFailure(.nonFinite, "\(metric.name) is not a finite number")
        }
        for array in result.arrays where !array.values.allSatisfy(\.isFinite) {
            throw TrialFailure(.nonFinite, "\(array.name) has an entry that is not finite")
        }
        return result
    }
}

/// Draws the kernels of one network after the other.
package final class PriorSampler {
    /// C_1 … C_L of the last draw, each (P, P), both triangles.
    package let kernels: AlignedBuffer
    private let settings: PriorSettings
    private let points: Int
    private let tiles: Int
    private let inputFactor: [Double]
    private let randomness: ChainRandomness
    private let variables: AlignedBuffer
    private let factor: AlignedBuffer
    private let gram: AlignedBuffer

    package init(
        _ settings: PriorSettings, inputFactor: [Double], points: Int, randomness: ChainRandomness
    ) {
        self.settings = settings
        self.points = points
        self.inputFactor = inputFactor
        self.randomness = randomness
        tiles = (settings.width + 7) / 8
        kernels = AlignedBuffer(count: settings.depth * points * points)
        variables = AlignedBuffer(count: tiles * 8 * points)
        factor = AlignedBuffer(count: points * points)
        gram = AlignedBuffer(count: points * points)
    }

    /// Network number `index`: h_l = A_l ξ_l with A_l A_lᵀ = C_l, whatever the rank of C_l.
    package func draw(_ index: Int) {
        let table = randomness.family.table.pointee
        let scale = settings.gain / Double(settings.width)
        factor.fill(from: inputFactor)
        for layer in 0..<settings.depth {
            randomness.normals(
                variables.base, count: variables.count, .initialVariables,
                iteration: index * settings.depth + layer)
            variables.clearPadding(width: settings.width, points: points, layers: 1)
            table.forward(
                nil, nil, gram.base, variables.base, factor.base, tiles, points,
                settings.activation.kernelCode)
            let kernel = kernels.base + layer * points * points
            for row in 0..<points {
                for column in 0...row {
                    let value = scale * gram.base[row * points + column] + settings.biasVariance
                    kernel[row * points + column] = value
                    kernel[column * points + row] = value
                }
            }
            if layer + 1 < settings.depth { factorise(kernel) }
        }
    }

    /// Cholesky; a row that the rows above determine gets a zero pivot, since with fewer neurons
    /// than points there are such rows.
    private func factorise(_ kernel: UnsafePointer<Double>) {
        let table = randomness.family.table.pointee
        for row in 0..<points {
            let mine = factor.base + row * points
            for column in 0...row {
                let theirs = factor.base + column * points
                let sum = kernel[row * points + column] - table.dot(mine, theirs, column)
                if column < row {
                    let pivot = theirs[column]
                    mine[column] = pivot > 0 ? sum / pivot : 0
                } else {
                    let smallest =
                        SingularKernel.smallestPivotRatio * kernel[row * points + row]
                    mine[row] = sum > smallest ? sum.squareRoot() : 0
                }
            }
            for column in (row + 1)..<max(points, row + 1) { mine[column] = 0 }
        }
    }
}
