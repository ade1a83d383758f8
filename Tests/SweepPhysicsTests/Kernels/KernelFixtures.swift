import CSweepKernels

/// The table of one family, so that tests can be given families by name.
struct KernelFamily {
    let name: String
    let table: swk_kernels

    init?(_ name: String) {
        guard let table = swk_kernels_named(name) else { return nil }
        self.name = name
        self.table = table.pointee
    }

    /// The families that this machine can run.
    static var available: [String] {
        ["reference", "avx2", "avx512"].filter { swk_kernels_named($0) != nil }
    }

    /// Those that have the reference as their twin.
    static var clever: [String] { available.filter { $0 != "reference" } }
}

/// Doubles at a 64-byte boundary, filled with one value.
final class KernelBuffer {
    let start: UnsafeMutablePointer<Double>
    let count: Int

    init(_ count: Int, filledWith value: Double = 0) {
        self.count = count
        start = UnsafeMutableRawPointer.allocate(
            byteCount: max(count, 1) * MemoryLayout<Double>.stride, alignment: 64
        ).bindMemory(to: Double.self, capacity: count)
        start.initialize(repeating: value, count: count)
    }

    convenience init(_ values: [Double]) {
        self.init(values.count)
        for (index, value) in values.enumerated() { start[index] = value }
    }

    deinit { start.deallocate() }

    subscript(index: Int) -> Double {
        get { start[index] }
        set { start[index] = newValue }
    }

    var values: [Double] { Array(UnsafeBufferPointer(start: start, count: count)) }
    var bits: [UInt64] { values.map(\.bitPattern) }
}

/// Inputs and measures of the kernel tests.
enum KernelInput {
    /// Standard normals of the reference family.
    static func normals(_ count: Int, seed: UInt32, scale: Double = 1) -> KernelBuffer {
        let buffer = KernelBuffer(count)
        let key = swk_random_key(key0: seed, key1: 0, stream: 7)
        swk_kernels_named("reference")?.pointee.normals(buffer.start, count, key, 0)
        for index in 0..<count { buffer[index] *= scale }
        return buffer
    }

    /// A panel of normals with zeros beyond the width.
    static func panel(rows: Int, width: Int, seed: UInt32) -> KernelBuffer {
        let tiles = (width + 7) / 8
        let panel = normals(tiles * rows * 8, seed: seed)
        for index in 0..<panel.count where index / (8 * rows) * 8 + index % 8 >= width {
            panel[index] = 0
        }
        return panel
    }

    /// A lower triangular matrix with entries of order 1 / sqrt(P), and NaN above the diagonal,
    /// where nobody may look.
    static func factor(_ P: Int, seed: UInt32) -> KernelBuffer {
        let factor = normals(P * P, seed: seed, scale: 1 / Double(P).squareRoot())
        for index in 0..<P * P where index % P > index / P { factor[index] = .nan }
        return factor
    }

    static func symmetric(_ P: Int, seed: UInt32) -> KernelBuffer {
        let matrix = normals(P * P, seed: seed)
        for row in 0..<P {
            for column in 0..<row { matrix[column * P + row] = matrix[row * P + column] }
        }
        return matrix
    }

    /// A matrix 1 + A Aᵀ / P, and NaN above the diagonal.
    static func positiveDefinite(_ P: Int, seed: UInt32) -> KernelBuffer {
        let root = normals(P * P, seed: seed)
        let matrix = KernelBuffer(P * P, filledWith: .nan)
        for row in 0..<P {
            for column in 0...row {
                var sum = 0.0
                for k in 0..<P { sum += root[row * P + k] * root[column * P + k] }
                matrix[row * P + column] = sum / Double(P) + (row == column ? 1 : 0)
            }
        }
        return matrix
    }

    /// Entries on and below the diagonal.
    static func lower(_ matrix: KernelBuffer, _ P: Int) -> [Double] {
        (0..<P * P).filter { $0 % P <= $0 / P }.map { matrix[$0] }
    }

    /// The largest difference in units of the largest entry; infinite if anything is not finite.
    static func distance(_ a: [Double], _ b: [Double]) -> Double {
        guard a.count == b.count else { return .infinity }
        var scale = 0.0
        var largest = 0.0
        for (x, y) in zip(a, b) {
            guard x.isFinite, y.isFinite else { return .infinity }
            scale = max(scale, abs(x))
            largest = max(largest, abs(x - y))
        }
        return largest == 0 ? 0 : largest / scale
    }
}
