/// Minimises a function of a few variables without derivatives.
///
/// Source: Nelder and Mead 1965, with the usual factors 1, 2, ½, ½.
enum NelderMead {
    struct Minimum {
        var place: [Double]
        var value: Double
        /// Whether the simplex became as small as was asked for.
        var hasConverged: Bool
    }

    /// - Parameters:
    ///   - start: where to begin; f is finite there.
    ///   - edge: length of the first simplex's edges.
    ///   - tolerance: the search ends when all corners are within this of the best one in every
    ///     coordinate.
    ///   - evaluationLimit: f is called about so often at most.
    ///   - f: may return infinity where it is not defined.
    static func minimise(
        from start: [Double], edge: Double, tolerance: Double, evaluationLimit: Int,
        _ f: ([Double]) -> Double
    ) -> Minimum {
        let dimension = start.count
        var corners: [(place: [Double], value: Double)] = [(start, f(start))]
        for index in 0..<dimension {
            var place = start
            place[index] += edge
            corners.append((place, f(place)))
        }
        var evaluations = corners.count
        while true {
            // Stable, so that equal values keep their order on every machine.
            corners.sort { $0.value < $1.value }
            let isSmall = corners.allSatisfy { corner in
                zip(corner.place, corners[0].place).allSatisfy { abs($0 - $1) <= tolerance }
            }
            if isSmall || evaluations >= evaluationLimit {
                return Minimum(
                    place: corners[0].place, value: corners[0].value, hasConverged: isSmall)
            }
            var centre = Array(repeating: 0.0, count: dimension)
            for corner in corners.dropLast() {
                for index in 0..<dimension {
                    centre[index] += corner.place[index] / Double(dimension)
                }
            }
            let worst = corners[dimension]
            func candidate(_ factor: Double) -> (place: [Double], value: Double) {
                let place = zip(centre, worst.place).map { $0 + factor * ($0 - $1) }
                evaluations += 1
                return (place, f(place))
            }
            let reflected = candidate(1)
            if reflected.value < corners[0].value {
                let expanded = candidate(2)
                corners[dimension] = expanded.value < reflected.value ? expanded : reflected
            } else if reflected.value < corners[dimension - 1].value {
                corners[dimension] = reflected
            } else {
                let isOutside = reflected.value < worst.value
                let contracted = candidate(isOutside ? 0.5 : -0.5)
                if contracted.value < min(reflected.value, worst.value) {
                    corners[dimension] = contracted
                } else {
                    for index in 1...dimension {
                        let place = zip(corners[0].place, corners[index].place).map {
                            0.5 * ($0 + $1)
                        }
                        corners[index] = (place, f(place))
                        evaluations += 1
                    }
                }
            }
        }
    }
}
