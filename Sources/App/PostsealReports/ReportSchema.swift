public import Databases

/// The tables of the store, and how an older one becomes one of today.
///
/// `docs/decisions/0014-report-store.md` says what each is for.
public enum ReportSchema {
    /// Tells the file from other SQLite files: `PSRS`.
    static let applicationID: Int32 = 0x5053_5253

    /// All steps, for whoever has tables in the same database.
    public static let schema = DatabaseSchema(
        applicationID: applicationID,
        steps: [first, second, third, fourth, fifth, sixth, seventh, eighth, ninth, tenth, eleventh, twelfth])

    /// Makes a connection ready to be used.
    ///
    /// - Parameter isReadOnly: whether nothing is to be changed.
    public static func ready(_ connection: any DatabaseConnection, isReadOnly: Bool) throws(DatabaseError) {
        if isReadOnly { try schema.check(connection) } else { try schema.prepare(connection) }
    }

    /// Names and sources stand in tables of their own, and elsewhere by number: a year of reports has few of them.
    /// Those numbers are no foreign keys: SQLite would look through all records for each name that goes.
    private static let tables = """
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

    private static let first = DatabaseSchema.Step(
        sqlite: tables,
        // What reporters write can be longer than an entry of a tree may be in PostgreSQL.
        postgreSQL: DatabaseSchema.Step(tables).postgreSQL
            .replacing("reports(report_id)", with: "reports USING hash(report_id)"))

    /// The generation changes whenever names or sources are forgotten: their numbers may be given to others.
    private static let second = DatabaseSchema.Step(
        """
        CREATE TABLE numbering(generation INTEGER NOT NULL);
        INSERT INTO numbering VALUES(0);
        """)

    /// Sums without sources, for charts; sums of TLS sessions; samples of failures; where a report is about several
    /// domains, the others.
    private static let rollups = """
        CREATE TABLE totals(
          domain INTEGER NOT NULL, span INTEGER NOT NULL, start INTEGER NOT NULL, via INTEGER NOT NULL,
          alignment INTEGER NOT NULL, disposition INTEGER NOT NULL, exception INTEGER NOT NULL,
          is_subdomain INTEGER NOT NULL, messages INTEGER NOT NULL,
          PRIMARY KEY(domain, span, start, via, alignment, disposition, exception, is_subdomain)) WITHOUT ROWID;
        INSERT INTO totals SELECT domain, span, start, via, alignment, disposition, exception, is_subdomain,
          CASE WHEN sum(messages) > 9007199254740991 THEN 9007199254740991 ELSE sum(messages) END
          FROM tallies GROUP BY domain, span, start, via, alignment, disposition, exception, is_subdomain;
        CREATE TABLE tls_tallies(
          domain INTEGER NOT NULL, start INTEGER NOT NULL, organization INTEGER NOT NULL, policy TEXT NOT NULL,
          outcome INTEGER NOT NULL, result TEXT NOT NULL, mx INTEGER NOT NULL, sender INTEGER NOT NULL,
          sessions INTEGER NOT NULL,
          PRIMARY KEY(domain, start, organization, policy, outcome, result, mx, sender)) WITHOUT ROWID;
        CREATE TABLE failures(
          domain INTEGER NOT NULL, day INTEGER NOT NULL, report INTEGER NOT NULL REFERENCES reports(id),
          source INTEGER NOT NULL, feedback_type TEXT NOT NULL, auth_failure TEXT, delivery_result TEXT, alignment TEXT,
          mail_from TEXT, author TEXT,
          PRIMARY KEY(domain, day, report)) WITHOUT ROWID;
        CREATE INDEX failures_by_day ON failures(day, report);
        CREATE INDEX failures_by_report ON failures(report);
        CREATE INDEX failures_by_source ON failures(source);
        CREATE TABLE report_domains(
          domain INTEGER NOT NULL, report INTEGER NOT NULL REFERENCES reports(id),
          PRIMARY KEY(domain, report)) WITHOUT ROWID;
        CREATE INDEX report_domains_by_report ON report_domains(report);
        CREATE INDEX reports_by_organization ON reports(organization);
        """

    private static let third = DatabaseSchema.Step(
        sqlite: rollups,
        postgreSQL: DatabaseSchema.Step(rollups).postgreSQL
            .replacing("reports(organization)", with: "reports USING hash(organization)"))

    /// What a period's reports come to is read from an index alone, and the few that are kept apart are found among
    /// many. In PostgreSQL an organisation can be too long for an index.
    private static let fourth = DatabaseSchema.Step(
        sqlite: """
            DROP INDEX reports_by_domain;
            CREATE INDEX reports_by_domain ON reports(domain, day, kind, is_counted, organization);
            CREATE INDEX reports_apart ON reports(kind, day) WHERE is_counted = 0;
            """,
        postgreSQL: """
            DROP INDEX reports_by_domain;
            CREATE INDEX reports_by_domain ON reports(domain, day, kind, is_counted);
            CREATE INDEX reports_apart ON reports(kind, day) WHERE is_counted = 0;
            """)

    /// Host names of sources, with the time from which on they are looked up again. And what is to be read once more:
    /// the steps before this one left the sums and rows of the third empty for reports that were there already. Of a
    /// report that was counted since there is a sum of its day and reporter.
    private static let fifth = DatabaseSchema.Step(
        """
        CREATE TABLE hosts(
          source INTEGER NOT NULL, outcome INTEGER NOT NULL, name TEXT, looked_up INTEGER NOT NULL,
          due INTEGER NOT NULL, failures INTEGER NOT NULL,
          PRIMARY KEY(source)) WITHOUT ROWID;
        CREATE TABLE refills(
          report INTEGER NOT NULL, lacks_sums INTEGER NOT NULL,
          PRIMARY KEY(report)) WITHOUT ROWID;
        INSERT INTO refills SELECT r.id, 0 FROM reports r WHERE r.kind = 'dmarc-failure' AND r.original IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM failures f WHERE f.report = r.id);
        INSERT INTO refills SELECT r.id, CASE WHEN r.is_counted = 1 AND length(r.organization) <= 128 AND NOT EXISTS (
            SELECT 1 FROM tls_tallies t WHERE t.start = r.day
            AND t.organization = (SELECT n.id FROM names n WHERE n.name = r.organization)
            AND (t.domain = r.domain OR t.domain IN (SELECT d.domain FROM report_domains d WHERE d.report = r.id)))
          THEN 1 ELSE 0 END FROM reports r WHERE r.kind = 'tlsrpt' AND r.original IS NOT NULL;
        """)

    /// Search by source asks which reports have records of it, and nothing else was ever asked of a record: the
    /// original has the rest. So there is one short row for each source of a report, in the order in which it is looked
    /// for, and for each report a list of its sources, by which these rows are found when it goes.
    private static let sources = """
        CREATE TABLE report_sources(
          source INTEGER NOT NULL, report INTEGER NOT NULL,
          PRIMARY KEY(source, report)) WITHOUT ROWID;
        INSERT INTO report_sources SELECT DISTINCT source, report FROM records WHERE source IS NOT NULL
          ORDER BY source, report;
        CREATE TABLE source_lists(
          report INTEGER NOT NULL REFERENCES reports(id), sources TEXT NOT NULL, PRIMARY KEY(report));
        INSERT INTO source_lists SELECT report, group_concat(DISTINCT source) FROM records WHERE source IS NOT NULL
          GROUP BY report;
        DROP TABLE records;
        """

    private static let sixth = DatabaseSchema.Step(
        sqlite: sources,
        postgreSQL: DatabaseSchema.Step(sources).postgreSQL
            .replacing("group_concat(DISTINCT source)", with: "string_agg(DISTINCT source::text, ',')"))

    /// What is known of the clock by which reports are old (``PostsealState/ClockTrust``).
    private static let seventh = DatabaseSchema.Step(
        """
        CREATE TABLE report_clock(state TEXT NOT NULL);
        INSERT INTO report_clock VALUES('');
        """)

    /// Of a report that counts, whether nothing proves whose it is. What came before this step keeps its place: how it
    /// came was not kept.
    private static let eighth = DatabaseSchema.Step(
        "ALTER TABLE reports ADD COLUMN is_unproven INTEGER NOT NULL DEFAULT 0;")

    /// Who noted the number of a report that is gone finds no other one under it.
    private static let ninth = DatabaseSchema.Step(sqlite: GivenNumbers.script(for: "reports"), postgreSQL: "")

    /// While names and sources are looked for that no row has: the number of that sweep, and the numbers that rows got
    /// meanwhile.
    private static let tenth = DatabaseSchema.Step(
        """
        ALTER TABLE numbering ADD COLUMN sweep INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE numbers_in_use(
          kind INTEGER NOT NULL, number INTEGER NOT NULL,
          PRIMARY KEY(kind, number)) WITHOUT ROWID;
        """)

    /// Whom a report and its file are about: who sees some domains alone is not told what a report comes to that is
    /// about those of others, too. Only the file tells, so all are read again; what has none stays untold. Of those
    /// that are on the list already, the fifth step lacks more. And an index of the TLS reports that count, which are
    /// few among many and counted for their pages.
    private static let eleventh = DatabaseSchema.Step(
        """
        ALTER TABLE reports ADD COLUMN subjects TEXT;
        ALTER TABLE reports ADD COLUMN file_subjects TEXT;
        CREATE INDEX reports_of_tls ON reports(day) WHERE kind = 'tlsrpt' AND is_counted = 1;
        ALTER TABLE refills ADD COLUMN lacks_rows INTEGER NOT NULL DEFAULT 1;
        INSERT INTO refills(report, lacks_sums, lacks_rows) SELECT r.id, 0, 0 FROM reports r
          WHERE r.original IS NOT NULL AND NOT EXISTS (SELECT 1 FROM refills f WHERE f.report = r.id);
        """)

    /// Nodes of earlier versions that are still running keep none of what the steps above need, and look at the version
    /// of the tables only when they start. Under another name they don't find this one, write nothing any more, and say
    /// so: what they were to store comes again.
    private static let twelfth = DatabaseSchema.Step("ALTER TABLE numbering RENAME TO numbering_state;")
}
