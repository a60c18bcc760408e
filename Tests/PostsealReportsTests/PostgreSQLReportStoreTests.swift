import Databases
import PostsealReports
import TestSupport
import Testing

/// What is of the server, beyond the contract.
@Suite(.enabled(if: TestPostgreSQL.isThere)) struct PostgreSQLReportStoreTests {
    /// Names and sources that the first try has put in are out again, and have no numbers then.
    @Test func aTransactionThatIsTriedAgainLearnsItsNumbersAgain() async throws {
        try await TestPostgreSQL.withDatabase { place in
            let store = try SQLReportStore(at: place)
            try await store.connect()
            // A sequence goes on, whatever becomes of the transaction.
            try PostgreSQLConnection(try PostgreSQLAddress(place)).script(
                """
                CREATE SEQUENCE tries;
                CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                  IF nextval('tries') = 1 THEN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END IF;
                  RETURN NEW;
                END $$;
                CREATE TRIGGER fail_once BEFORE INSERT ON reports FOR EACH ROW EXECUTE FUNCTION fail_once();
                """)
            #expect(try await store.take([Made.arrival(Made.report())]).count == 1)
            #expect(try await Made.total(store) == 10)
            #expect(try await store.domains() == ["example.com"])
        }
    }
}
