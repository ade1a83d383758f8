import SweepCore
import SweepPhysics

/// How alike the representations are that different networks make of the same points.
public struct RepresentationSimilarity: Hashable, Sendable {
    /// The networks of one grid point of one sweep, which differ in their seeds.
    public struct Group: Hashable, Sendable {
        /// What the user calls the sweep.
        public var sweep: String
        public var parameters: [GridPoint.Parameter]
        /// The hidden layer that is compared.
        public var layer: Int
        /// Equal for groups whose networks have seen the same data.
        public var data: String
        /// Whether every seed has data of its own.
        public var hasDataOfSeeds: Bool
        /// Equal for groups in which networks of one seed begin with the same weights.
        public var weights: String
        public let networks: [Network]
        /// Networks with a representation that can be compared: not all points in one place.
        public let comparable: Int

        public init(
            sweep: String, parameters: [GridPoint.Parameter], layer: Int, data: String,
            hasDataOfSeeds: Bool, weights: String, networks: [Network]
        ) {
            self.sweep = sweep
            self.parameters = parameters
            self.layer = layer
            self.data = data
            self.hasDataOfSeeds = hasDataOfSeeds
            self.weights = weights
            self.networks = networks
            comparable = networks.count { $0.kernel.alignment(with: $0.kernel) != nil }
        }
    }

    public struct Network: Hashable, Sendable {
        public var seed: Int
        /// φ φᵀ of the tracked points, up to what centring takes out.
        public var kernel: Kernel

        public init(seed: Int, kernel: Kernel) {
            self.seed = seed
            self.kernel = kernel
        }
    }

    /// Linear CKA (Kornblith et al. 2019) over all pairs of a network of one group and another network of the other.
    public struct Row: Hashable, Sendable {
        /// Places of the groups; the same for the seeds of one.
        public var first: Int
        public var second: Int
        public var statistics: ReplicateStatistics
        public var least: Double
    }

    public let groups: [Group]
    /// In the order of the groups; pairs of groups without a pair of networks are left out.
    public let rows: [Row]
    /// Whether pairs of groups were left out because they were trained on different points.
    public let hasStrangers: Bool
    /// Whether pairs of networks were left out because they began with the same weights.
    public let hasTwins: Bool

    public init(_ groups: [Group]) {
        self.groups = groups
        var rows: [Row] = []
        for first in groups.indices {
            for second in first..<groups.count {
                let values = Self.alignments(groups[first], groups[second], isOne: first == second)
                guard let least = values.min() else { continue }
                rows.append(
                    Row(
                        first: first, second: second, statistics: ReplicateStatistics(values),
                        least: least))
            }
        }
        self.rows = rows
        func has(_ isSo: (Group, Group) -> Bool) -> Bool {
            groups.indices.contains { first in
                groups[(first + 1)...].contains { isSo(groups[first], $0) }
            }
        }
        hasStrangers = has { $0.data != $1.data }
        hasTwins = has { first, second in
            first.data == second.data && first.weights == second.weights
                && first.networks.contains { one in
                    second.networks.contains { $0.seed == one.seed }
                }
        }
    }

    private static func alignments(_ first: Group, _ second: Group, isOne: Bool) -> [Double] {
        guard first.data == second.data else { return [] }
        return first.networks.flatMap { one in
            second.networks.compactMap { other -> Double? in
                if isOne, one.seed >= other.seed { return nil }
                // Two that began as one are not two networks.
                if one.seed == other.seed, first.weights == second.weights { return nil }
                if first.hasDataOfSeeds, one.seed != other.seed { return nil }
                guard one.kernel.size == other.kernel.size else { return nil }
                return one.kernel.alignment(with: other.kernel)
            }
        }
    }
}
