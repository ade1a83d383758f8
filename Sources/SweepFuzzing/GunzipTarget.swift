import SweepPhysics

/// Packed data files. What is unpacked does not depend on the limit, and never passes it.
public struct GunzipTarget: FuzzTarget {
    public let name = "gunzip"
    /// A byte of deflate unpacks to 1,032 at most, which an array holds twice while it grows.
    public let allowance = MemoryAllowance(base: 1 << 20, perByte: 4_000)
    public let samples: [[UInt8]]

    private static let limit = 1 << 17

    public init() {
        var made: [[UInt8]] = (0..<UInt64(12)).map { index in
            var choices = SeededChoices(seed: 5, target: "gzip", index: index)
            return Self.file(using: &choices)
        }
        // By zlib 1.2.13: dynamic codes, fixed codes, and 70,000 zeros.
        made += [
            "1f8b0800000000000203ed4fc10dc3400cfa7b962c05c66af2a9fa88d4f50bee08fd36d2291c60cc3d70"
                + "3d8ff7a5fb3c34affbacc79ff895c080e8ee22d02007cde580125846b26e888a449595fc83ec6f65c6a8"
                + "a239cb6310d92167c6bc137c949961b3e47c2de1c4313249ef91dd3d8e871d660db614b6512a79ac58b6"
                + "77fb92a134c1ac16b31bd8a246ca9597a7ea578c3946db318dd106636afb17a914feaed975fb22b7edd4"
                + "cff7012762c48080020000",
            "1f8b080000000000020333d033d53104612e030a5800f8837f6d46000000",
            "1f8b0800000000000203edc13101000000c2a0f54f6d094fa00000000000000000000000000000000000"
                + "000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                + "000000000000000080b701dcc8a9a670110100",
        ].map(Self.bytes)
        samples = made
    }

    private static func bytes(_ digits: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in digits {
            let value = UInt8(digit.hexDigitValue ?? 0)
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    /// A good file of one or more members.
    private static func file(using choices: inout SeededChoices) -> [UInt8] {
        var file: [UInt8] = []
        for _ in 0...choices.below(2) {
            let content = (0..<choices.size(below: 600)).map { _ in choices.byte() }
            file += GzipWriter.member(content, using: &choices)
        }
        return file
    }

    public func input(from seeds: [[UInt8]], using choices: inout SeededChoices) -> [UInt8] {
        var bytes =
            choices.once(in: 3)
            ? Self.file(using: &choices) : seed(from: seeds, using: &choices)
        for _ in 0..<choices.below(4) {
            ByteMutation.mutate(&bytes, others: seeds, using: &choices)
        }
        return bytes
    }

    public func verdict(on input: [UInt8]) -> Verdict {
        let unpacked: [UInt8]
        do throws(Gunzip.Problem) {
            unpacked = try Gunzip.unpack(input, limit: Self.limit)
        } catch {
            return DataTargets.complaint(about: error.description).map(Verdict.broken) ?? .refused
        }
        if unpacked.count > Self.limit { return .broken("more is unpacked than the limit allows") }
        if (try? Gunzip.unpack(input, limit: unpacked.count)) != unpacked {
            return .broken("what is unpacked depends on the limit")
        }
        if !unpacked.isEmpty, (try? Gunzip.unpack(input, limit: unpacked.count - 1)) != nil {
            return .broken("the limit is passed by a byte")
        }
        if input.count < 4_096, unpacked.count < 65_536,
            (try? Gunzip.unpack(input + input, limit: Self.limit)) != unpacked + unpacked
        {
            return .broken("two members are not unpacked one after the other")
        }
        return .read(units: 0)
    }
}
