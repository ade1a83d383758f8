import Glibc

/// Memory for numbers that kernels walk over.
package enum NumberMemory {
    /// Bytes of a large page, as Linux has them on x86 and most others.
    private static let largePage = 1 << 21

    /// Memory at a 64-byte boundary; from the size of a large page on at the boundary of one, with
    /// the wish for such pages: a pass over megabytes in pages of 4 KiB waits for translations of
    /// addresses, a fifth of the time. Where the wish cannot be granted nothing is different.
    package static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
        let isLarge = byteCount >= largePage
        let raw = UnsafeMutableRawPointer.allocate(
            byteCount: byteCount, alignment: isLarge ? largePage : 64)
        if isLarge { _ = madvise(raw, byteCount, Int32(MADV_HUGEPAGE)) }
        return raw
    }
}

/// Doubles aligned to a cache line, owned by one value and zero at the start.
package final class AlignedBuffer {
    package let count: Int
    package let base: UnsafeMutablePointer<Double>

    package init(count: Int) {
        self.count = count
        let raw = NumberMemory.allocate(
            byteCount: max(count, 1) * MemoryLayout<Double>.stride)
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
