/// What one trial ended with: a result, or a failure that is recorded and counted.
public enum TrialOutcome: Hashable, Sendable {
    case success(TrialResult)
    case failure(TrialFailure, diagnostics: [NamedDiagnostic])
}

/// The numbers of one successful trial, each list in the order in which it is shown.
public struct TrialResult: Hashable, Sendable {
    public var metrics: [NamedMetric]
    public var arrays: [NamedArray]
    public var diagnostics: [NamedDiagnostic]

    public init(
        metrics: [NamedMetric], arrays: [NamedArray] = [], diagnostics: [NamedDiagnostic] = []
    ) {
        self.metrics = metrics
        self.arrays = arrays
        self.diagnostics = diagnostics
    }
}

/// One scalar that the table aggregates; nil when the quantity was never reached.
public struct NamedMetric: Hashable, Sendable {
    public var name: String
    public var value: Double?

    public init(_ name: String, _ value: Double?) {
        self.name = name
        self.value = value
    }
}

/// One array of numbers, row-major; it is nested as `shape` says when written as JSON.
public struct NamedArray: Hashable, Sendable {
    public var name: String
    public var shape: [Int]
    public var values: [Double]

    public init(_ name: String, shape: [Int], _ values: [Double]) {
        self.name = name
        self.shape = shape
        self.values = values
    }
}

/// One fact about how a trial was computed, which no table aggregates.
public struct NamedDiagnostic: Hashable, Sendable {
    /// What a diagnostic can be.
    public enum Value: Hashable, Sendable {
        case number(Double?)
        case text(String)
    }

    public var name: String
    public var value: Value

    public init(_ name: String, _ value: Double?) {
        self.name = name
        self.value = .number(value)
    }

    public init(_ name: String, text: String) {
        self.name = name
        value = .text(text)
    }
}

/// Why a trial has no numbers. It is recorded, counted, and never becomes a number in a table.
public struct TrialFailure: Error, Hashable, Sendable {
    /// The kinds that tables and exports tell apart.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case diverged
        case notConverged = "not_converged"
        case nonFinite = "non_finite"
        case outOfMemory = "out_of_memory"
        case timeout
        case crashed
        case quarantined
    }

    public var kind: Kind
    /// One sentence: what happened, where, and what would help.
    public var message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
