import ArgumentParser

extension Critsweep {
    /// Every command, in the order of the help.
    static let commands: [any ParsableCommand.Type] = [
        InitCommand.self, ValidateCommand.self, RunCommand.self, CoordinatorCommand.self,
        WorkerCommand.self, StatusCommand.self, TableCommand.self, PlotCommand.self,
        AlignmentCommand.self, ExportCommand.self,
        VerifyCommand.self,
        StoryCommand.self, RetryCommand.self, TrialCommand.self, TheoryCommand.self,
        CriticalityCommand.self,
        DoctorCommand.self, ComputeChildCommand.self,
    ]
}
