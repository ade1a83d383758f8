import ArgumentParser
import SweepPhysics

/// Which C kernels compute: results are equal to the bit within one family.
enum KernelChoice: String, ExpressibleByArgument, CaseIterable {
    case auto
    case reference
    case avx2
    case avx512

    /// - Throws: ``CommandError`` (69) when this CPU cannot run the family.
    func family() throws -> KernelFamily {
        if self == .auto { return .best }
        guard let family = KernelFamily.named(rawValue) else {
            throw CommandError(
                .unavailable,
                "this CPU cannot run --kernels \(rawValue); it can run "
                    + KernelFamily.available.map(\.name).joined(separator: ", "))
        }
        return family
    }
}
