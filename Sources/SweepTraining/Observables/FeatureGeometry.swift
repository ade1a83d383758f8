/// How the activities of a ``FeatureGrid`` lie: what each feature has to do with them, and their
/// principal components.
public struct FeatureGeometry: Hashable, Sendable {
    /// Of each context, the part of the variance within the context that the means over one feature
    /// have (the main effect of the other): of the feature that is asked for there, and of the one
    /// that is not. The rest belongs to both together. nil where nothing varies.
    public var relevant: [Double?]
    public var irrelevant: [Double?]
    /// Of all points of all contexts.
    public var components: PrincipalComponents

    public static let componentCount = 6

    init(relevant: [Double?], irrelevant: [Double?], components: PrincipalComponents) {
        self.relevant = relevant
        self.irrelevant = irrelevant
        self.components = components
    }

    /// - Parameter activities: row-major, shape (contexts · side², units), the second feature fastest.
    public init(of activities: [Double], grid: FeatureGrid) {
        let square = grid.side * grid.side
        let contexts = 2
        let units = activities.count / (contexts * square)
        relevant = []
        irrelevant = []
        for context in 0..<contexts {
            let start = context * square * units
            let shares = Self.shares(
                activities[start..<start + square * units], side: grid.side, units: units)
            relevant.append(shares.map { context == 0 ? $0.first : $0.second })
            irrelevant.append(shares.map { context == 0 ? $0.second : $0.first })
        }
        components = PrincipalComponents(
            of: activities, points: contexts * square, count: Self.componentCount)
    }

    /// Parts of the variance that belong to the means of each value of the first feature, and of the
    /// second.
    static func shares(
        _ activities: ArraySlice<Double>, side: Int, units: Int
    ) -> (first: Double, second: Double)? {
        let count = Double(side * side)
        var (total, first, second) = (0.0, 0.0, 0.0)
        for unit in 0..<units {
            var byFirst = [Double](repeating: 0, count: side)
            var bySecond = byFirst
            func value(_ a: Int, _ b: Int) -> Double {
                activities[activities.startIndex + (a * side + b) * units + unit]
            }
            for a in 0..<side {
                for b in 0..<side {
                    byFirst[a] += value(a, b) / Double(side)
                    bySecond[b] += value(a, b) / Double(side)
                }
            }
            let mean = byFirst.reduce(0, +) / Double(side)
            for a in 0..<side {
                for b in 0..<side { total += (value(a, b) - mean) * (value(a, b) - mean) / count }
            }
            for means in byFirst { first += (means - mean) * (means - mean) / Double(side) }
            for means in bySecond { second += (means - mean) * (means - mean) / Double(side) }
        }
        return total > 0 ? (first / total, second / total) : nil
    }
}
