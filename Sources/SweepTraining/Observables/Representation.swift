import SweepPhysics

/// Distances and kernels of hidden activities.
public enum Representation {
    /// ‖φ_b − φ_a‖² from a kernel K = φ φᵀ: K_aa + K_bb − 2 K_ab, and 0 on the diagonal.
    public static func squaredDistances(_ kernel: Kernel) -> Kernel {
        Kernel(size: kernel.size) { row, column in
            row == column
                ? 0
                : max(0, kernel[row, row] + kernel[column, column] - 2 * kernel[row, column])
        }
    }

    /// −½ ‖φ_b − φ_a‖²: a kernel that is φ φᵀ after centring, so that their alignments are equal.
    ///
    /// - Parameter squaredDistances: row-major, shape (points, points).
    public static func kernel(
        squaredDistances: some Collection<Double>, points: Int
    ) -> Kernel {
        Kernel(size: points, values: squaredDistances.map { -0.5 * $0 })
    }

    /// K = φ φᵀ.
    ///
    /// - Parameter activities: row-major, one row per point.
    public static func kernel(_ activities: [Double], points: Int) -> Kernel {
        let size = activities.count / max(1, points)
        return Kernel(size: points) { row, column in
            var sum = 0.0
            for place in 0..<size {
                sum += activities[row * size + place] * activities[column * size + place]
            }
            return sum
        }
    }

    /// Σ (b − a)².
    static func squaredDistance<Scalar: TrainingScalar>(
        _ a: UnsafeBufferPointer<Scalar>, _ b: UnsafeBufferPointer<Scalar>
    ) -> Double {
        var sum = 0.0
        for place in 0..<a.count {
            let difference = Double(b[place]) - Double(a[place])
            sum += difference * difference
        }
        return sum
    }
}
