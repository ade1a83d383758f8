import SweepPhysics

/// Which entries of a long series are stored.
///
/// They depend on the number of entries alone, so that trainings of one length have the same epochs
/// and can be averaged.
public enum StoredEntries {
    /// Half of them evenly spaced, half evenly in the logarithm, the first and the last among them.
    ///
    /// - Returns: increasing places, at most `limit`; all of `count` when they are no more.
    public static func places(of count: Int, atMost limit: Int) -> [Int] {
        precondition(limit >= 2, "limit \(limit)")
        guard count > limit else { return Array(0..<max(0, count)) }
        let last = Double(count - 1)
        let even = (limit + 1) / 2
        let rest = limit - even
        var places = Set(
            (0..<even).map { place in
                even == 1 ? 0 : Int((last * Double(place) / Double(even - 1)).rounded())
            })
        let logarithm = KernelMath.logarithm(last)
        for place in 0..<rest {
            let share = Double(place + 1) / Double(rest)
            places.insert(min(count - 1, Int(KernelMath.exponential(logarithm * share).rounded())))
        }
        places.insert(count - 1)
        return places.sorted()
    }
}
