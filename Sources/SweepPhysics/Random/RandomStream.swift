import CSweepKernels

/// Random numbers of one key, each addressed by its number, so that any part of a stream can be had
/// without the part before it.
///
/// Always the `reference` family of the kernels: data sets have the same bits on every CPU.
public struct RandomStream: Sendable {
    public let key: RandomKey
    private let kernelKey: swk_random_key

    public init(_ key: RandomKey) {
        self.key = key
        kernelKey = key.kernelKey
    }

    /// Standard normals number `first` to `first + count - 1` of the stream.
    public func normals(first: Int = 0, count: Int) -> [Double] {
        precondition(first >= 0 && count >= 0, "normals \(first), \(count)")
        guard count > 0 else { return [] }
        guard let table = swk_kernels_named("reference") else {
            preconditionFailure("the reference kernels are part of every build")
        }
        // One block makes two normals, so an odd start needs one number more in front.
        let extra = first % 2
        let numbers = [Double](unsafeUninitializedCapacity: count + extra) { buffer, filled in
            if let base = buffer.baseAddress {
                table.pointee.normals(base, count + extra, kernelKey, UInt64(first / 2))
                filled = count + extra
            }
        }
        return extra == 0 ? numbers : Array(numbers.dropFirst())
    }

    /// 64 random bits, number `index`. They share nothing with ``normals(first:count:)``: they are
    /// the first two words of block `index` of the neighbouring stream.
    public func bits(at index: UInt64) -> UInt64 {
        let stream = kernelKey.stream &+ 1
        let counter = [
            UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32),
            UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32),
        ]
        var out: [UInt32] = [0, 0, 0, 0]
        swk_philox4x32_10(&out, counter, [kernelKey.key0, kernelKey.key1])
        return UInt64(out[1]) << 32 | UInt64(out[0])
    }

    /// A number uniform in [0, 1) with 53 random bits, number `index`.
    public func uniform(at index: UInt64) -> Double { Double(bits(at: index) >> 11) * 0x1p-53 }
}
