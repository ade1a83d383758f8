import SweepProtocol

/// The frames of one message, as a file: one byte with the side in bit 0 and the number of frames
/// above it, then each frame but the last with three bytes of length, little-endian. Any bytes are
/// some frames.
struct WireInput: Hashable {
    var sender: Message.Side
    var frames: [Frame]

    private static let mostFrames = 7

    init(_ frames: [Frame], from sender: Message.Side) {
        self.frames = frames
        self.sender = sender
    }

    init(bytes: [UInt8]) {
        var rest = bytes[...]
        let first = rest.popFirst() ?? 0
        sender = first & 1 == 0 ? .worker : .coordinator
        frames = []
        let count = min(Int(first >> 1), Self.mostFrames)
        for _ in 0..<max(0, count - 1) {
            var length = 0
            for shift in 0..<3 { length |= Int(rest.popFirst() ?? 0) << (8 * shift) }
            frames.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        if count > 0 { frames.append(Array(rest)) }
    }

    var bytes: [UInt8] {
        let frames = frames.prefix(Self.mostFrames)
        var bytes = [UInt8(frames.count) << 1 | (sender == .worker ? 0 : 1)]
        for (index, frame) in frames.enumerated() {
            if index < frames.count - 1 {
                for shift in 0..<3 {
                    bytes.append(UInt8(truncatingIfNeeded: frame.count >> (8 * shift)))
                }
            }
            bytes += frame
        }
        return bytes
    }

    /// Makes the header say how long the body is, so that the body is looked at.
    mutating func repairLength() {
        guard frames.count == 2, frames[0].count >= 12 else { return }
        for byte in 0..<4 {
            frames[0][8 + byte] = UInt8(
                truncatingIfNeeded: UInt32(frames[1].count) >> UInt32(24 - 8 * byte))
        }
    }
}

/// The decoder of the wire, for both directions.
///
/// What is read is written as something that is read as the same; what is refused has an answer
/// that can be sent.
public struct WireTarget: FuzzTarget {
    public let name = "wire"
    // A field of a body is two bytes at least, and a value of the decoder about 200.
    public let allowance = MemoryAllowance(base: 32 << 10, perByte: 400)
    public let samples: [[UInt8]]

    public init() {
        var samples: [[UInt8]] = []
        for index in 0..<UInt64(64) {
            var choices = SeededChoices(seed: 1, target: "samples", index: index)
            let message = RandomMessage.message(using: &choices)
            let envelope = Envelope(message, session: RandomMessage.session(using: &choices))
            // What breaks a bound is for the target "values" to find.
            guard let frames = try? MessageCodec.encode(envelope) else { continue }
            samples.append(WireInput(frames, from: message.kind.sender).bytes)
        }
        self.samples = samples
    }

    public func input(from seeds: [[UInt8]], using choices: inout SeededChoices) -> [UInt8] {
        let sample: [UInt8]
        if choices.once(in: 2) {
            sample = seed(from: seeds, using: &choices)
        } else {
            let message = RandomMessage.message(using: &choices)
            let envelope = Envelope(message, session: RandomMessage.session(using: &choices))
            sample =
                (try? MessageCodec.encode(envelope))
                .map { WireInput($0, from: message.kind.sender).bytes }
                ?? seed(from: seeds, using: &choices)
        }
        var input = WireInput(bytes: sample)
        for _ in 0...choices.below(4) { damage(&input, seeds: seeds, using: &choices) }
        if !choices.once(in: 8) { input.repairLength() }
        return input.bytes
    }

    private func damage(
        _ input: inout WireInput, seeds: [[UInt8]], using choices: inout SeededChoices
    ) {
        let other = WireInput(bytes: seed(from: seeds, using: &choices)).frames
        let bodies = other.isEmpty ? [[0]] : other
        switch choices.below(16) {
        case 0..<7:
            guard input.frames.count == 2 else { break }
            FieldMutation.mutate(&input.frames[1], others: bodies, using: &choices)
        case 7..<10:
            guard let last = input.frames.indices.last else { break }
            ByteMutation.mutate(&input.frames[last], others: bodies, using: &choices)
        case 10:
            guard !input.frames.isEmpty else { break }
            ByteMutation.mutate(&input.frames[0], others: bodies, using: &choices)
        case 11:
            // Version, type or session: two or eight bytes of the header.
            guard let header = input.frames.first, header.count == 20 else { break }
            let place = choices.pick([4, 6, 6, 12])
            let number = choices.once(in: 2) ? UInt64(choices.below(80)) : choices.next()
            for byte in 0..<(place == 12 ? 8 : 2) {
                input.frames[0][place + byte] = UInt8(
                    truncatingIfNeeded: number >> UInt64(8 * ((place == 12 ? 7 : 1) - byte)))
            }
        case 12:
            // The body of one message under the header of another.
            guard input.frames.count == 2 else { break }
            input.frames[1] = choices.pick(bodies)
        case 13:
            let place = choices.below(input.frames.count + 1)
            input.frames.insert(choices.once(in: 2) ? [] : choices.pick(bodies), at: place)
        case 14:
            guard !input.frames.isEmpty else { break }
            if choices.once(in: 4) {
                input.sender = input.sender == .worker ? .coordinator : .worker
            } else {
                input.frames.remove(at: choices.below(input.frames.count))
            }
        default:
            guard input.frames.count == 2, choices.once(in: 64) else { break }
            input.frames[1] = FieldMutation.repeated(using: &choices)
        }
    }

    public func verdict(on input: [UInt8]) -> Verdict {
        let input = WireInput(bytes: input)
        do throws(ProtocolError) {
            let envelope = try MessageCodec.decode(input.frames, from: input.sender)
            return Self.verdict(on: envelope, from: input.sender)
        } catch {
            let answer = Message.reject(error.rejection)
            guard (try? MessageCodec.encode(Envelope(answer, session: nil))) != nil else {
                return .broken("the answer to \"\(error)\" cannot be sent")
            }
            return .refused
        }
    }

    /// Whether a message that keeps all bounds comes back as it was.
    static func verdict(on envelope: Envelope, from sender: Message.Side) -> Verdict {
        do throws(ProtocolError) {
            let frames = try MessageCodec.encode(envelope)
            let again = try MessageCodec.decode(frames, from: sender)
            if again != envelope { return .broken("\(envelope.message.kind) is read differently") }
            return .read(units: 0)
        } catch {
            return .broken("\(envelope.message.kind) was read, but cannot be sent on: \(error)")
        }
    }
}
