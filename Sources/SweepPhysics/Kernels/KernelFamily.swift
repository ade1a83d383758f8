import CSweepKernels

/// One table of C kernels: the loops that a trial runs on, and the name recorded with its result.
///
/// Families round differently, so results are equal to the bit only within one family; the
/// `reference` family uses no fused multiply-add and no system mathematics and agrees across CPUs.
public struct KernelFamily: @unchecked Sendable {
    // Safe to share: the table is immutable static data of the C library and its functions keep no
    // state.
    package let table: UnsafePointer<swk_kernels>

    /// The name in diagnostics and the ledger: `reference`, `avx2` or `avx512`.
    public var name: String { String(cString: table.pointee.name) }

    /// The fastest family that this CPU can run.
    public static var best: KernelFamily { KernelFamily(table: swk_kernels_best()) }

    /// The family with this name, or nil when this CPU cannot run it or the name is unknown.
    public static func named(_ name: String) -> KernelFamily? {
        swk_kernels_named(name).map(KernelFamily.init(table:))
    }

    private init(table: UnsafePointer<swk_kernels>) { self.table = table }

    /// Every family that this CPU can run, the reference first.
    public static var available: [KernelFamily] {
        ["reference", "avx2", "avx512"].compactMap(named)
    }
}
