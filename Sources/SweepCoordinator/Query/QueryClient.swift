/// Asks a running coordinator.
public enum QueryClient {
    /// Bytes of the longest answer that is read.
    public static let responseBytes = 1 << 30

    /// Asks one question and waits for the answer.
    ///
    /// - Parameter patienceMilliseconds: How long the coordinator may take to begin its answer.
    /// - Throws: ``QueryError``; ``QueryError/nobodyListens(path:)`` when no coordinator runs.
    public static func ask(
        _ request: QueryRequest, at path: String, patienceMilliseconds: Int = 60_000
    ) throws(QueryError) -> QueryResponse {
        let socket = try UnixSocket()
        socket.setPatience(milliseconds: patienceMilliseconds)
        guard try socket.connect(to: path) else { throw .nobodyListens(path: path) }
        try socket.sendFrame(request)
        return try socket.receiveFrame(QueryResponse.self, limit: responseBytes)
    }
}
