internal import Databases

/// How much is kept, in octets.
struct StoreSize {
    // What a row takes with its place in the indexes, about; texts without a narrow limit count beside it.
    static let original: Int64 = 200
    static let source: Int64 = 120
    static let report: Int64 = 600
    static let failure: Int64 = 600
    private static let tally: Int64 = 200
    private static let name: Int64 = 120

    private(set) var octets: Int

    /// The pages in use of a file. Tables of a server never shrink by themselves: there it is what is in them.
    init(_ connection: any DatabaseConnection) throws(DatabaseError) {
        switch connection.dialect {
        case .sqlite:
            let pages = try connection.number("PRAGMA page_count") ?? 0
            let free = try connection.number("PRAGMA freelist_count") ?? 0
            octets = Int((pages - free) * (try connection.number("PRAGMA page_size") ?? 0))
        case .postgreSQL:
            // A name stands in its index as well.
            let sums = [
                ("octet_length(octets) + \(Self.original)", "originals"),
                ("octet_length(organization) + octet_length(report_id) + \(Self.report)", "reports"),
                ("2 * octet_length(name) + \(Self.name)", "names"),
                (
                    """
                    coalesce(octet_length(mail_from), 0) + coalesce(octet_length(author), 0) + \(Self.failure)
                    """, "failures"
                ),
            ]
            let counts = [
                (Self.source, "report_sources"), (Self.source, "report_domains"), (Self.source, "sources"),
                (Self.source, "hosts"), (Self.tally, "tallies"), (Self.tally, "totals"), (Self.tally, "tls_tallies"),
            ]
            let parts =
                sums.map { "(SELECT coalesce(sum(\($0)), 0) FROM \($1))" }
                + counts.map { "(SELECT count(*) * \($0) FROM \($1))" }
            octets = Int(clamping: try connection.number("SELECT " + parts.joined(separator: " + ")) ?? 0)
        }
    }

    /// Takes in that something is gone, which a file says itself.
    mutating func lost(_ octets: Int64, _ connection: any DatabaseConnection) throws(DatabaseError) {
        if connection.dialect == .sqlite {
            self = try StoreSize(connection)
        } else {
            self.octets -= Int(octets)
        }
    }
}
