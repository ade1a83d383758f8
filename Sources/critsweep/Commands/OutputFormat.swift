import ArgumentParser

/// How data are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
    case csv

    /// A table for a person at a terminal, JSON for a program that reads a pipe.
    static var fitting: OutputFormat { Terminal.showsOutput ? .table : .json }
}
