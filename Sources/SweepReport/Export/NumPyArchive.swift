import CZlib

/// A NumPy archive (.npz): arrays of known shapes in one zip file, stored without compression.
///
/// All shapes are declared first, so each array has its place in the file, and numbers are appended
/// to many arrays at once: nothing but a small buffer an array is in memory.
///
/// Source: numpy.lib.format (version 1.0) for the arrays; PKWARE's APPNOTE 6.3.10 for the archive
/// and its 64-bit fields.
final class NumPyArchive {
    /// Types of elements, little-endian.
    enum Element: Hashable {
        case double
        case int64
        case bool
        /// Texts of at most so many Unicode scalars.
        case text(Int)

        var byteCount: Int {
            switch self {
            case .double, .int64: 8
            case .bool: 1
            case .text(let length): 4 * length
            }
        }

        var name: String {
            switch self {
            case .double: "<f8"
            case .int64: "<i8"
            case .bool: "|b1"
            case .text(let length): "<U\(length)"
            }
        }
    }

    /// One array and where it is.
    private struct Entry {
        var name: [UInt8]
        var head: [UInt8]
        /// Bytes of head and numbers.
        var size: UInt64
        /// Of the local header.
        var offset: UInt64 = 0
        var usesZip64 = false
        var dataOffset: UInt64 = 0
        var written: UInt64 = 0
        var buffer: [UInt8] = []
        var checksum: UInt = 0
    }

    private let file: ExportFile
    private let zip64From: UInt64
    private var entries: [Entry] = []
    private var directoryOffset: UInt64 = 0

    private static let bufferBytes = 1 << 15
    private static let zip64Extra = 20

    /// - Parameter zip64From: Sizes and places from here on are written in 64 bits.
    init(_ file: ExportFile, zip64From: UInt64 = 0xFFFF_FFFF) {
        self.file = file
        self.zip64From = zip64From
    }

    // MARK: Shapes

