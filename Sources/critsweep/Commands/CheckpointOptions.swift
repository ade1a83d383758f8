import ArgumentParser

/// How often the state of a trial that runs is kept.
struct CheckpointOptions: ParsableArguments {
    @Option(
        name: .customLong("checkpoint-seconds"),
        help: """
            Seconds between two checkpoints of a trial that runs: as much is lost at most when its \
            worker dies; 0 for none.
            """)
    var seconds = 30.0

    /// A day.
    private static let longest = 86_400.0

    var milliseconds: UInt64 { UInt64((seconds * 1_000).rounded(.up)) }

    func validate() throws {
        guard seconds == 0 || (0.05...Self.longest).contains(seconds) else {
            throw ValidationError(
                "--checkpoint-seconds must be 0, or from 0.05 to 86400, but is \(seconds)")
        }
    }
}
