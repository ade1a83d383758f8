import Foundation

/// What a frame of the query socket holds, as JSON. Any bytes are safe to read.
public enum QueryFrame {
    /// - Throws: ``QueryError/malformed``.
    public static func body(of content: some Encodable) throws(QueryError) -> [UInt8] {
        do { return Array(try JSONEncoder().encode(content)) } catch { throw .malformed }
    }

    /// - Throws: ``QueryError/malformed`` for anything but JSON of this type.
    public static func content<Content: Decodable>(
        _ type: Content.Type, in body: [UInt8]
    ) throws(QueryError) -> Content {
        do { return try JSONDecoder().decode(type, from: Data(body)) } catch { throw .malformed }
    }
}
