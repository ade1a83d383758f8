import CSweepKernels

/// Philox4x32-10, the generator under every random number.
///
/// Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
public enum Philox {
    /// One block: four words from a counter of four and a key of two.
    public static func block(
        counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)
    ) -> [UInt32] {
        var out: [UInt32] = [0, 0, 0, 0]
        swk_philox4x32_10(
            &out, [counter.0, counter.1, counter.2, counter.3], [key.0, key.1])
        return out
    }
}
