// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours is built in Swift 6 mode, and a warning fails the build.
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

/// A library target and the tests that mirror it.
func room(
    _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [],
    testSupport: [Target.Dependency] = []
) -> [Target] {
    [
        .target(
            name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict),
        .testTarget(
            name: "\(name)Tests", dependencies: [.target(name: name)] + dependencies + testSupport,
            swiftSettings: strict),
    ]
}

let package = Package(
    name: "critsweep",
    products: [
        .executable(name: "critsweep", targets: ["critsweep"]),
        // To be preloaded into processes that `make chaos` disturbs.
        .library(name: "critsweep-chaos-faults", type: .dynamic, targets: ["CChaosFaults"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
    ],
    targets: [
        .target(
            name: "CSweepKernels",
            cSettings: [.define("NDEBUG", .when(configuration: .release))]),
        .systemLibrary(name: "CSodium"),
        .systemLibrary(name: "CZeroMQ"),
        .systemLibrary(name: "CZlib"),
        .target(name: "TestSupport", path: "Tests/Support", swiftSettings: strict),
        .executableTarget(
            name: "critsweep-sim",
            dependencies: [
                "SweepSimulation",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .target(name: "CHeapMeter"),
        .executableTarget(
            name: "critsweep-fuzz",
            dependencies: [
                "SweepFuzzing", "CHeapMeter",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .target(name: "CChaosFaults"),
        .executableTarget(
            name: "critsweep-chaos",
            dependencies: [
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "critsweep",
            dependencies: [
                "SweepCore", "SweepPhysics", "SweepTraining", "SweepExperiments", "SweepSpec",
                "SweepReport", "SweepProtocol", "SweepTransport", "SweepLedger",
                "SweepCoordinator", "SweepWorker",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
    ]
        + room("SweepCore")
        + room("SweepSimulation", ["SweepCore"], testSupport: ["TestSupport"])
        + room("SweepPhysics", ["SweepCore", "CSweepKernels", "CZlib"])
        + room("SweepTraining", ["SweepCore", "SweepPhysics", "CSweepKernels"])
        + room("SweepExperiments", ["SweepCore", "SweepPhysics", "SweepTraining"])
        + room(
            "SweepSpec",
            [
                "SweepCore", "SweepPhysics", "SweepTraining", "SweepExperiments",
                .product(name: "Yams", package: "Yams"),
            ])
        + room(
            "SweepLedger",
            ["SweepCore", "CSodium", .product(name: "GRDB", package: "GRDB.swift")])
        + room("SweepReport", ["SweepCore", "SweepLedger", "CZlib"])
        + room(
            "SweepProtocol",
            ["SweepCore", "CSodium", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            exclude: ["wire.proto"])
        + room("SweepTransport", ["SweepProtocol", "CZeroMQ", "CSodium"])
        + room("SweepCoordinator", ["SweepCore", "SweepProtocol"])
        + room(
            "SweepWorker", ["SweepCore", "SweepProtocol", "SweepPhysics", "SweepExperiments"])
        + room(
            "SweepFuzzing",
            [
                "SweepCore", "SweepPhysics", "SweepSpec", "SweepProtocol", "SweepCoordinator",
                "SweepWorker",
            ],
            testSupport: ["TestSupport"])
        + [
            .testTarget(name: "HouseTests", swiftSettings: strict),
            .testTarget(
                name: "EndToEndTests", dependencies: ["TestSupport"], swiftSettings: strict),
        ]
)
