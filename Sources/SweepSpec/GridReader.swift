import SweepCore

/// Reads the section `grid`: which keys are swept, and over which values.
struct GridReader {
    let values: ValueReader
    let experiment: ExperimentKind

    /// The axes in the order in which they are written.
    func axes(of pairs: [SpecPair]) throws(SpecError) -> [SweptAxis] {
        var axes: [SweptAxis] = []
        for pair in pairs {
            axes.append(try axis(of: try key(of: pair), pair))
            let count = axes.reduce(0) { $0 + $1.values.count }
            if count > SweptAxis.countLimit {
                throw values.error(
                    pair.line, "grid.\(pair.key)",
                    "grid must have at most \(SweptAxis.countLimit) values in all its lists and "
                        + "ranges together, but has \(count) with grid.\(pair.key); give fewer "
                        + "values")
            }
        }
        return axes
    }

    /// The declaration of a swept key.
    private func key(of pair: SpecPair) throws(SpecError) -> SpecKey {
        let name = "grid.\(Quotation.word(pair.key))"
        guard let key = SpecKeys.key(named: pair.key) else {
            let sweepable = SpecKeys.all.filter {
                $0.isSweepable && $0.experiments.contains(experiment)
            }.map(\.name)
            let nearest = Suggestion.nearest(to: pair.key, among: sweepable)
            throw values.error(
                pair.line, name,
                "\(name) is not a key that can be swept; "
                    + (nearest.map { "did you mean grid.\($0)?" }
                        ?? "those of experiment \(experiment.rawValue) are "
                        + sweepable.joined(separator: ", ")))
        }
        guard key.isSweepable else {
            throw values.error(
                pair.line, name,
                "\(name) cannot be swept: only numbers and words of an enumeration in a section "
                    + "can, so give \(key.fullName) one value outside the grid")
        }
        guard key.experiments.contains(experiment) else {
            throw values.error(
                pair.line, name, SpecReader.misplaced(key, as: name, in: experiment))
        }
        return key
    }

    private func axis(of key: SpecKey, _ pair: SpecPair) throws(SpecError) -> SweptAxis {
        let name = "grid.\(key.name)"
        switch pair.value.content {
        case .scalar(let scalar):
            if scalar.isAbsent {
                throw values.error(
                    pair.line, name,
                    "\(name) has no value; give a list, such as \(Self.example(key))")
            }
            let value = try values.parameter(of: key, in: scalar, line: pair.value.line, as: name)
            return SweptAxis(name: key.name, form: .list, values: [value])
        case .sequence(let items): return try list(items, of: key, as: name, line: pair.value.line)
        case .mapping(let pairs): return try range(pairs, of: key, as: name, line: pair.line)
        }
    }

    private func list(
        _ items: [SpecNode], of key: SpecKey, as name: String, line: Int
    ) throws(SpecError) -> SweptAxis {
        if items.isEmpty {
            throw values.error(
                line, name,
                "\(name) must have at least one value, but its list is empty; "
                    + "write for example \(Self.example(key))")
        }
        var parameters: [ParameterValue] = []
        var seen: Set<ParameterValue> = []
        for item in items {
            guard case .scalar(let scalar) = item.content else {
                throw values.error(
                    item.line, name,
                    "\(name) must be a list of single values, but has \(item.noun) in it")
            }
            let value = try values.parameter(of: key, in: scalar, line: item.line, as: name)
            if !seen.insert(value).inserted {
                throw values.error(
                    item.line, name,
                    "\(name) has \(ValueReader.shown(scalar)) twice; remove one of them")
            }
            parameters.append(value)
        }
        return SweptAxis(name: key.name, form: .list, values: parameters)
    }

    private static func example(_ key: SpecKey) -> String {
        switch key.kind {
        case .word(let words): "[\(words.prefix(2).joined(separator: ", "))]"
        case .whole: "[12, 24]"
        default: "[0.5, 1, 1.5]"
        }
    }
}

// MARK: - Ranges

extension GridReader {
    private static let linear = ["from", "to", "count"]
    private static let logarithmic = ["log_from", "log_to", "count"]

