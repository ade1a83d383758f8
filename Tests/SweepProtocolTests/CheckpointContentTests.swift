import SweepProtocol
import Testing

@Suite("Content of a checkpoint")
struct CheckpointContentTests {
    private static let content = CheckpointContent(
        step: 1 << 40, kernelFamily: "avx2", softwareVersion: "0.1.0", state: [1, 2, 3, 255])

    @Test("it is read back, and its bytes are those of the documentation")
    func roundTrip() {
        let bytes = Self.content.bytes
        #expect(CheckpointContent(bytes: bytes) == Self.content)
        #expect(
            bytes == Array("CSC1".utf8) + [0, 0, 0, 0, 0, 1, 0, 0] + [4] + Array("avx2".utf8)
                + [5] + Array("0.1.0".utf8) + [1, 2, 3, 255])
    }

    @Test("cut or contradictory bytes are none")
    func refused() {
        let bytes = Self.content.bytes
        for count in 0..<(bytes.count - 3) {
            #expect(CheckpointContent(bytes: Array(bytes.prefix(count))) == nil, "\(count)")
        }
        for (place, value) in [(0, UInt8(0)), (11, 255), (12, 0), (12, 200), (13, 7), (17, 0)] {
            var changed = bytes
            changed[place] = value
            #expect(CheckpointContent(bytes: changed) == nil, "\(place)")
        }
    }

    @Test("any bytes are safe")
    func anyBytes() {
        var generator = SeededGenerator(seed: 11)
        let good = Self.content.bytes
        for _ in 0..<20_000 {
            var bytes = good
            for _ in 0..<3 {
                let place = Int(generator.next() % UInt64(bytes.count))
                bytes[place] = UInt8(truncatingIfNeeded: generator.next())
            }
            if let content = CheckpointContent(bytes: bytes) { #expect(content.bytes == bytes) }
        }
    }
}
