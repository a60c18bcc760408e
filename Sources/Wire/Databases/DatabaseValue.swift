internal import CPQ
internal import CSQLite

/// Which database a connection leads to.
public enum DatabaseDialect: Hashable, Sendable {
    case sqlite
    case postgreSQL

    /// The sum of whole numbers. What `sum` comes to must fit into 64 bits in SQLite, and is an error where it does
    /// not; this comes to the largest number then.
    public func sum(_ expression: String) -> String {
        switch self {
        case .sqlite: "CAST(total(\(expression)) AS INTEGER)"
        case .postgreSQL: "sum(\(expression))"
        }
    }
}

/// A value that goes into a statement.
public enum DatabaseValue: Hashable, Sendable {
    case null
    case integer(Int64)
    /// PostgreSQL has no text with U+0000 in it: in both databases U+FFFD stands in its place.
    case text(String)
    case blob([UInt8])

    /// A text, or null.
    public init(_ text: String?) { self = text.map { .text($0) } ?? .null }
    /// A number, or null.
    public init(_ number: Int64?) { self = number.map { .integer($0) } ?? .null }
    /// 1, 0 or null: columns of truth are numbers in both databases.
    public init(_ isTrue: Bool?) { self = isTrue.map { .integer($0 ? 1 : 0) } ?? .null }

    /// A text as a database takes it.
    static func storable(_ text: String) -> String {
        guard text.utf8.contains(0) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 }))
    }
}

/// A row that a statement came to; only valid while it is being read.
public struct DatabaseRow {
    enum Place {
        case sqlite(OpaquePointer)
        case postgreSQL(OpaquePointer, row: Int32)
    }

    let place: Place

    /// Whether a column, counted from 0, has no value.
    public func isNull(_ column: Int) -> Bool {
        switch place {
        case .sqlite(let statement): sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL
        case .postgreSQL(let result, let row): PQgetisnull(result, row, Int32(column)) == 1
        }
    }

    /// The number in a column; 0 if there is none.
    public func integer(_ column: Int) -> Int64 {
        switch place {
        case .sqlite(let statement): sqlite3_column_int64(statement, Int32(column))
        case .postgreSQL(let result, _): PostgreSQLNumber.integer(octets(column), type: PQftype(result, Int32(column)))
        }
    }

    /// The number in a column; nil if it has no value.
    public func integerOrNil(_ column: Int) -> Int64? { isNull(column) ? nil : integer(column) }

    /// The text in a column; empty if there is none. Octets that are no UTF-8 become U+FFFD.
    public func text(_ column: Int) -> String { String(decoding: octets(column), as: UTF8.self) }

    /// The text in a column; nil if it has no value.
    public func textOrNil(_ column: Int) -> String? { isNull(column) ? nil : text(column) }

    /// The octets in a column; none if it has no value.
    public func blob(_ column: Int) -> [UInt8] { Array(octets(column)) }

    private func octets(_ column: Int) -> UnsafeRawBufferPointer {
        switch place {
        case .sqlite(let statement):
            // In this order: the octets may be converted by asking for them.
            let start = sqlite3_column_blob(statement, Int32(column))
            return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, Int32(column))))
        case .postgreSQL(let result, let row):
            let count = PQgetlength(result, row, Int32(column))
            return UnsafeRawBufferPointer(start: PQgetvalue(result, row, Int32(column)), count: Int(max(count, 0)))
        }
    }
}

/// Numbers as PostgreSQL's binary format has them.
enum PostgreSQLNumber {
    // The types of its catalogue, whose numbers never change.
    private static let bool: Oid = 16
    private static let integers: Set<Oid> = [20, 21, 23, 26]
    private static let numeric: Oid = 1700

    /// Anything but a number is 0, and what is too large the largest.
    static func integer(_ octets: UnsafeRawBufferPointer, type: Oid) -> Int64 {
        if integers.contains(type) { return signed(octets[...]) }
        if type == bool { return octets.first == 1 ? 1 : 0 }
        return type == numeric ? whole(octets) : 0
    }

    private static func signed(_ octets: Slice<UnsafeRawBufferPointer>) -> Int64 {
        let isNegative = (octets.first ?? 0) & 0x80 != 0
        return octets.prefix(8).reduce(isNegative ? -1 : 0) { $0 << 8 | Int64($1) }
    }

    /// The whole part of a `numeric`, such as a sum of `bigint`: digits to the base of 10,000.
    private static func whole(_ octets: UnsafeRawBufferPointer) -> Int64 {
        guard octets.count >= 8 else { return 0 }
        func word(_ place: Int) -> Int64 { signed(octets[place..<place + 2]) }
        let digits = min(Int(word(0)), (octets.count - 8) / 2)
        let weight = Int(word(2))
        // What is neither positive nor negative is no number.
        let sign = Int64(UInt16(truncatingIfNeeded: word(4)))
        guard weight >= 0, sign == 0 || sign == 0x4000 else { return 0 }
        var value: Int64 = 0
        for place in 0...weight {
            let digit = place < digits ? word(8 + place * 2) : 0
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10_000)
            let (sum, isTooLargeThen) = product.addingReportingOverflow(digit)
            guard !isTooLarge, !isTooLargeThen else { return sign == 0 ? .max : .min }
            value = sum
        }
        return sign == 0 ? value : -value
    }
}
