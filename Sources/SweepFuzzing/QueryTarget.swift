import SweepCoordinator

/// Questions on the query socket: JSON from anybody with the user's rights.
public struct QueryTarget: FuzzTarget {
    public let name = "query"
    public let allowance = MemoryAllowance(base: 128 << 10, perByte: 400)
    public let samples: [[UInt8]] = [
        #"{"query":"status"}"#, #"{"query":"status","format":"json"}"#,
        #"{"query":"table","format":"csv","names":["cka_output","train_mse"],"width":80}"#,
        #"{"query":"story","point":3,"seed":0}"#, #"{"query":"verify","format":null}"#,
        #"{"query":"retry","names":["timeout","crashed"]}"#,
        #" { "query" : "ex\u0070ort", "names" : [ ] , "other" : [1.5e3, {"a": true}] } "#,
    ].map { Array($0.utf8) }

    private static let tokens = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "\\uD83D\\uDE00", "null",
        "true", "1e999", "-0", "9223372036854775807", "9223372036854775808", "1.0",
        "0.1e-400", "\"query\":", "\"point\":", "\"names\":", "\"\"", "//", "NaN", "\u{FEFF}",
    ].map { Array($0.utf8) }

    public init() {}

    public func input(from seeds: [[UInt8]], using choices: inout SeededChoices) -> [UInt8] {
        var bytes = seed(from: seeds, using: &choices)
        for _ in 0...choices.below(4) {
            if choices.once(in: 2) {
                ByteMutation.mutate(&bytes, others: seeds, using: &choices)
                continue
            }
            let token = choices.pick(Self.tokens)
            let times = choices.once(in: 100) ? choices.below(3_000) : 1
            let piece = [[UInt8]](repeating: token, count: times).flatMap { $0 }
            let place = choices.below(bytes.count + 1)
            bytes.replaceSubrange(
                place..<min(bytes.count, place + choices.below(3)), with: piece)
        }
        return bytes
    }

    public func verdict(on input: [UInt8]) -> Verdict {
        guard let request = try? QueryFrame.content(QueryRequest.self, in: input) else {
            return .refused
        }
        guard let body = try? QueryFrame.body(of: request),
            (try? QueryFrame.content(QueryRequest.self, in: body)) == request
        else { return .broken("a question is read differently") }
        return .read(units: 0)
    }
}
