/// One combination of swept parameters, in the order in which the spec writes them.
public struct GridPoint: Hashable, Sendable {
    /// One swept parameter and its value here.
    public struct Parameter: Hashable, Sendable {
        public var name: String
        public var value: ParameterValue

        public init(name: String, value: ParameterValue) {
            self.name = name
            self.value = value
        }
    }

    public var parameters: [Parameter]

    public init(_ parameters: [Parameter]) { self.parameters = parameters }

    /// The value of the parameter called `name`, or nil when it is not swept.
    public subscript(name: String) -> ParameterValue? {
        parameters.first { $0.name == name }?.value
    }

    /// The identity of the point whatever the order of the grid's keys: `depth=3;gain=1.2;width=500`.
    ///
    /// Part of the random key of weights and chains, and of the ledger's identity of a trial; so a
    /// grid may be extended, reordered or merged with another and every number stays.
    public var canonicalText: String {
        parameters.sorted { $0.name < $1.name }
            .map { "\($0.name)=\($0.value.canonicalText)" }
            .joined(separator: ";")
    }
}
