import Foundation
import SweepPhysics
import Testing

@Suite("gzip")
struct GunzipTests {
    static let text = "the quick brown fox jumps over the lazy dog, the quick brown fox"
    /// ``text``, compressed by another program.
    static let packedText = bytes(
        "H4sIAAAAAAACAyvJSFUoLM1MzlZIKsovz1NIy69QyCrNLShWyC9LLVIoAUrn"
            + "JFZVKqTkp+uAeWiKAR3EtLRAAAAA")
    /// 65,536 zeros, compressed by another program.
    static let packedZeros = bytes(
        "H4sIAAAAAAACA+3BAQEAAACAkP6v7ggKAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAauuOl9cAAAEA")

    static func bytes(_ base64: String) -> [UInt8] {
        [UInt8](Data(base64Encoded: base64) ?? Data())
    }

    func sentence(_ packed: [UInt8], limit: Int = 1 << 20) -> String? {
        do throws(Gunzip.Problem) {
            _ = try Gunzip.unpack(packed, limit: limit)
            return nil
        } catch {
            return error.description
        }
    }

    @Test("what another program packed is unpacked")
    func unpacks() throws {
        #expect(try Gunzip.unpack(Self.packedText, limit: 1 << 20) == Array(Self.text.utf8))
        #expect(
            try Gunzip.unpack(Self.packedZeros, limit: 65_536)
                == [UInt8](repeating: 0, count: 65_536))
        let plain: [UInt8] = [1, 2, 3]
        #expect(try Gunzip.unpack(DigitFixtures.packed(plain), limit: 3) == plain)
    }

    @Test("several members are one file")
    func members() throws {
        let both = Self.packedText + DigitFixtures.packed([33])
        #expect(try Gunzip.unpack(both, limit: 1 << 20) == Array(Self.text.utf8) + [33])
    }

    @Test("no more than the limit is unpacked")
    func limit() {
        #expect(
            sentence(Self.packedZeros, limit: 65_535)
                == "it unpacks to more than 0 MiB, the most that is read")
        #expect(sentence(Self.packedZeros, limit: 65_536) == nil)
    }

    @Test("every prefix is cut off")
    func prefixes() {
        for length in 2..<Self.packedText.count {
            #expect(
                sentence(Array(Self.packedText.prefix(length)))
                    == "its gzip data are cut off; get the file again")
        }
    }

    @Test("no changed byte of content or sum goes unseen")
    func damage() {
        for place in 10..<Self.packedText.count {
            var damaged = Self.packedText
            damaged[place] ^= 0x10
            #expect(sentence(damaged) != nil, "byte \(place)")
        }
    }

    @Test("bytes after the end are told of")
    func trailing() {
        #expect(
            sentence(Self.packedText + [0, 0])
                == "2 bytes follow the end of its gzip data")
    }
}
