/// An approximate solution of the linearised equations of all layers, from ``LayerSlopes``.
///
/// The layers are a chain: c_l comes from c_{l-1} and t_l, t_{l-1} from t_l and c_{l-1}, and the
/// readout ties t_L to c_L. For few points the chain is solved exactly by one sweep down, which
/// finds t_l as an affine function of c_l (a Riccati recursion), and one sweep up. For many points,
/// where such a function has P⁴/4 entries, a few iterations of GMRES do the same.
struct TheoryPreconditioner {
    /// Up to so many points the chain is solved exactly: matrices of 300 × 300 and less.
    static let exactPoints = 24

    private let layers: [LayerSlopes]
    private let points: Int
    private let depth: Int
    private let readout: Readout
    private let chain: RiccatiChain?

    /// The change of C̃_L with C_L in the frame: (1/N)(b c b - b c q - q c b).
    private struct Readout {
        var inverse: SquareMatrix
        var dyad: SquareMatrix
        var scale: Double

        func callAsFunction(_ c: SquareMatrix) -> SquareMatrix {
            let left = inverse * c
            let own = (left * inverse).symmetrised
            return scale * own.adding(-2, (left * dyad).symmetrised)
        }
    }

    /// - Parameter evaluation: one that was asked for its cross averages.
    init?(_ equations: TheoryEquations, _ evaluation: TheoryEquations.Evaluation) {
        let problem = equations.problem
        let frame = evaluation.frame
        points = problem.points
        depth = problem.depth
        layers = (0..<problem.depth).map { index in
            LayerSlopes(
                equations, evaluation.layers[index],
                factor: index == 0 ? equations.input.factor : frame.layers[index - 1].factor,
                kernel: index == 0 ? equations.inputKernel : evaluation.state.kernels[index - 1],
                conjugate: evaluation.state.conjugates[index], own: frame.layers[index],
                width: frame.width, isInput: index == 0)
        }
        let top = frame.layers[problem.depth - 1].factor.transposed
        let inverse = evaluation.outputInverse
        var dual = [Double](repeating: 0, count: problem.points)
        for a in 0..<problem.points {
            for b in 0..<problem.points { dual[a] += inverse[a, b] * problem.targets[b] }
        }
        readout = Readout(
            inverse: inverse.congruent(by: top),
            dyad: TheoryEquations.outer(dual, dual).congruent(by: top), scale: 1 / frame.width)
        if problem.points <= Self.exactPoints {
            guard
                let chain = RiccatiChain(
                    layers, points: problem.points, readout: readout.callAsFunction)
            else { return nil }
            self.chain = chain
        } else {
            chain = nil
        }
    }

    /// The change that meets the linearised equations with this residual on their right.
    func solve(_ residual: TheoryVector) -> TheoryVector {
        if let chain { return chain.solve(residual) }
        let inner = GMRES.solve(
            residual, tolerance: 0.03, limit: 12, operation: { self.apply($0) },
            precondition: { self.sweep($0) })
        return inner.solution
    }

    /// The linearised equations themselves.
    private func apply(_ x: TheoryVector) -> TheoryVector {
        var out = TheoryVector(points: points, depth: depth)
        for index in 0..<depth {
            var c = x.kernel(index) - layers[index].kernelOfConjugate(x.conjugate(index))
            if index > 0 { c = c - layers[index].kernelOfKernel(x.kernel(index - 1)) }
            out.setKernel(index, c)
            var t = x.conjugate(index)
            if index + 1 < depth {
                t =
                    t - layers[index + 1].conjugateOfConjugate(x.conjugate(index + 1))
                    - layers[index + 1].conjugateOfKernel(x.kernel(index))
            } else {
                t = t - readout(x.kernel(index))
            }
            out.setConjugate(index, t)
        }
        return out
    }

    /// Solves the equations without the change of conjugate kernels with kernels.
    private func sweep(_ residual: TheoryVector) -> TheoryVector {
        var x = TheoryVector(points: points, depth: depth)
        for index in (0..<depth).reversed() {
            var t = residual.conjugate(index)
            if index + 1 < depth {
                t = t + layers[index + 1].conjugateOfConjugate(x.conjugate(index + 1))
            }
            x.setConjugate(index, t)
        }
        for index in 0..<depth {
            var c = residual.kernel(index) + layers[index].kernelOfConjugate(x.conjugate(index))
            if index > 0 { c = c + layers[index].kernelOfKernel(x.kernel(index - 1)) }
            x.setKernel(index, c)
        }
        return x
    }
}

