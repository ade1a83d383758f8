import SweepPhysics

/// Tables of the user's own. A table that is read has finite numbers, and is the same table when its
/// numbers are written again.
public struct CSVTarget: FuzzTarget {
    public let name = "csv"
    public let allowance = MemoryAllowance(base: 128 << 10, perByte: 400)
    public let samples: [[UInt8]] = [
        "0.5,1.5,1\n-0.5,2,-1\n", "1,2\r\n3,4\r\n", "\u{FEFF} 1e-3 ,\t2\n\n4 , 5",
        "0.1,0.2,0.3,1\n0.4,0.5,0.6,-1\n0.7,0.8,0.9,1\n1,1,1,-1\n", "x,y\n1,2\n", "1\n2\n",
        "1,nan\n2,3\n", "-0.0,4.9e-324\n1.7976931348623157e308,2\n",
    ].map { Array($0.utf8) }

    private static let tokens = [
        ",", "\n", "\r\n", "\r", " ", "\t", "0", "1", "-1", "+1", ".5", "5.", "1e9", "1E-9",
        "1e999", "-1e-999", "nan", "inf", "-infinity", "0x1p3", "1_000", "1,5", "\"1\"", "#", ";",
        "\u{FEFF}", "\u{0}", "\u{1B}[2J", "\u{2212}1", "\u{0661}", "1,2,3\n", "0.1,0.2\n",
    ].map { Array($0.utf8) }

    public init() {}

    public func input(from seeds: [[UInt8]], using choices: inout SeededChoices) -> [UInt8] {
        var bytes =
            choices.once(in: 3) ? Self.table(using: &choices) : seed(from: seeds, using: &choices)
        for _ in 0..<choices.below(4) {
            if choices.once(in: 2) {
                ByteMutation.mutate(&bytes, others: seeds, using: &choices)
                continue
            }
            let place = choices.below(bytes.count + 1)
            let times = choices.once(in: 100) ? choices.below(2_000) : 1
            let token = choices.pick(Self.tokens)
            let piece = [[UInt8]](repeating: token, count: times).flatMap { $0 }
            bytes.replaceSubrange(
                place..<min(bytes.count, place + choices.below(3)), with: piece)
        }
        return bytes
    }

    private static func table(using choices: inout SeededChoices) -> [UInt8] {
        let columns = 2 + choices.below(5)
        var text = ""
        for _ in 0...choices.below(8) {
            let row = (0..<columns).map { _ -> String in
                let number = Double(bitPattern: choices.next())
                return number.isFinite && choices.once(in: 3)
                    ? "\(number)" : "\(choices.below(20) - 10)"
            }
            text += row.joined(separator: ",") + "\n"
        }
        return Array(text.utf8)
    }

    public func verdict(on input: [UInt8]) -> Verdict {
        let data: DataSet
        do throws(DataProblem) {
            data = try CSVData.parse(input)
        } catch {
            return DataTargets.complaint(about: error.description).map(Verdict.broken) ?? .refused
        }
        guard data.inputs.allSatisfy(\.isFinite), data.targets.allSatisfy(\.isFinite) else {
            return .broken("a number of the table is not finite")
        }
        var text = ""
        for row in 0..<data.points {
            for number in data.inputs[(row * data.dimension)...].prefix(data.dimension) {
                text += "\(number),"
            }
            text += "\(data.targets[row])\n"
        }
        guard (try? CSVData.parse(Array(text.utf8))) == data else {
            return .broken("the numbers of the table, written again, are another table")
        }
        // Points and held-out points are the first rows and those after them. A half may be refused
        // where the whole is not: its targets may be all the same.
        let first = data.points / 2
        if let split = try? CSVData.parse(input, points: first, testPoints: data.points - first),
            split.targets + split.testTargets != data.targets
                || split.inputs + split.testInputs != data.inputs
        {
            return .broken("the halves of the table are not the table")
        }
        return .read(units: 0)
    }
}
