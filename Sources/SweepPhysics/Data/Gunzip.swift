import CZlib

/// Unpacks gzip (RFC 1952), from bytes to bytes.
public enum Gunzip {
    /// Why there is nothing unpacked; the end of the sentence "FILE: …".
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// Whether these bytes begin as gzip does.
    public static func isPacked(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    /// Unpacks every member of a gzip file and checks their sums.
    ///
    /// - Parameter limit: More bytes than this are not made, so that a few kilobytes that unpack to
    ///   terabytes do no harm.
    /// - Throws: ``Problem`` when the bytes are damaged, cut off, followed by others, or unpack to
    ///   more than `limit`.
    public static func unpack(_ packed: [UInt8], limit: Int) throws(Problem) -> [UInt8] {
        var stream = z_stream()
        guard critsweep_inflate_begin_gzip(&stream) == Z_OK else {
            throw Problem(description: "there is no memory to unpack it")
        }
        defer { inflateEnd(&stream) }
        var output: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: min(1 << 18, 4_096 + 16 * packed.count))
        var consumed = 0
        while true {
            let step = advance(&stream, packed, from: consumed, into: &piece)
            consumed += step.consumed
            guard output.count + step.produced <= limit else {
                throw Problem(
                    description: "it unpacks to more than \(limit >> 20) MiB, the most that is read"
                )
            }
            output += piece[..<step.produced]
            switch step.status {
            case Z_STREAM_END:
                if consumed == packed.count { return output }
                guard Gunzip.isPacked(Array(packed[consumed...].prefix(2))) else {
                    throw Problem(
                        description: "\(packed.count - consumed) bytes follow the end of its gzip "
                            + "data")
                }
                guard inflateReset(&stream) == Z_OK else {
                    throw Problem(description: "there is no memory to unpack it")
                }
            case Z_OK where step.consumed > 0 || step.produced > 0: continue
            case Z_OK, Z_BUF_ERROR:
                throw Problem(description: "its gzip data are cut off; get the file again")
            case Z_MEM_ERROR: throw Problem(description: "there is no memory to unpack it")
            default: throw Problem(description: "its gzip data are damaged; get the file again")
            }
        }
    }

    private struct Step {
        var status: Int32
        var consumed: Int
        var produced: Int
    }

    /// One call of `inflate` with what fits its 32-bit counts.
    private static func advance(
        _ stream: inout z_stream, _ packed: [UInt8], from start: Int, into piece: inout [UInt8]
    ) -> Step {
        let offered = min(packed.count - start, 1 << 30)
        let room = piece.count
        return packed.withUnsafeBufferPointer { input in
            piece.withUnsafeMutableBufferPointer { output in
                // zlib's type is not const, but it only reads.
                stream.next_in = UnsafeMutablePointer(
                    mutating: input.baseAddress.map { $0 + start })
                stream.avail_in = UInt32(offered)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(room)
                let status = inflate(&stream, Z_NO_FLUSH)
                return Step(
                    status: status, consumed: offered - Int(stream.avail_in),
                    produced: room - Int(stream.avail_out))
            }
        }
    }
}
