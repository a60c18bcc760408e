public import Databases
internal import MailBytes

/// Where counts, and reports of our own, are kept: a file of SQLite's for one node, PostgreSQL for several.
public struct SendingDatabase: Hashable, Sendable, CustomStringConvertible {
    private enum Place: Hashable {
        case file(String)
        case server(PostgreSQLAddress)
    }

    private let place: Place

    /// Takes the path of a file, or what ``Databases/PostgreSQLAddress`` takes.
    public init(_ text: String) throws(DatabaseError) {
        place = PostgreSQLAddress.isMeant(by: text) ? .server(try PostgreSQLAddress(text)) : .file(text)
    }

    /// Without a user or password.
    public var description: String {
        switch place {
        case .file(let path): path
        case .server(let address): address.description
        }
    }

    /// Where the file is; nil for a server's database.
    public var path: String? { if case .file(let path) = place { path } else { nil } }

    /// A connection of one's own.
    func connection(isReadOnly: Bool) throws(DatabaseError) -> any DatabaseConnection {
        switch place {
        case .file(let path): try SQLiteConnection(path: path, isReadOnly: isReadOnly)
        case .server(let address): PostgreSQLConnection(address, isReadOnly: isReadOnly)
        }
    }
}

/// A connection that is made at its first use, with all tables there.
struct SendingSession {
    private let database: SendingDatabase
    private let isReadOnly: Bool
    private var connected: (any DatabaseConnection)?

    init(_ database: SendingDatabase, isReadOnly: Bool) {
        self.database = database
        self.isReadOnly = isReadOnly
    }

    mutating func connection() throws(DatabaseError) -> any DatabaseConnection {
        if let connected { return connected }
        let new = try database.connection(isReadOnly: isReadOnly)
        if isReadOnly { try SendingSchema.schema.check(new) } else { try SendingSchema.schema.prepare(new) }
        connected = new
        return new
    }
}

/// The tables. `docs/decisions/0016-sending-reports.md` says what each is for.
enum SendingSchema {
    /// `PSRO`
    static let applicationID: Int32 = 0x5053_524F
    /// Held by whoever writes counts or closes a day (``Databases/DatabaseConnection/lock(_:)``): so a day that is
    /// closed gets no counts any more.
    static let countingLock: Int64 = 0x5053_524F_0001
    /// Held by whoever finds out late where a report goes: so no place gets it twice.
    static let verifyingLock: Int64 = 0x5053_524F_0002

    static let schema = DatabaseSchema(
        applicationID: applicationID, steps: [DatabaseSchema.Step(first), second, third])

    private static let first = """
        CREATE TABLE counting_runs(
          run TEXT NOT NULL PRIMARY KEY, node TEXT NOT NULL, sequence INTEGER NOT NULL, written INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE verdict_rows(
          hash BLOB NOT NULL PRIMARY KEY, day INTEGER NOT NULL, domain TEXT NOT NULL, policy TEXT NOT NULL,
          record TEXT NOT NULL, messages INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX verdict_rows_by_period ON verdict_rows(day, domain);
        CREATE TABLE closed_days(day INTEGER NOT NULL PRIMARY KEY, closed INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE report_periods(
          day INTEGER NOT NULL, domain TEXT NOT NULL, state TEXT NOT NULL, due INTEGER NOT NULL,
          failures INTEGER NOT NULL, owner TEXT NOT NULL, lease INTEGER NOT NULL, reason TEXT NOT NULL,
          PRIMARY KEY(day, domain)) WITHOUT ROWID;
        CREATE INDEX report_periods_by_due ON report_periods(state, due);
        CREATE TABLE outgoing_reports(
          id INTEGER PRIMARY KEY, kind TEXT NOT NULL, day INTEGER NOT NULL, period TEXT NOT NULL,
          domain TEXT NOT NULL, report_id TEXT NOT NULL UNIQUE, file_name TEXT NOT NULL, subject TEXT NOT NULL,
          submitter TEXT NOT NULL, messages INTEGER NOT NULL, document BLOB NOT NULL, length INTEGER NOT NULL,
          made INTEGER NOT NULL, node TEXT NOT NULL, UNIQUE(kind, day, period));
        CREATE INDEX outgoing_reports_by_domain ON outgoing_reports(domain, day);
        CREATE INDEX outgoing_reports_by_day ON outgoing_reports(day);
        CREATE TABLE outgoing_deliveries(
          report INTEGER NOT NULL REFERENCES outgoing_reports(id), place INTEGER NOT NULL, requested TEXT NOT NULL,
          uri TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, due INTEGER NOT NULL,
          failures INTEGER NOT NULL, owner TEXT NOT NULL, lease INTEGER NOT NULL, ended INTEGER,
          PRIMARY KEY(report, place)) WITHOUT ROWID;
        CREATE INDEX outgoing_deliveries_by_due ON outgoing_deliveries(state, due);
        CREATE TABLE outgoing_attempts(
          report INTEGER NOT NULL REFERENCES outgoing_reports(id), place INTEGER NOT NULL, number INTEGER NOT NULL,
          node TEXT NOT NULL, began INTEGER NOT NULL, ended INTEGER, outcome TEXT NOT NULL, answer TEXT NOT NULL,
          PRIMARY KEY(report, place, number)) WITHOUT ROWID;
        """

    /// When a period failed first, from which on it is tried for as long as is set; and what is known of the clock by
    /// which things are forgotten (``PostsealState/ClockTrust``).
    private static let second = DatabaseSchema.Step(
        """
        ALTER TABLE report_periods ADD COLUMN first_failure INTEGER;
        CREATE TABLE sending_clock(state TEXT NOT NULL);
        INSERT INTO sending_clock SELECT coalesce(CAST(max(written) AS text), '') FROM counting_runs;
        """)

    /// Who noted the number of a report that is forgotten finds no other one under it.
    private static let third = DatabaseSchema.Step(
        sqlite: GivenNumbers.script(for: "outgoing_reports"), postgreSQL: "")
}
