/// Reads the bytes of the file at a path; the caller does the input.
public typealias DataFileReader = (_ path: String) throws -> [UInt8]

extension PosteriorSettings {
    /// The data set of one seed, as ``DataTask/dataSet(testPoints:seed:randomKey:readFile:pools:)``.
    public func dataSet(
        seed: Int, randomKey: UInt64, readFile: DataFileReader,
        pools: DigitPoolCache? = nil
    ) throws -> DataSet {
        try task.dataSet(
            testPoints: testPoints, seed: seed, randomKey: randomKey, readFile: readFile,
            pools: pools)
    }
}

extension DataTask {
    /// The data set of one seed: P points are a prefix of one draw, the same for every gain, width
    /// and depth.
    ///
    /// - Throws: ``DataProblem``, or what `readFile` throws.
    public func dataSet(
        testPoints: Int, seed: Int, randomKey: UInt64, readFile: DataFileReader,
        pools: DigitPoolCache? = nil
    ) throws -> DataSet {
        switch self {
        case .xor(let points, let dimension, let noiseVariance, let signal):
            try XorData.draw(
                points: points, dimension: dimension, noiseVariance: noiseVariance,
                signal: signal, testPoints: testPoints, randomKey: randomKey, seed: seed)
        case .csv(let path, let points):
            try CSVData.parse(readFile(path), points: points, testPoints: testPoints)
        case .mnist(let files, let digits, let points):
            try (pools ?? DigitPoolCache()).pool(files, digits, readFile: readFile).draw(
                points: points, testPoints: testPoints, randomKey: randomKey, seed: seed)
        case .teacher(let kind, let points, let dimension, let noiseVariance):
            try TeacherData.draw(
                teacher: kind, points: points, dimension: dimension, noiseVariance: noiseVariance,
                testPoints: testPoints, randomKey: randomKey, seed: seed)
        }
    }
}
