/// The IDX format of handwritten digits: a header, then unsigned bytes.
///
///     images = %x00.00.08.03 count rows columns *OCTET    ; count · rows · columns pixels
///     labels = %x00.00.08.01 count *OCTET                 ; count labels
///
/// with counts of 4 bytes, big-endian. Source: LeCun, Cortes, Burges, "The MNIST database".
public enum IDXFile {
    /// Bytes of the largest file that is read, unpacked.
    public static let byteLimit = 512 << 20

    /// A stack of images.
    public struct Images: Hashable, Sendable {
        public let count: Int
        public let rows: Int
        public let columns: Int
        /// Row-major, shape (count, rows, columns), from byte 16 of the file on.
        public let pixels: ArraySlice<UInt8>
    }

    /// Reads a file of images, packed by gzip or plain.
    ///
    /// - Parameter name: What sentences call the file.
    /// - Throws: ``DataProblem/file(name:reason:)``.
    public static func images(_ bytes: [UInt8], name: String) throws(DataProblem) -> Images {
        let (sizes, content) = try parts(bytes, name: name, axes: 3)
        return Images(count: sizes[0], rows: sizes[1], columns: sizes[2], pixels: content)
    }

    /// Reads a file of labels, packed by gzip or plain.
    ///
    /// - Parameter name: What sentences call the file.
    /// - Throws: ``DataProblem/file(name:reason:)``.
    public static func labels(
        _ bytes: [UInt8], name: String
    ) throws(DataProblem) -> ArraySlice<UInt8> {
        try parts(bytes, name: name, axes: 1).content
    }

    /// The sizes of a header and the bytes after it, which are as many as it announces.
    private static func parts(
        _ packed: [UInt8], name: String, axes: Int
    ) throws(DataProblem) -> (sizes: [Int], content: ArraySlice<UInt8>) {
        func problem(_ reason: String) -> DataProblem { .file(name: name, reason: reason) }
        let what = axes == 3 ? "images" : "labels"
        var bytes = packed
        if Gunzip.isPacked(packed) {
            do throws(Gunzip.Problem) {
                bytes = try Gunzip.unpack(packed, limit: byteLimit)
            } catch {
                throw problem(error.description)
            }
        }
        guard bytes.count <= byteLimit else {
            throw problem(
                "it has \(bytes.count) bytes; at most \(byteLimit >> 20) MiB are read")
        }
        let header = 4 + 4 * axes
        guard bytes.count >= header else {
            throw problem(
                "it has \(bytes.count) bytes, too few for the header of an IDX file of \(what)")
        }
        try checkMagic(bytes, axes: axes, problem)
        let sizes = (1...axes).map { axis in
            bytes[(4 * axis)..<(4 * axis + 4)].reduce(0) { $0 << 8 | Int($1) }
        }
        let shape = sizes.map(String.init).joined(separator: " x ")
        guard !sizes.contains(0) else { throw problem("its header announces \(shape) \(what)") }
        // Three numbers of 32 bits: two products, the second of which may be too large.
        let (area, isWide) = sizes.dropFirst().reduce((1, false)) { product, size in
            let (next, overflow) = product.0.multipliedReportingOverflow(by: size)
            return (next, product.1 || overflow)
        }
        let (wanted, isLarge) = area.multipliedReportingOverflow(by: sizes[0])
        let found = bytes.count - header
        guard !isWide, !isLarge, wanted <= byteLimit else {
            throw problem(
                "its header announces \(shape) bytes; at most \(byteLimit >> 20) MiB are read")
        }
        if found < wanted {
            throw problem(
                "it is cut off: its header announces \(shape) bytes, but \(found) follow; get the "
                    + "file again")
        }
        if found > wanted {
            throw problem(
                "it is too long: its header announces \(shape) bytes, but \(found) follow")
        }
        return (sizes, bytes[header...])
    }

    private static func checkMagic(
        _ bytes: [UInt8], axes: Int, _ problem: (String) -> DataProblem
    ) throws(DataProblem) {
        let what = axes == 3 ? "images" : "labels"
        func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        let found = hexadecimal(bytes[..<4])
        let wanted = "a file of \(what) begins with 0000080\(axes)"
        guard bytes[0] == 0, bytes[1] == 0, (1...4).contains(bytes[3]),
            [0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E].contains(bytes[2])
        else { throw problem("it is no IDX file: it begins with \(found), but \(wanted)") }
        guard bytes[2] == 0x08 else {
            throw problem(
                "its numbers are of IDX type 0x\(hexadecimal(bytes[2..<3])); unsigned bytes (0x08) "
                    + "are wanted")
        }
        guard Int(bytes[3]) == axes else {
            let kind = bytes[3] == 1 ? "labels" : bytes[3] == 3 ? "images" : "\(bytes[3]) axes"
            throw problem("it is an IDX file of \(kind) (\(found)), but \(wanted)")
        }
    }
}
