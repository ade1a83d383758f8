import Foundation
import GRDB

/// Bytes in and out of SQLite.
enum Blob {
    static func data(_ bytes: [UInt8]) -> Data { Data(bytes) }

    /// The bytes of a column; empty when it is NULL or an empty blob.
    static func bytes(_ row: Row, _ index: Int) -> [UInt8] {
        guard let bytes = try? row.withUnsafeData(atIndex: index, { $0.map { [UInt8]($0) } }) else {
            return []
        }
        return bytes
    }
}
