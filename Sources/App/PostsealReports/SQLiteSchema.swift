/// The tables of the store, and how an older file becomes one of today.
///
/// `docs/decisions/0014-report-store.md` says what each is for.
enum SQLiteSchema {
    /// Tells the file from other SQLite files: `PSRS`.
    static let applicationID: Int64 = 0x5053_5253

    /// What leads from each version to the next; a file has the number of those that it has behind it. What was
    /// released is never changed, only added to.
    static let steps = [first]

    /// Names and sources stand in tables of their own, and elsewhere by number: a year of reports has few of them.
    /// Those numbers are no foreign keys: SQLite would look through all records for each name that goes.
    private static let first = """
        CREATE TABLE names(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE TABLE sources(id INTEGER PRIMARY KEY, address BLOB NOT NULL UNIQUE);
        CREATE TABLE originals(
          id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, name TEXT, length INTEGER NOT NULL,
          is_packed INTEGER NOT NULL, octets BLOB NOT NULL);
        CREATE TABLE reports(
          id INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE, content BLOB NOT NULL, kind TEXT NOT NULL,
          organization TEXT NOT NULL, report_id TEXT NOT NULL, domain INTEGER REFERENCES names(id),
          begin INTEGER, "end" INTEGER, day INTEGER NOT NULL, received INTEGER NOT NULL, messages INTEGER NOT NULL,
          is_counted INTEGER NOT NULL, policy TEXT, quirks TEXT NOT NULL,
          original INTEGER REFERENCES originals(id), finding INTEGER NOT NULL);
        CREATE INDEX reports_by_domain ON reports(domain, day);
        CREATE INDEX reports_by_day ON reports(day);
        CREATE INDEX reports_by_id ON reports(report_id);
        CREATE INDEX reports_by_original ON reports(original);
        CREATE TABLE records(
          report INTEGER NOT NULL REFERENCES reports(id), place INTEGER NOT NULL,
          source INTEGER, messages INTEGER NOT NULL, disposition TEXT, dkim INTEGER,
          spf INTEGER, header_from INTEGER, envelope_from INTEGER, envelope_to INTEGER,
          PRIMARY KEY(report, place)) WITHOUT ROWID;
        CREATE INDEX records_by_source ON records(source);
        CREATE TABLE tallies(
          domain INTEGER NOT NULL, span INTEGER NOT NULL, start INTEGER NOT NULL,
          source INTEGER NOT NULL, via INTEGER NOT NULL, alignment INTEGER NOT NULL,
          disposition INTEGER NOT NULL, exception INTEGER NOT NULL, is_subdomain INTEGER NOT NULL,
          messages INTEGER NOT NULL,
          PRIMARY KEY(domain, span, start, source, via, alignment, disposition, exception, is_subdomain)
        ) WITHOUT ROWID;
        """

    /// Makes the file ready to be written.
    static func prepare(_ connection: SQLiteConnection) throws(ReportStoreError) {
        let version = try check(connection)
        if version == 0 { try connection.script("PRAGMA auto_vacuum = INCREMENTAL") }
        // A report is acknowledged when it is stored: each end of a transaction waits for the disk.
        try connection.script(
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
            PRAGMA trusted_schema = OFF
            """)
        guard version < steps.count else { return }
        try connection.transaction { () throws(ReportStoreError) in
            // Another program can have been faster.
            let version = try check(connection)
            for step in steps[min(version, steps.count)...] { try connection.script(step) }
            try connection.script(
                "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(steps.count)")
        }
    }

    /// The version of a file; 0 if it is empty.
    ///
    /// - Throws: where it is another program's, or of a later version.
    @discardableResult
    static func check(_ connection: SQLiteConnection) throws(ReportStoreError) -> Int {
        let application = try connection.number("PRAGMA application_id") ?? 0
        let version = try connection.number("PRAGMA user_version") ?? 0
        let tables = try connection.number("SELECT count(*) FROM sqlite_master") ?? 0
        if application == 0, version == 0, tables == 0 { return 0 }
        guard application == applicationID else { throw ReportStoreError(.notAStore) }
        guard version <= steps.count else { throw ReportStoreError(.newerVersion) }
        return Int(version)
    }
}
