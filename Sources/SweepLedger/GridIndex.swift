import SweepCore

/// From a point's canonical text to its index in a grid, without walking the grid.
struct GridIndex {
    private struct Axis {
        /// "name=".
        var prefix: [UInt8]
        /// Index on the axis by value text.
        var places: [String: Int]
        /// What one step on this axis adds to the grid index.
        var stride: Int
    }

    /// In the order of the canonical text: by name.
    private let axes: [Axis]

    init(_ grid: Grid) {
        var stride = 1
        var list: [(String, Axis)] = []
        for axis in grid.axes.reversed() {
            var places: [String: Int] = [:]
            // A value given twice has the place of its first occurrence.
            for (place, value) in axis.values.enumerated().reversed() {
                places[value.canonicalText] = place
            }
            list.append(
                (
                    axis.name,
                    Axis(prefix: Array("\(axis.name)=".utf8), places: places, stride: stride)
                ))
            stride *= axis.values.count
        }
        axes = list.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// The index of the point with this canonical text; nil when the grid does not have it.
    func index(of canonical: String) -> Int? {
        if axes.isEmpty { return canonical.isEmpty ? 0 : nil }
        let text = canonical.utf8
        var place = text.startIndex
        var index = 0
        for (number, axis) in axes.enumerated() {
            for byte in axis.prefix {
                guard place < text.endIndex, text[place] == byte else { return nil }
                place = text.index(after: place)
            }
            let end = text[place...].firstIndex(of: UInt8(ascii: ";")) ?? text.endIndex
            guard let step = axis.places[String(canonical[place..<end])] else { return nil }
            index += step * axis.stride
            place = end
            if number + 1 < axes.count {
                guard place < text.endIndex else { return nil }
                place = text.index(after: place)
            }
        }
        return place == text.endIndex ? index : nil
    }
}
