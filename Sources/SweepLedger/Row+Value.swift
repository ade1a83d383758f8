import GRDB

/// Columns of a file that may be damaged.
///
/// GRDB's own subscripts end the process when a column is of another type than asked for. STRICT
/// tables never hold one, but a flipped bit in a page may: here it is an error like any other.
extension Row {
    /// A column that is not NULL.
    ///
    /// - Throws: ``ColumnDamage``.
    func value<Value: DatabaseValueConvertible>(_ index: Int) throws -> Value {
        guard index < count else { throw ColumnDamage(column: "\(index)") }
        guard let value = Value.fromDatabaseValue(self[index]) else {
            throw ColumnDamage(column: columnName(index))
        }
        return value
    }

    /// A column that may be NULL.
    ///
    /// - Throws: ``ColumnDamage``.
    func optional<Value: DatabaseValueConvertible>(_ index: Int) throws -> Value? {
        guard index < count else { throw ColumnDamage(column: "\(index)") }
        let found: DatabaseValue = self[index]
        if found.isNull { return nil }
        guard let value = Value.fromDatabaseValue(found) else {
            throw ColumnDamage(column: columnName(index))
        }
        return value
    }

    /// A column that is not NULL, by name.
    ///
    /// - Throws: ``ColumnDamage``.
    func value<Value: DatabaseValueConvertible>(_ name: String) throws -> Value {
        guard let found = self[name] as DatabaseValue?,
            let value = Value.fromDatabaseValue(found)
        else { throw ColumnDamage(column: name) }
        return value
    }

    private func columnName(_ index: Int) -> String {
        Array(columnNames).indices.contains(index) ? Array(columnNames)[index] : "\(index)"
    }
}

/// A column holds something that nobody wrote.
struct ColumnDamage: Error, CustomStringConvertible {
    var column: String

    var description: String { "the column \(column) holds what nobody wrote" }
}