    /// Adds an array to be filled.
    ///
    /// - Returns: Its number.
    /// - Throws: ``ExportError/format(_:)`` for a shape with more bytes than can be counted.
    func declare(_ name: String, _ element: Element, shape: [Int]) throws(ExportError) -> Int {
        var size = UInt64(element.byteCount)
        for extent in shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: UInt64(extent))
            guard !overflow, product < 1 << 60 else {
                throw .format("the array \(name) of shape \(shape) is too large for a file")
            }
            size = product
        }
        let head = Self.head(element, shape)
        entries.append(
            Entry(name: Array("\(name).npy".utf8), head: head, size: size + UInt64(head.count)))
        return entries.count - 1
    }

    /// Bytes of the file that was declared, within a few kilobytes.
    var byteCount: UInt64 {
        entries.reduce(22) { $0 + $1.size + 2 * UInt64($1.name.count) + 124 }
    }

    /// The head of an array, padded so that the numbers begin at a multiple of 64 bytes.
    private static func head(_ element: Element, _ shape: [Int]) -> [UInt8] {
        let extents = shape.map { "\($0)," }.joined(separator: " ")
        var text =
            "{'descr': '\(element.name)', 'fortran_order': False, 'shape': (\(extents)), }"
        let before = 10
        let length = (before + text.utf8.count + 1 + 63) / 64 * 64 - before
        text += String(repeating: " ", count: length - text.utf8.count - 1) + "\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)]
            + Array(text.utf8)
    }

    /// Gives every array its place.
    func begin() throws(ExportError) {
        var offset: UInt64 = 0
        for index in entries.indices {
            entries[index].offset = offset
            entries[index].usesZip64 = entries[index].size >= zip64From
            let extra = entries[index].usesZip64 ? Self.zip64Extra : 0
            entries[index].dataOffset = offset + UInt64(30 + entries[index].name.count + extra)
            offset = entries[index].dataOffset + entries[index].size
        }
        directoryOffset = offset
        for index in entries.indices { try append(entries[index].head, to: index) }
    }

    // MARK: Numbers

    func append(_ bytes: [UInt8], to index: Int) throws(ExportError) {
        entries[index].buffer += bytes
        if entries[index].buffer.count >= Self.bufferBytes { try flush(index) }
    }

    func append(_ numbers: some Collection<Double>, to index: Int) throws(ExportError) {
        for number in numbers {
            withUnsafeBytes(of: number.bitPattern.littleEndian) {
                entries[index].buffer.append(contentsOf: $0)
            }
            if entries[index].buffer.count >= Self.bufferBytes { try flush(index) }
        }
    }

    func append(_ number: Int, to index: Int) throws(ExportError) {
        try append(Self.bytes(UInt64(bitPattern: Int64(number)), 8), to: index)
    }

    func append(_ flag: Bool, to index: Int) throws(ExportError) {
        try append([flag ? 1 : 0], to: index)
    }

    /// Text in UTF-32, cut off or padded with zeros to `length` scalars.
    func append(_ text: String, length: Int, to index: Int) throws(ExportError) {
        var scalars = text.unicodeScalars.prefix(length).map(\.value)
        scalars += Array(repeating: 0, count: length - scalars.count)
        try append(scalars.flatMap { Self.bytes(UInt64($0), 4) }, to: index)
    }

    private func flush(_ index: Int) throws(ExportError) {
        let bytes = entries[index].buffer
        guard !bytes.isEmpty else { return }
        entries[index].buffer.removeAll(keepingCapacity: true)
        entries[index].checksum = crc32(
            entries[index].checksum, bytes, UInt32(bytes.count))
        precondition(
            entries[index].written + UInt64(bytes.count) <= entries[index].size,
            "more numbers than the shape has")
        try file.write(bytes, at: entries[index].dataOffset + entries[index].written)
        entries[index].written += UInt64(bytes.count)
    }

    // MARK: The archive

    /// Writes what is left, the headers and the directory. Every array has to be full.
    func finish() throws(ExportError) {
        var directory: [UInt8] = []
        for index in entries.indices {
            try flush(index)
            precondition(
                entries[index].written == entries[index].size, "fewer numbers than the shape has")
            try file.write(Self.localHeader(entries[index]), at: entries[index].offset)
            directory += centralHeader(entries[index])
        }
        try file.write(directory + end(directorySize: UInt64(directory.count)), at: directoryOffset)
    }

    /// Version, flags (bit 11: names in UTF-8), method 0, the oldest moment that zip can write.
    private static func common(_ entry: Entry, isWide: Bool) -> [UInt8] {
        bytes(isWide ? 45 : 20, 2) + bytes(0x800, 2) + bytes(0, 2) + bytes(0, 2) + bytes(0x21, 2)
            + bytes(UInt64(entry.checksum), 4)
    }

    private static func localHeader(_ entry: Entry) -> [UInt8] {
        let isWide = entry.usesZip64
        let size = isWide ? 0xFFFF_FFFF : entry.size
        let extra =
            isWide
            ? bytes(1, 2) + bytes(16, 2) + bytes(entry.size, 8) + bytes(entry.size, 8) : []
        return bytes(0x0403_4B50, 4) + common(entry, isWide: isWide) + bytes(size, 4)
            + bytes(size, 4) + bytes(UInt64(entry.name.count), 2) + bytes(UInt64(extra.count), 2)
            + entry.name + extra
    }

    private func centralHeader(_ entry: Entry) -> [UInt8] {
        let isFar = entry.offset >= zip64From
        let isWide = entry.usesZip64 || isFar
        var extra: [UInt8] = []
        if entry.usesZip64 { extra += Self.bytes(entry.size, 8) + Self.bytes(entry.size, 8) }
        if isFar { extra += Self.bytes(entry.offset, 8) }
        if isWide { extra = Self.bytes(1, 2) + Self.bytes(UInt64(extra.count), 2) + extra }
        let size = entry.usesZip64 ? 0xFFFF_FFFF : entry.size
        // No comment, disk 0, no attributes, made on version 4.5 of nothing in particular.
        return Self.bytes(0x0201_4B50, 4) + Self.bytes(45, 2)
            + Self.common(entry, isWide: isWide) + Self.bytes(size, 4) + Self.bytes(size, 4)
            + Self.bytes(UInt64(entry.name.count), 2) + Self.bytes(UInt64(extra.count), 2)
            + Self.bytes(0, 10) + Self.bytes(isFar ? 0xFFFF_FFFF : entry.offset, 4) + entry.name
            + extra
    }

    private func end(directorySize: UInt64) -> [UInt8] {
        let count = UInt64(entries.count)
        let isWide =
            count >= 0xFFFF || directoryOffset >= zip64From || directorySize >= zip64From
        var text: [UInt8] = []
        if isWide {
            let place = directoryOffset + directorySize
            text += Self.bytes(0x0606_4B50, 4) + Self.bytes(44, 8) + Self.bytes(45, 2)
            text += Self.bytes(45, 2) + Self.bytes(0, 8) + Self.bytes(count, 8)
            text += Self.bytes(count, 8) + Self.bytes(directorySize, 8)
            text += Self.bytes(directoryOffset, 8)
            text += Self.bytes(0x0706_4B50, 4) + Self.bytes(0, 4) + Self.bytes(place, 8)
            text += Self.bytes(1, 4)
        }
        let shown = isWide ? 0xFFFF : count
        text += Self.bytes(0x0605_4B50, 4) + Self.bytes(0, 4) + Self.bytes(shown, 2)
        text += Self.bytes(shown, 2) + Self.bytes(isWide ? 0xFFFF_FFFF : directorySize, 4)
        text += Self.bytes(isWide ? 0xFFFF_FFFF : directoryOffset, 4) + Self.bytes(0, 2)
        return text
    }

    /// The lowest bytes of a number, little-endian; zeros past the eighth.
    private static func bytes(_ number: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { $0 < 8 ? UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) : 0 }
    }
}
