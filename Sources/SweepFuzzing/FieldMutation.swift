/// Damage to a body of the wire that keeps its grammar: fields are numbers, wire types, contents.
enum FieldMutation {
    /// One field as it stands in a body: its number, its wire type and the bytes after its tag.
    private struct Field {
        var number: UInt64
        var type: UInt8
        /// Of a field with a length, only what follows the length.
        var content: [UInt8]

        var bytes: [UInt8] {
            let tag = varint(number << 3 | UInt64(type))
            return type == 2 ? tag + varint(UInt64(content.count)) + content : tag + content
        }
    }

    /// Changes the fields of `body` in one way; a body that is not made of fields stays as it is.
    static func mutate(
        _ body: inout [UInt8], others: [[UInt8]], using choices: inout some Choices
    ) {
        guard var fields = fields(of: body) else { return }
        change(&fields, others: others, depth: 0, using: &choices)
        body = fields.flatMap(\.bytes)
    }

    /// Many times the same small field: little to send, much to decode.
    static func repeated(using choices: inout some Choices) -> [UInt8] {
        let field = Field(
            number: UInt64(1 + choices.below(14)), type: choices.pick([0, 2, 2, 2]),
            content: choices.pick([[0], [], [1], [0x0A, 0x00], [0x08, 0x01]]))
        return [[UInt8]](repeating: field.bytes, count: 1 + choices.below(8_000)).flatMap { $0 }
    }

    private static func change(
        _ fields: inout [Field], others: [[UInt8]], depth: Int, using choices: inout some Choices
    ) {
        guard !fields.isEmpty else {
            fields.append(.init(number: 1, type: 0, content: [0]))
            return
        }
        let place = choices.below(fields.count)
        switch choices.below(13) {
        case 0: fields.insert(fields[place], at: choices.below(fields.count + 1))
        case 1: fields.remove(at: place)
        case 2: fields.swapAt(place, choices.below(fields.count))
        case 3:
            fields[place].number = choices.pick([1, 2, 3, 4, 7, 13, 14, 15, 16, 536_870_911, 0])
        case 4: fields[place].type = UInt8(choices.below(8))
        case 5, 6:
            // A number at its extremes, and now and then in a longer form than it needs.
            guard fields[place].type == 0 else { return }
            fields[place].content = varint(choices.number(upTo: .max))
            if choices.once(in: 8) {
                fields[place].content = [0x80, 0x80, 0x80, 0x00]
            }
        case 7:
            guard fields[place].type == 2 else { return }
            ByteMutation.mutate(&fields[place].content, others: others, using: &choices)
        case 8:
            // A name or a sentence of any length.
            guard fields[place].type == 2 else { return }
            let length = choices.pick([0, 1, 15, 16, 17, 31, 32, 33, 255, 256, 512, 513, 1_025])
            fields[place].content = [UInt8](
                repeating: choices.pick([0x61, 0x20, 0]), count: length)
        case 9:
            let deep = choices.once(in: 8) ? 1 + choices.below(2_000) : 1 + choices.below(20)
            // A group begins with a tag of its own and never ends, or a message holds itself.
            if choices.once(in: 2) {
                fields[place].type = 3
                fields[place].content = [UInt8](
                    repeating: UInt8(fields[place].number << 3 & 0x78 | 3), count: deep)
            } else {
                for _ in 0..<min(deep, 60) {
                    fields[place] = .init(number: 1, type: 2, content: fields[place].bytes)
                }
            }
        case 10:
            if let other = Self.fields(of: choices.pick(others)), !other.isEmpty {
                fields.insert(choices.pick(other), at: place)
            }
        default:
            // Inside a field that is a message itself.
            guard depth < 3, fields[place].type == 2,
                var inner = Self.fields(of: fields[place].content), !inner.isEmpty
            else { return }
            change(&inner, others: others, depth: depth + 1, using: &choices)
            fields[place].content = inner.flatMap(\.bytes)
        }
    }

    private static func fields(of body: [UInt8]) -> [Field]? {
        var rest = body[...]
        var fields: [Field] = []
        while !rest.isEmpty {
            guard let tag = number(in: &rest) else { return nil }
            var field = Field(number: tag >> 3, type: UInt8(tag & 7), content: [])
            let start = rest.startIndex
            switch field.type {
            case 0:
                guard number(in: &rest) != nil else { return nil }
                field.content = Array(body[start..<rest.startIndex])
            case 1, 5:
                let size = field.type == 1 ? 8 : 4
                guard rest.count >= size else { return nil }
                field.content = Array(rest.prefix(size))
                rest = rest.dropFirst(size)
            case 2:
                guard let length = number(in: &rest), length <= rest.count else { return nil }
                field.content = Array(rest.prefix(Int(length)))
                rest = rest.dropFirst(Int(length))
            default: return nil
            }
            fields.append(field)
        }
        return fields
    }

    private static func number(in rest: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in 0..<10 {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << UInt64(7 * shift)
            if byte < 0x80 { return value }
        }
        return nil
    }

    static func varint(_ number: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
