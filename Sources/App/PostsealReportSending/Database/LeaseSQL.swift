internal import Databases

/// Leases in statements. They end by the database's clock: the nodes' may differ.
enum LeaseSQL {
    /// Seconds since 1970, as the database has them now.
    static func now(_ dialect: DatabaseDialect) -> String {
        switch dialect {
        case .sqlite: "CAST(strftime('%s', 'now') AS INTEGER)"
        // Not `now()`, which is the time at which the transaction began.
        case .postgreSQL: "CAST(floor(extract(epoch FROM clock_timestamp())) AS BIGINT)"
        }
    }

    /// A name for whoever has a lease, which no other claim has: a node that has lost its lease, and claims anew in
    /// another task or after a restart, is somebody else.
    static func owner(_ node: String) -> String { "\(node) \(String(UInt64.random(in: 0 ... .max), radix: 36))" }
}
