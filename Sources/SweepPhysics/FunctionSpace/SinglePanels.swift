import CSweepKernels

/// Floats aligned to a cache line, owned by one value and zero at the start.
package final class SingleBuffer {
    package let count: Int
    package let base: UnsafeMutablePointer<Float>

    package init(count: Int) {
        self.count = count
        let raw = NumberMemory.allocate(byteCount: max(count, 1) * MemoryLayout<Float>.stride)
        base = raw.bindMemory(to: Float.self, capacity: max(count, 1))
        base.initialize(repeating: 0, count: max(count, 1))
    }

    deinit { base.deallocate() }

    /// Copies the contents of `other`, which has the same count.
    package func copy(from other: SingleBuffer) {
        precondition(count == other.count, "buffers of \(count) and \(other.count)")
        base.update(from: other.base, count: count)
    }
}

/// The panels of all layers in single precision: ξ, dU/dξ, and the φ and φ′ between them.
///
/// Everything that is P × P, and every sum over neurons, is in double precision. The kernels then
/// have a relative error of about 10⁻⁷/√N, which a factorisation magnifies by the condition number:
/// that is why kernels past a condition number of 10⁶ are refused.
package final class SinglePanels {
    /// Pivot ratios below this are called singular in single precision.
    package static let smallestPivotRatio = 1e-6

    package let problem: FunctionSpaceProblem
    package let family: KernelFamily
    /// ξ, L panels one after the other.
    package var variables: SingleBuffer
    /// dU/dξ, same layout.
    package var gradient: SingleBuffer
    private let phi: SingleBuffer
    private let slope: SingleBuffer
    private let matrix: SingleBuffer
    private let weight: SingleBuffer

    package init(_ problem: FunctionSpaceProblem, family: KernelFamily) {
        self.problem = problem
        self.family = family
        let count = problem.singleVariableCount
        variables = SingleBuffer(count: count)
        gradient = SingleBuffer(count: count)
        phi = SingleBuffer(count: count)
        slope = SingleBuffer(count: count)
        matrix = SingleBuffer(count: problem.points * problem.points)
        weight = SingleBuffer(count: problem.points * problem.points)
    }

    func forward(
        layer: Int, gram: UnsafeMutablePointer<Double>, factor: UnsafePointer<Double>,
        _ activation: swk_activation
    ) {
        let table = family.table.pointee
        let offset = layer * problem.singlePanelCount
        table.narrow(matrix.base, factor, matrix.count)
        table.single_forward(
            phi.base + offset, slope.base + offset, gram, variables.base + offset, matrix.base,
            problem.singleTiles, problem.points, activation)
    }

    func backward(
        layer: Int, projection: UnsafeMutablePointer<Double>?, weight: UnsafePointer<Double>,
        factor: UnsafePointer<Double>
    ) {
        let table = family.table.pointee
        let offset = layer * problem.singlePanelCount
        table.narrow(matrix.base, factor, matrix.count)
        table.narrow(self.weight.base, weight, matrix.count)
        table.single_backward(
            gradient.base + offset, projection, phi.base + offset, slope.base + offset,
            variables.base + offset, self.weight.base, matrix.base, problem.singleTiles,
            problem.points)
    }

    /// Copies ξ into panels of doubles, which have tiles of 8.
    package func widen(_ variables: SingleBuffer, into target: AlignedBuffer) {
        each { single, double in target.base[double] = Double(variables.base[single]) }
    }

    /// Takes ξ from panels of doubles.
    package func narrow(_ source: AlignedBuffer, into target: SingleBuffer) {
        each { single, double in target.base[single] = Float(source.base[double]) }
    }

    /// Calls with the places of every neuron in a panel of floats and in one of doubles.
    private func each(_ body: (Int, Int) -> Void) {
        let points = problem.points
        for layer in 0..<problem.depth {
            for tile in 0..<problem.tiles {
                for row in 0..<points {
                    let double = layer * problem.panelCount + (tile * points + row) * 8
                    let single =
                        layer * problem.singlePanelCount + (tile / 2 * points + row) * 16
                        + tile % 2 * 8
                    for lane in 0..<8 { body(single + lane, double + lane) }
                }
            }
        }
    }

    /// Sets the lanes beyond the width to 0.
    package func clearPadding(_ buffer: SingleBuffer) {
        let used = problem.width % 16
        guard used != 0 else { return }
        for layer in 0..<problem.depth {
            let tile =
                buffer.base + layer * problem.singlePanelCount
                + (problem.singleTiles - 1) * problem.points * 16
            for row in 0..<problem.points {
                for lane in used..<16 { tile[row * 16 + lane] = 0 }
            }
        }
    }
}

extension FunctionSpaceProblem {
    /// Blocks of sixteen neurons of a panel of floats.
    var singleTiles: Int { (width + 15) / 16 }
    /// Floats in one panel, padding included.
    var singlePanelCount: Int { singleTiles * points * 16 }
    /// Floats in the whitened variables of all layers, padding included.
    package var singleVariableCount: Int { depth * singlePanelCount }
}
