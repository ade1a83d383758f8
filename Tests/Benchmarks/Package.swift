// swift-tools-version: 6.2
import PackageDescription

// The rooms that a trial computes in, by links to the folders of the main package: so the benchmarks
// measure the product's own code, need none of its dependencies, and build within a minute.
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

let package = Package(
    name: "critsweep-benchmarks",
    targets: [
        .target(
            name: "CSweepKernels",
            cSettings: [.define("NDEBUG", .when(configuration: .release))]),
        .systemLibrary(name: "CZlib"),
        .target(name: "SweepCore", swiftSettings: strict),
        .target(
            name: "SweepPhysics", dependencies: ["SweepCore", "CSweepKernels", "CZlib"],
            swiftSettings: strict),
        .target(
            name: "SweepTraining", dependencies: ["SweepCore", "SweepPhysics", "CSweepKernels"],
            swiftSettings: strict),
        // Loops that do nothing but use one unit of the machine as fast as it goes.
        .target(name: "CFloors"),
        .executableTarget(
            name: "SweepBenchmarks",
            dependencies: ["SweepPhysics", "SweepTraining", "CSweepKernels", "CFloors"],
            swiftSettings: strict),
        // Five kernels, each in a function of its own, whose instructions callgrind counts.
        .executableTarget(
            name: "kernel-counts", dependencies: ["CSweepKernels"],
            linkerSettings: [.linkedLibrary("m")]),
    ]
)