/// The exact solution of the chain of layers for few points.
private struct RiccatiChain {
    private struct Link {
        /// c_l = forward c_{l-1} + inner⁻¹ (…).
        var inner: LUFactor
        var forward: SquareMatrix?
        var a: SquareMatrix
        var b: SquareMatrix?
        /// t_l = slope c_l + rest.
        var slope: SquareMatrix
    }

    private let links: [Link]
    private let basis: SymmetricBasis

    init?(
        _ layers: [LayerSlopes], points: Int, readout: (SquareMatrix) -> SquareMatrix
    ) {
        basis = SymmetricBasis(points)
        let basis = self.basis
        var slope = basis.matrix(of: readout)
        var links: [Link] = []
        for (index, layer) in layers.enumerated().reversed() {
            let a = basis.matrix(of: layer.kernelOfConjugate)
            guard let inner = LUFactor(SquareMatrix.identity(basis.count) - a * slope) else {
                return nil
            }
            guard index > 0 else {
                links.insert(Link(inner: inner, a: a, slope: slope), at: 0)
                break
            }
            let b = basis.matrix(of: layer.kernelOfKernel)
            let forward = SquareMatrix(
                size: basis.count, values: inner.solve(b.values, columns: basis.count))
            links.insert(Link(inner: inner, forward: forward, a: a, b: b, slope: slope), at: 0)
            slope =
                (b.transposed * (slope * forward)
                + basis.matrix(of: layer.conjugateOfKernel)).symmetrised
        }
        guard links.allSatisfy({ $0.slope.isFinite }) else { return nil }
        self.links = links
    }

    func solve(_ residual: TheoryVector) -> TheoryVector {
        let depth = residual.depth
        var rests: [[Double]] = Array(repeating: [], count: depth)
        var steps: [[Double]] = rests
        var rest = basis.coordinates(residual.conjugate(depth - 1))
        for index in (0..<depth).reversed() {
            let link = links[index]
            let known = basis.coordinates(residual.kernel(index))
            let free = zip(link.a.applied(to: rest), known).map { $0 + $1 }
            let step = link.inner.solve(free, columns: 1)
            rests[index] = rest
            steps[index] = step
            guard index > 0, let b = link.b else { break }
            let carried = zip(link.slope.applied(to: step), rest).map { $0 + $1 }
            rest = zip(
                b.transposed.applied(to: carried),
                basis.coordinates(residual.conjugate(index - 1))
            ).map { $0 + $1 }
        }
        var x = TheoryVector(points: residual.points, depth: depth)
        var last: [Double] = []
        for index in 0..<depth {
            var c = steps[index]
            if let forward = links[index].forward {
                c = zip(c, forward.applied(to: last)).map { $0 + $1 }
            }
            let t = zip(links[index].slope.applied(to: c), rests[index]).map { $0 + $1 }
            x.setKernel(index, basis.matrix(c))
            x.setConjugate(index, basis.matrix(t))
            last = c
        }
        return x
    }
}

/// Coordinates of symmetric matrices in which tr(A B) is the scalar product.
struct SymmetricBasis {
    let points: Int
    let count: Int

    init(_ points: Int) {
        self.points = points
        count = points * (points + 1) / 2
    }

    private static let root = 2.0.squareRoot()

    func coordinates(_ matrix: SquareMatrix) -> [Double] {
        var result: [Double] = []
        result.reserveCapacity(count)
        for a in 0..<points {
            for b in 0..<a { result.append(Self.root * matrix[a, b]) }
            result.append(matrix[a, a])
        }
        return result
    }

    func matrix(_ coordinates: [Double]) -> SquareMatrix {
        var result = SquareMatrix(size: points)
        var place = 0
        for a in 0..<points {
            for b in 0..<a {
                result[a, b] = coordinates[place] / Self.root
                result[b, a] = result[a, b]
                place += 1
            }
            result[a, a] = coordinates[place]
            place += 1
        }
        return result
    }

    /// A linear map of symmetric matrices as a matrix.
    func matrix(of map: (SquareMatrix) -> SquareMatrix) -> SquareMatrix {
        var columns = SquareMatrix(size: count)
        var unit = [Double](repeating: 0, count: count)
        for column in 0..<count {
            unit[column] = 1
            let image = coordinates(map(matrix(unit)))
            unit[column] = 0
            for row in 0..<count { columns[row, column] = image[row] }
        }
        return columns
    }
}

extension SquareMatrix {
    /// M v.
    func applied(to vector: [Double]) -> [Double] {
        values.withUnsafeBufferPointer { m in
            vector.withUnsafeBufferPointer { v in
                (0..<size).map { HouseholderLQ.dot(m[($0 * size)..<(($0 + 1) * size)], v[...]) }
            }
        }
    }
}