    private func range(
        _ pairs: [SpecPair], of key: SpecKey, as name: String, line: Int
    ) throws(SpecError) -> SweptAxis {
        if case .word = key.kind {
            throw values.error(
                line, name,
                "\(name) must be a list of words, but is a range; write for example "
                    + Self.example(key))
        }
        let isLogarithmic = pairs.contains { $0.key == "log_from" || $0.key == "log_to" }
        let wanted = isLogarithmic ? Self.logarithmic : Self.linear
        for pair in pairs where !wanted.contains(pair.key) {
            throw values.error(
                pair.line, name,
                "\(name).\(Quotation.word(pair.key)) is not a key of this range; "
                    + "a range is {from, to, count} or {log_from, log_to, count}")
        }
        var ends: [Double] = []
        for part in wanted {
            guard let pair = pairs.first(where: { $0.key == part }) else {
                throw values.error(
                    line, name,
                    "\(name).\(part) is missing; a range needs "
                        + wanted.joined(separator: ", "))
            }
            ends.append(try end(pair, part: part, of: key, as: name))
        }
        return try axis(
            of: key, as: name, line: line, from: ends[0], to: ends[1], count: Int(ends[2]),
            isLogarithmic: isLogarithmic)
    }

    /// `from`, `to` or `count` of a range.
    private func end(
        _ pair: SpecPair, part: String, of key: SpecKey, as name: String
    ) throws(SpecError) -> Double {
        let partName = "\(name).\(part)"
        let expectation =
            part == "count"
            ? "a whole number from 1 to \(SweptAxis.countLimit)"
            : part.hasPrefix("log") ? "a number above 0" : key.expectation
        guard case .scalar(let scalar) = pair.value.content else {
            throw values.error(
                pair.value.line, partName,
                "\(partName) must be \(expectation), but is \(pair.value.noun)")
        }
        if scalar.isAbsent {
            throw values.error(
                pair.line, partName, "\(partName) has no value; it must be \(expectation)")
        }
        let number = try values.number(
            scalar, line: pair.value.line, as: partName, expectation: expectation)
        let isRight =
            part == "count"
            ? number == number.rounded() && number >= 1 && number <= Double(SweptAxis.countLimit)
            : part.hasPrefix("log") ? number > 0 : true
        if !isRight {
            throw values.error(
                pair.value.line, partName,
                "\(partName) must be \(expectation), but is \(ValueReader.shown(scalar))")
        }
        if part != "count", !ValueReader.isAllowed(number, for: key) {
            throw values.error(
                pair.value.line, partName,
                "\(partName) must be \(key.expectation), but is \(ValueReader.shown(scalar))")
        }
        return number
    }

    private func axis(
        of key: SpecKey, as name: String, line: Int, from: Double, to: Double, count: Int,
        isLogarithmic: Bool
    ) throws(SpecError) -> SweptAxis {
        let (first, last) = (
            ParameterValue.canonicalText(of: from), ParameterValue.canonicalText(of: to)
        )
        if count == 1, from != to {
            throw values.error(
                line, name,
                "\(name).count must be at least 2 to go from \(first) to \(last), but is 1")
        }
        if count > 1, from == to {
            throw values.error(
                line, name,
                "\(name).count must be 1 when both ends are \(first), but is \(count)")
        }
        let numbers = SweptAxis.rangeValues(
            from: from, to: to, count: count, isLogarithmic: isLogarithmic)
        var previous: Double?
        for number in numbers {
            if !ValueReader.isAllowed(number, for: key) {
                throw values.error(
                    line, name,
                    "\(name) must be \(key.expectation), but \(count) values from \(first) to "
                        + "\(last) have \(ParameterValue.canonicalText(of: number)) among them; change count or write a list"
                )
            }
            if number == previous {
                throw values.error(
                    line, name,
                    "\(name).count must be smaller: with \(count) values from \(first) to \(last) "
                        + "two are the same (\(ParameterValue.canonicalText(of: number))) at 12 significant digits"
                )
            }
            previous = number
        }
        let form: SweptAxis.Form =
            isLogarithmic
            ? .logarithmic(from: from, to: to, count: count)
            : .linear(from: from, to: to, count: count)
        return SweptAxis(name: key.name, form: form, values: numbers.map { .number($0) })
    }
}
