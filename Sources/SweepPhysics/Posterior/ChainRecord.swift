/// What a chain left behind after its burn-in: traces for the diagnostics and sums for the means.
struct ChainRecord {
    /// U of each kept iteration.
    private(set) var potential: [Double] = []
    /// CKA(C_l, y yᵀ) of each kept iteration; index l − 1.
    private(set) var alignment: [[Double]]
    /// Σ C_l over kept iterations, (L, P, P).
    private(set) var kernelSum: [Double]
    /// Σ (C_L + κ)⁻¹ y, (P).
    private(set) var dualSum: [Double]
    /// Batches of the lower triangle of C_L, row by row, and then of (C_L + κ)⁻¹ y.
    private(set) var batches: BatchSums
    /// What the bias of the step covaries with, of each kept iteration; empty without such a bias.
    private(set) var stepBias: [Double] = []
    private(set) var acceptanceSum = 0.0
    private(set) var divergenceCount = 0
    /// The first layer whose kernel was constant up to rounding in a kept iteration: its CKA is
    /// 0/0, and the record is worth nothing.
    private(set) var constantLayer: Int?

    private let problem: FunctionSpaceProblem
    /// What the present position adds to the batches.
    private var state: [Double]

    var count: Int { potential.count }

    init(_ problem: FunctionSpaceProblem) {
        self.problem = problem
        alignment = Array(repeating: [], count: problem.depth)
        let points = problem.givenTargets.count
        kernelSum = Array(repeating: 0, count: problem.depth * points * points)
        dualSum = Array(repeating: 0, count: points)
        state = Array(repeating: 0, count: points * (points + 1) / 2 + points)
        batches = BatchSums(size: state.count)
    }

    /// Adds the present position of a chain.
    mutating func add(
        _ position: ChainPosition, _ report: SamplerReport, target: CentredTarget
    ) {
        potential.append(position.potential)
        acceptanceSum += report.acceptanceProbability
        if report.diverged { divergenceCount += 1 }
        if let bias = report.stepBias { stepBias.append(bias) }
        let square = problem.points * problem.points
        for layer in alignment.indices {
            let kernel = position.kernels.base + layer * square
            if let range = problem.range {
                add(range.lift(kernel: kernel), layer: layer, target)
            } else {
                add(UnsafeBufferPointer(start: kernel, count: square), layer: layer, target)
            }
        }
        if let range = problem.range {
            // (C + κ)⁻¹ is 1/κ outside the range.
            let inside = range.lift(problem.targets)
            let dual = range.lift(position.dual.base)
            for index in dualSum.indices {
                let rest = (problem.givenTargets[index] - inside[index]) / problem.kappa
                add(dual[index] + rest, dual: index)
            }
        } else {
            for index in dualSum.indices { add(position.dual.base[index], dual: index) }
        }
        batches.add(state)
    }

    private mutating func add(_ value: Double, dual index: Int) {
        dualSum[index] += value
        state[state.count - dualSum.count + index] = value
    }

    /// Adds C_l of one state, (P, P).
    private mutating func add(
        _ kernel: some Collection<Double>, layer: Int, _ target: CentredTarget
    ) {
        let value = kernel.withContiguousStorageIfAvailable { values in
            values.baseAddress.flatMap { target.alignment(of: $0) }
        }
        // Arrays and buffers have contiguous storage, and a kernel has at least one entry.
        if let aligned = value ?? nil {
            alignment[layer].append(aligned)
        } else {
            constantLayer = constantLayer ?? layer + 1
            alignment[layer].append(0)
        }
        kernelSum.withUnsafeMutableBufferPointer { sums in
            var index = layer * kernel.count
            for entry in kernel {
                sums[index] += entry
                index += 1
            }
        }
        if layer == alignment.count - 1 { keepLowerTriangle(of: kernel) }
    }

