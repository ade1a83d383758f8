import SweepCore

/// What the book has been given and not answered yet, in order, and what it had no room for.
struct AwaitedEntries: Sendable {
    /// Handed over, oldest first from `head`.
    private var given: [BookEntry] = []
    private var head = 0
    /// Refused by a full queue; handed over before anything newer.
    private var waiting: [BookEntry] = []

    var hasWaiting: Bool { !waiting.isEmpty }
    var isEmpty: Bool { given.count == head && waiting.isEmpty }

    /// Hands an entry to the book behind all earlier ones.
    mutating func write(_ entry: BookEntry, to book: any ResultBook) {
        if waiting.isEmpty, book.write(entry) == .accepted {
            given.append(entry.withoutArrays)
        } else {
            waiting.append(entry)
        }
    }

    /// Hands over what waits, as far as there is room.
    mutating func writeWaiting(to book: any ResultBook) {
        var count = 0
        for entry in waiting {
            guard book.write(entry) == .accepted else { break }
            given.append(entry.withoutArrays)
            count += 1
        }
        waiting.removeFirst(count)
    }

    /// The entry that the next verdict is about; nil when the book answers what it was not asked.
    mutating func takeNext() -> BookEntry? {
        guard head < given.count else { return nil }
        defer {
            head += 1
            if head > 1_024, 2 * head > given.count {
                given.removeFirst(head)
                head = 0
            }
        }
        return given[head]
    }
}

extension BookEntry {
    /// This entry without its largest part, which the book has.
    fileprivate var withoutArrays: BookEntry {
        if case .checkpoint(var checkpoint) = self {
            checkpoint.content = []
            return .checkpoint(checkpoint)
        }
        guard case .result(var result) = self, case .success(var numbers) = result.outcome,
            !numbers.arrays.isEmpty
        else { return self }
        numbers.arrays = []
        result.outcome = .success(numbers)
        return .result(result)
    }
}
