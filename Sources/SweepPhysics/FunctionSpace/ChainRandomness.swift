import CSweepKernels

/// The random numbers of one chain, each addressed by what it is for and the iteration.
///
/// The block counter of a Philox stream is split: 4 bits for the purpose, 8 for the chain, 52 for
/// the position. So a chain that resumes needs its iteration number and nothing else.
package struct ChainRandomness: Sendable {
    package enum Purpose: UInt64 {
        case initialVariables = 0
        case momentum = 1
        case decision = 2
        case testPoints = 3
        case probe = 4
    }

    package let key: swk_random_key
    package let chain: Int
    package let family: KernelFamily

    package init(key: swk_random_key, chain: Int, family: KernelFamily) {
        self.key = key
        self.chain = chain
        self.family = family
    }

    private func firstBlock(_ purpose: Purpose, _ position: UInt64) -> UInt64 {
        precondition(chain >= 0 && chain < 256 && position < 1 << 52, "counter out of range")
        return purpose.rawValue << 60 | UInt64(chain) << 52 | position
    }

    /// Fills `out` with `count` standard normals, the ones of this iteration.
    package func normals(
        _ out: UnsafeMutablePointer<Double>, count: Int, _ purpose: Purpose, iteration: Int
    ) {
        let blocks = UInt64((count + 1) / 2)
        family.table.pointee.normals(
            out, count, key, firstBlock(purpose, UInt64(iteration) * blocks))
    }

    /// Fills `out` with `count` standard normals in single precision, the ones of this iteration.
    package func normals(
        _ out: UnsafeMutablePointer<Float>, count: Int, _ purpose: Purpose, iteration: Int
    ) {
        let blocks = UInt64((count + 3) / 4)
        family.table.pointee.single_normals(
            out, count, key, firstBlock(purpose, UInt64(iteration) * blocks))
    }

    /// Two numbers uniform in (0, 1), number `index` of this iteration (0 ≤ index < 4096).
    package func uniforms(iteration: Int, index: Int = 0) -> (Double, Double) {
        let block = firstBlock(.decision, UInt64(iteration) << 12 | UInt64(index))
        let out = Philox.block(
            counter: (
                UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32),
                UInt32(truncatingIfNeeded: key.stream),
                UInt32(truncatingIfNeeded: key.stream >> 32)
            ), key: (key.key0, key.key1))
        return (Self.unit(out[0], out[1]), Self.unit(out[2], out[3]))
    }

    /// The middle of one of 2⁵² equal cells of (0, 1).
    private static func unit(_ low: UInt32, _ high: UInt32) -> Double {
        let bits = (UInt64(high) << 32 | UInt64(low)) >> 12
        return (Double(bits) + 0.5) * 0x1p-52
    }
}

extension AlignedBuffer {
    /// Sets the padding lanes of panels of `problem` to 0.
    package func clearPadding(_ problem: FunctionSpaceProblem) {
        clearPadding(width: problem.width, points: problem.points, layers: problem.depth)
    }

    /// Sets the lanes beyond `width` in each of `layers` panels of `points` rows to 0.
    package func clearPadding(width: Int, points: Int, layers: Int) {
        let used = width % 8
        guard used != 0 else { return }
        let tiles = (width + 7) / 8
        for layer in 0..<layers {
            let tile = base + (layer * tiles + tiles - 1) * points * 8
            for row in 0..<points {
                for lane in used..<8 { tile[row * 8 + lane] = 0 }
            }
        }
    }
}
