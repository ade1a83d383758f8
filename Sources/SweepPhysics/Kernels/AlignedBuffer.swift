/// Doubles aligned to a cache line, owned by one value and zero at the start.
package final class AlignedBuffer {
    package let count: Int
    package let base: UnsafeMutablePointer<Double>

    package init(count: Int) {
        self.count = count
        let raw = UnsafeMutableRawPointer.allocate(
            byteCount: max(count, 1) * MemoryLayout<Double>.stride, alignment: 64)
        base = raw.bindMemory(to: Double.self, capacity: max(count, 1))
        base.initialize(repeating: 0, count: max(count, 1))
    }

    deinit { base.deallocate() }

    /// Copies the contents of `other`, which has the same count.
    package func copy(from other: AlignedBuffer) {
        precondition(count == other.count, "buffers of \(count) and \(other.count)")
        base.update(from: other.base, count: count)
    }

    /// Takes the contents from an array of the same count.
    package func fill(from values: [Double]) {
        precondition(count == values.count, "\(values.count) values for \(count)")
        for (index, value) in values.enumerated() { base[index] = value }
    }

    /// The contents as an array, from `offset`, `length` values.
    package func array(from offset: Int = 0, count length: Int? = nil) -> [Double] {
        Array(UnsafeBufferPointer(start: base + offset, count: length ?? count - offset))
    }
}
