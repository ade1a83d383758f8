/// The rooms of the house: every target under Sources, and which modules it may import.
///
/// The same table is in docs/architecture.md, and a test compares the two. A room comes after all
/// that it may import, so that the arrows cannot run in a circle. Rooms may stand here before they
/// are built.
enum Rooms {
    struct Room: Hashable {
        let name: String
        /// Rooms and packages. Platform modules are apart, in ``Rooms/platformModules``.
        let mayImport: [String]
        /// A room of C: its files have includes, not imports.
        var isC = false
        /// Whether Tests/<name>Tests must exist. What an exempt room does is tested from another:
        /// kernels from `SweepPhysics`, an executable from end to end.
        var hasMirror = true
    }

    static let table: [Room] = [
        Room(name: "CZeroMQ", mayImport: [], isC: true, hasMirror: false),
        Room(name: "CSodium", mayImport: [], isC: true, hasMirror: false),
        Room(name: "CZlib", mayImport: [], isC: true, hasMirror: false),
        Room(name: "COpenBLAS", mayImport: [], isC: true, hasMirror: false),
        Room(name: "CSweepKernels", mayImport: [], isC: true, hasMirror: false),
        Room(name: "SweepCore", mayImport: []),
        Room(
            name: "SweepPhysics",
            mayImport: ["SweepCore", "CSweepKernels", "CZlib", "COpenBLAS"]),
        Room(name: "SweepTraining", mayImport: ["SweepCore", "SweepPhysics", "CSweepKernels"]),
        Room(
            name: "SweepExperiments", mayImport: ["SweepCore", "SweepPhysics", "SweepTraining"]),
        Room(
            name: "SweepSpec",
            mayImport: [
                "SweepCore", "SweepPhysics", "SweepTraining", "SweepExperiments", "Yams", "CYaml",
            ]),
        Room(name: "SweepProtocol", mayImport: ["SweepCore", "CSodium", "SwiftProtobuf"]),
        Room(name: "SweepTransport", mayImport: ["SweepProtocol", "CZeroMQ", "CSodium"]),
        Room(name: "SweepLedger", mayImport: ["SweepCore", "CSodium", "GRDB"]),
        Room(name: "SweepCoordinator", mayImport: ["SweepCore", "SweepProtocol"]),
        Room(
            name: "SweepWorker",
            mayImport: ["SweepCore", "SweepProtocol", "SweepPhysics", "SweepExperiments"]),
        Room(name: "SweepReport", mayImport: ["SweepCore", "SweepLedger", "CZlib"]),
        Room(name: "SweepDashboard", mayImport: ["SweepCore", "SweepReport", "FlyingFox"]),
        Room(
            name: "SweepSimulation", mayImport: ["SweepCore", "SweepCoordinator", "SweepWorker"]),
        Room(
            name: "SweepFuzzing",
            mayImport: [
                "SweepCore", "SweepPhysics", "SweepSpec", "SweepProtocol", "SweepCoordinator",
                "SweepWorker",
            ]),
        Room(name: "CHeapMeter", mayImport: [], isC: true, hasMirror: false),
        Room(
            name: "critsweep-fuzz",
            mayImport: ["SweepFuzzing", "CHeapMeter", "ArgumentParser"], hasMirror: false),
        Room(
            name: "critsweep-sim",
            mayImport: ["SweepCore", "SweepSimulation", "ArgumentParser"], hasMirror: false),
        Room(name: "CChaosFaults", mayImport: [], isC: true, hasMirror: false),
        Room(
            name: "critsweep-chaos", mayImport: ["GRDB", "ArgumentParser"], hasMirror: false),
        Room(
            name: "critsweep",
            mayImport: [
                "SweepCore", "SweepPhysics", "SweepTraining", "SweepExperiments", "SweepSpec",
                "SweepProtocol", "SweepTransport", "SweepLedger", "SweepCoordinator", "SweepWorker",
                "SweepReport", "SweepDashboard", "ArgumentParser",
            ], hasMirror: false),
    ]

    /// Modules of the platform and of the toolchain, which a room may import beside its arrows.
    static func platformModules(of room: String) -> Set<String> {
        room == "SweepCore"
            ? ["Glibc"]
            : ["Glibc", "Foundation", "FoundationEssentials", "Synchronization", "Logging"]
    }

    /// Headers that the C kernels may include: types, mathematics, intrinsics.
    static let kernelHeaders: Set = [
        "<float.h>", "<immintrin.h>", "<math.h>", "<stdbool.h>", "<stddef.h>", "<stdint.h>",
        "<string.h>",
    ]
}
