/// A binary heap: the least element first.
struct Heap<Element: Comparable & Sendable>: Sendable {
    private var elements: [Element] = []

    var isEmpty: Bool { elements.isEmpty }
    var count: Int { elements.count }
    var first: Element? { elements.first }

    mutating func insert(_ element: Element) {
        var place = elements.count
        elements.append(element)
        while place > 0 {
            let parent = (place - 1) / 2
            guard elements[place] < elements[parent] else { return }
            elements.swapAt(place, parent)
            place = parent
        }
    }

    mutating func popFirst() -> Element? {
        guard let least = elements.first else { return nil }
        let last = elements.removeLast()
        if elements.isEmpty { return least }
        elements[0] = last
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < elements.count else { return least }
            if child + 1 < elements.count, elements[child + 1] < elements[child] { child += 1 }
            guard elements[child] < elements[place] else { return least }
            elements.swapAt(place, child)
            place = child
        }
    }
}

/// When to look at something again, and at what. An entry whose time was moved is dropped unread.
struct Deadline: Comparable, Sendable {
    var at: UInt64
    var subject: Int

    static func < (left: Self, right: Self) -> Bool {
        (left.at, left.subject) < (right.at, right.subject)
    }
}
