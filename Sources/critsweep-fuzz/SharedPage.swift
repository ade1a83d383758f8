import Foundation

/// What a child has done so far, in memory that its parent sees even when the child is gone.
struct SharedPage {
    /// Numbers of the page, by their place.
    enum Field: Int {
        /// The input in work, counted over the whole run.
        case current
        /// What is done with it: see ``Phase``.
        case phase
        case inputs
        case read
        case slowestNanoseconds
        case slowestIndex
        case peakBytes
        case peakIndex
        /// Bytes by which the heap, and what is resident, grew after warming up.
        case growthBytes
        case residentGrowthBytes
        case sentenceBytes
    }

    /// A child that ends while it makes an input has found a mistake of the generator.
    enum Phase: UInt64 {
        case starting, making, judging, ended
    }

    private static let byteCount = 16_384
    private static let sentenceStart = 256

    private let memory: UnsafeMutableRawPointer

    /// Maps a file; it is made long enough first.
    init(file: String) throws {
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Trouble("\(file): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        guard ftruncate(descriptor, off_t(Self.byteCount)) == 0,
            let memory = mmap(
                nil, Self.byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            memory != MAP_FAILED
        else { throw Trouble("\(file): \(String(cString: strerror(errno)))") }
        self.memory = memory
    }

    subscript(field: Field) -> UInt64 {
        get { memory.load(fromByteOffset: 8 * field.rawValue, as: UInt64.self) }
        nonmutating set {
            memory.storeBytes(of: newValue, toByteOffset: 8 * field.rawValue, as: UInt64.self)
        }
    }

    var phase: Phase {
        get { Phase(rawValue: self[.phase]) ?? .starting }
        nonmutating set { self[.phase] = newValue.rawValue }
    }

    /// What a child says of the input that it ended with.
    var sentence: String {
        get {
            let count = min(
                Int(clamping: self[.sentenceBytes]), Self.byteCount - Self.sentenceStart)
            let bytes = UnsafeRawBufferPointer(
                start: memory + Self.sentenceStart, count: count)
            return String(decoding: bytes, as: UTF8.self)
        }
        nonmutating set {
            let bytes = Array(newValue.utf8.prefix(Self.byteCount - Self.sentenceStart))
            bytes.withUnsafeBytes {
                guard let start = $0.baseAddress else { return }
                (memory + Self.sentenceStart).copyMemory(from: start, byteCount: $0.count)
            }
            self[.sentenceBytes] = UInt64(bytes.count)
        }
    }

    func clear() { memset(memory, 0, Self.byteCount) }
}

/// Why a run cannot begin or go on: one sentence.
struct Trouble: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
