/// One `Authentication-Results` field: who checked a message, and what came of it (RFC 8601 §2.2).
///
/// Reading and printing go by the grammar of the RFC, comments and all; see ``init(parsing:_:limits:)`` and
/// ``fieldValue(folding:encoding:)``. What a field says is worth nothing by itself: anybody can write one. Use the
/// results only of fields whose ``authservID`` is yours and which you know to have been removed where they were
/// forged (RFC 8601 §5, §7.1); ``removals(in:authservIDs:)`` finds those.
public struct AuthenticationResultsField: Hashable, Sendable {
    /// Who did the checks: mostly a domain name, but any text is possible (RFC 8601 §2.5).
    public var authservID: String
    /// The version of the format. Only version 1 exists; a field with another is not read (RFC 8601 §2.6).
    public var version: Int
    /// The results in their order; empty stands for `none`: nothing was checked.
    public var results: [MethodResult]

    /// The field's name.
    public static let fieldName = "Authentication-Results"

    public init(authservID: String, version: Int = 1, results: [MethodResult] = []) {
        self.authservID = authservID
        self.version = version
        self.results = results
    }

    /// The results of one method, in their order; the case of letters does not count.
    public func results(of method: String) -> [MethodResult] {
        let method = method.lowercased()
        return results.filter { $0.method == method }
    }
}
