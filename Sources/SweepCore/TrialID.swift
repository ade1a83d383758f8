/// One trial of a plan, by its place in the order in which trials are first handed out.
///
/// All points at seed 0 come first, then all at seed 1, so that a running sweep shows the whole
/// panel early: trial = seed · pointCount + point.
public struct TrialID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let rawValue: Int

    public init(_ rawValue: Int) { self.rawValue = rawValue }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    public var description: String { "trial \(rawValue)" }
}
