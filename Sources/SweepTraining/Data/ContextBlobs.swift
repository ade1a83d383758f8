import SweepPhysics

/// The images of ``TrainingTask/orthogonal``.
enum ContextBlobs {
    static let side = 5
    static let centres = 30

    static var data: TrainingData {
        let grid = spaced(side)
        let means = spaced(centres)
        var images: [[Double]] = []
        for x in means {
            for y in means { images.append(image(x, y, grid)) }
        }
        var inputs: [Double] = []
        for context in [[1.0, 0.0], [0.0, 1.0]] {
            for image in images { inputs += image + context }
        }
        let targets =
            means.flatMap { x in means.map { _ in x } } + means.flatMap { _ in means }
        let half = centres * centres
        let spread = 2 * half / TrainingData.trackedLimit
        return TrainingData(
            dimension: side * side + 2, outputs: 1,
            training: .init(inputs: .numbers(inputs), targets: targets),
            // Opposite corners in the first context, and every so many points of both.
            pair: PointPair(0, half - 1),
            tracked: (0..<TrainingData.trackedLimit).map { $0 * spread },
            features: FeatureGrid(side: centres))
    }

    private static func image(_ x: Double, _ y: Double, _ grid: [Double]) -> [Double] {
        var pixels: [Double] = []
        for row in grid {
            for column in grid {
                let square = (column - x) * (column - x) + (row - y) * (row - y)
                pixels.append(KernelMath.exponential(-0.5 * square))
            }
        }
        let sum = pixels.reduce(0, +)
        return pixels.map { $0 / sum }
    }

    /// `count` numbers from −1 to 1.
    private static func spaced(_ count: Int) -> [Double] {
        (0..<count).map { -1 + 2 * Double($0) / Double(count - 1) }
    }
}
