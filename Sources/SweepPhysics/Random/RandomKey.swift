import CSweepKernels

/// The identity of a stream of random numbers: what it is for, and nothing about where it runs.
///
/// Equal fields give equal numbers on any worker, in any attempt and in any order; a different
/// field gives an unrelated stream. The 128 bits are a hash of the fields by Philox4x32-10, used
/// as a block cipher in the Davies–Meyer construction. The message is
///
///     "critsweep random key 1", 0, randomKey (8), seed (8),
///     length (8) and bytes of the purpose, 0 or 1, and after a 1 length (8) and bytes of the point
///
/// with integers little-endian and text in UTF-8, then a byte 0x80 and zeros up to a multiple of
/// 8. With the state as four 32-bit words, 0 at first, each block of 8 bytes as two words m gives
/// state ← state ⊕ Philox(counter: state, key: m).
public struct RandomKey: Hashable, Sendable {
    /// What the numbers are for. The words are part of the hash and never change.
    public enum Purpose: String, CaseIterable, Hashable, Sendable {
        /// Training points.
        case data
        /// Held-out points.
        case testPoints = "test_points"
        /// A Markov chain in function space.
        case chain
        /// Weights of a finite network.
        case weights
        /// The network that labels teacher–student data.
        case teacher
        /// Markov chains of a power of the likelihood, for the evidence.
        case evidence
        /// Draws of an expectation in the theory.
        case theory
        /// The order of the points in the epochs of a training.
        case batches
        /// The units that dropout sets to 0.
        case dropout
    }

    /// The four words of the hash.
    let word0: UInt32
    let word1: UInt32
    let word2: UInt32
    let word3: UInt32

    /// - Parameters:
    ///   - randomKey: the spec's `random_key`.
    ///   - seed: number of the replicate.
    ///   - point: the fields that tell this stream from others of the same purpose: the canonical
    ///     text of the grid point for weights and chains, that of the data fields for data.
    public init(randomKey: UInt64, purpose: Purpose, seed: Int, point: String? = nil) {
        var message = Array("critsweep random key 1".utf8)
        message.append(0)
        Self.append(randomKey, to: &message)
        Self.append(UInt64(bitPattern: Int64(seed)), to: &message)
        Self.append(purpose.rawValue, to: &message)
        if let point {
            message.append(1)
            Self.append(point, to: &message)
        } else {
            message.append(0)
        }
        message.append(0x80)
        while message.count % 8 != 0 { message.append(0) }

        var state: [UInt32] = [0, 0, 0, 0]
        var block: [UInt32] = [0, 0, 0, 0]
        for start in stride(from: 0, to: message.count, by: 8) {
            let key = [Self.word(message, at: start), Self.word(message, at: start + 4)]
            swk_philox4x32_10(&block, state, key)
            for i in 0..<4 { state[i] ^= block[i] }
        }
        (word0, word1, word2, word3) = (state[0], state[1], state[2], state[3])
    }

    /// The stream as the C kernels address it.
    public var kernelKey: swk_random_key {
        swk_random_key(key0: word0, key1: word1, stream: UInt64(word3) << 32 | UInt64(word2))
    }

    private static func append(_ number: UInt64, to message: inout [UInt8]) {
        for shift in stride(from: 0, to: 64, by: 8) {
            message.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
        }
    }

    private static func append(_ text: String, to message: inout [UInt8]) {
        append(UInt64(text.utf8.count), to: &message)
        message.append(contentsOf: text.utf8)
    }

    private static func word(_ message: [UInt8], at index: Int) -> UInt32 {
        UInt32(message[index]) | UInt32(message[index + 1]) << 8
            | UInt32(message[index + 2]) << 16 | UInt32(message[index + 3]) << 24
    }
}
