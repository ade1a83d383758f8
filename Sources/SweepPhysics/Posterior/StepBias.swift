extension PosteriorSample.StepBias {
    /// Covariance of every measured quantity with the factor that each iteration reported.
    ///
    /// - Returns: nil where none was reported.
    init?(_ records: [ChainRecord]) {
        guard let first = records.first, !first.stepBias.isEmpty else { return nil }
        func covariance(_ quantity: (ChainRecord) -> [Double]) -> (mean: Double, error: Double) {
            let products = records.map { record in
                let values = quantity(record)
                let count = Double(values.count)
                let mean = values.reduce(0, +) / count
                let factor = record.stepBias.reduce(0, +) / count
                return zip(values, record.stepBias).map { ($0 - mean) * ($1 - factor) }
            }
            let count = products.reduce(0) { $0 + $1.count }
            let sum = products.reduce(0) { $0 + $1.reduce(0, +) }
            return (sum / Double(count), Autocorrelation.standardError(products) ?? 0)
        }
        let layers = (0..<first.alignment.count).map { layer in
            covariance { $0.alignment[layer] }
        }
        let potential = covariance(\.potential)
        self.init(
            alignment: layers.map(\.mean), potential: potential.mean,
            alignmentError: layers.last?.error ?? 0, potentialError: potential.error)
    }
}
