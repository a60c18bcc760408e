import Testing

@testable import Databases

/// What is done to texts before a database sees them.
@Suite struct StatementTests {
    @Test(arguments: [
        ("SELECT 1", "SELECT 1"), ("a = ? AND b = ?", "a = $1 AND b = $2"), ("'?' ?", "'?' $1"),
        ("\"a?\" ? 'it''s ?' ?", "\"a?\" $1 'it''s ?' $2"),
    ])
    func placesAreNumbered(_ text: String, _ numbered: String) {
        #expect(PostgreSQLLink.numbered(text) == numbered)
    }
}