    private mutating func keepLowerTriangle(of kernel: some Collection<Double>) {
        let points = dualSum.count
        var (row, column, place) = (0, 0, 0)
        for entry in kernel {
            if column <= row {
                state[place] = entry
                place += 1
            }
            column += 1
            if column == points { (row, column) = (row + 1, 0) }
        }
    }
}

extension ChainRecord {
    func write(to writer: inout CheckpointWriter) {
        writer.write(potential)
        for layer in alignment { writer.write(layer) }
        writer.write(kernelSum)
        writer.write(dualSum)
        batches.write(to: &writer)
        writer.write(stepBias)
        writer.write(acceptanceSum)
        writer.write(divergenceCount)
        writer.write(constantLayer)
    }

    init(
        _ problem: FunctionSpaceProblem, from reader: inout CheckpointReader
    ) throws(CheckpointRefusal) {
        self.init(problem)
        potential = try reader.doubles()
        for layer in alignment.indices { alignment[layer] = try reader.doubles(potential.count) }
        kernelSum = try reader.doubles(kernelSum.count)
        dualSum = try reader.doubles(dualSum.count)
        batches = try BatchSums(size: state.count, from: &reader)
        stepBias = try reader.doubles()
        guard stepBias.isEmpty || stepBias.count == potential.count else { throw .damaged }
        acceptanceSum = try reader.double()
        divergenceCount = try reader.count(upTo: potential.count)
        constantLayer = try reader.optionalInteger()
        guard potential.allSatisfy(\.isFinite), alignment.allSatisfy({ $0.allSatisfy(\.isFinite) })
        else { throw .damaged }
    }
}

/// Targets with their mean removed, ready for the centred alignment of many kernels.
package struct CentredTarget {
    /// H y, shape (P).
    private let centred: [Double]
    /// |H y|².
    private let squaredNorm: Double

    /// - Returns: nil when the targets are constant: the alignment is then 0/0.
    package init?(_ targets: [Double]) {
        let mean = targets.reduce(0, +) / Double(targets.count)
        centred = targets.map { $0 - mean }
        squaredNorm = centred.reduce(0) { $0 + $1 * $1 }
        guard squaredNorm > 0 else { return nil }
    }

    /// CKA(K, y yᵀ) = (Hy)ᵀ (HKH) (Hy) / (‖HKH‖_F |Hy|²) of a symmetric kernel (P, P).
    ///
    /// - Returns: nil where it is 0/0: the kernel is constant up to rounding, or not finite.
    package func alignment(of kernel: UnsafePointer<Double>) -> Double? {
        // Centred entry by entry: a kernel that is nearly constant would lose half its digits in
        // the expanded form ‖K‖² − (2/P) ‖K1‖² + …. Scaled by its largest entry, so that no square
        // leaves the range.
        let points = centred.count
        var largest = 0.0
        for index in 0..<(points * points) { largest = max(largest, abs(kernel[index])) }
        guard largest > 0, largest.isFinite else { return nil }
        let scale = 1 / largest
        guard scale.isFinite else { return nil }
        var means = [Double](repeating: 0, count: points)
        var mean = 0.0
        for row in 0..<points {
            var sum = 0.0
            for column in 0..<points { sum += scale * kernel[row * points + column] }
            means[row] = sum / Double(points)
            mean += means[row]
        }
        mean /= Double(points)
        var projection = 0.0
        var squares = 0.0
        for row in 0..<points {
            var product = 0.0
            let shift = means[row] - mean
            for column in 0..<points {
                let value = scale * kernel[row * points + column] - shift - means[column]
                product += value * centred[column]
                squares += value * value
            }
            projection += centred[row] * product
        }
        // Centring a constant leaves rounding of P ulps in each of P² entries.
        let floor = Double(points) * 4 * Double(points) * 0x1p-53
        guard squares.squareRoot() > floor else { return nil }
        return projection / (squares.squareRoot() * squaredNorm)
    }
}
