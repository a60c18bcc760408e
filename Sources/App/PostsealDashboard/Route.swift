internal import HTTPTypes
internal import MailBytes

/// A page or an action: where it is, who may use it, and what makes it. All there are stand in one table.
struct Route: Sendable {
    typealias Handler = @Sendable (Dashboard, Visit) async throws -> Reply

    let method: HTTPRequest.Method
    /// Its parts; one that begins with `:` is the place of a name.
    let path: String
    let need: Access.Need
    let handler: Handler
    /// What it is for, and what it answers: of the interface for programs alone.
    let description: APIDescription?
    private let parts: [String]

    init(
        _ method: HTTPRequest.Method, _ path: String, _ need: Access.Need, _ description: APIDescription? = nil,
        _ handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.need = need
        self.handler = handler
        self.description = description
        parts = path.split(separator: "/").map(String.init)
    }

    func fits(_ segments: [String]) -> Bool {
        segments.count == parts.count
            && zip(parts, segments).allSatisfy { part, segment in
                part.hasPrefix(":") ? !segment.isEmpty : part == segment
            }
    }

    func parameters(_ segments: [String]) -> [String] {
        zip(parts, segments).compactMap { part, segment in part.hasPrefix(":") ? segment : nil }
    }

    static let all: [Route] = pages + actions + interface

    private static let pages: [Route] = [
        Route(.get, "/", .account) { try await $0.overview($1) },
        Route(.get, "/login", .nobody) { try await $0.loginPage($1) },
        Route(.get, "/domains/:domain", .account) { try await $0.domainPage($1) },
        Route(.get, "/domains/:domain/senders", .account) { try await $0.sendersPage($1) },
        Route(.get, "/domains/:domain/what-if", .account) { try await $0.forecastPage($1) },
        Route(.get, "/domains/:domain/tls", .account) { try await $0.domainTLSPage($1) },
        Route(.get, "/domains/:domain/reports", .account) { try await $0.domainReportsPage($1) },
        Route(.get, "/reports", .account) { try await $0.reportsPage($1) },
        Route(.get, "/reports/:id", .account) { try await $0.reportPage($1) },
        Route(.get, "/reports/:id/original", .account) { try await $0.originalFile($1) },
        Route(.get, "/failures", .account) { try await $0.failuresPage($1) },
        Route(.get, "/tls", .account) { try await $0.tlsPage($1) },
        Route(.get, "/sent", .everything) { try await $0.sentPage($1) },
        Route(.get, "/sent/:id", .everything) { try await $0.sentReportPage($1) },
        Route(.get, "/sent/:id/document", .everything) { try await $0.sentDocumentFile($1) },
        Route(.get, "/messages", .account) { try await $0.messagesPage($1) },
        Route(.get, "/messages/:id", .account) { try await $0.messagePage($1) },
        Route(.get, "/messages/:id/dns.json", .account) { try await $0.recordedDNSFile($1) },
        Route(.get, "/messages/:id/header.eml", .account) { try await $0.headerFile($1) },
        Route(.get, "/search", .account) { try await $0.searchPage($1) },
        Route(.get, "/state", .everything) { try await $0.statePage($1) },
        Route(.get, "/account", .person) { try await $0.accountPage($1) },
        Route(.get, "/accounts", .management) { try await $0.accountsPage($1) },
        Route(.get, "/accounts/:name", .management) { try await $0.otherAccountPage($1) },
    ]

    private static let actions: [Route] = [
        Route(.post, "/login", .nobody) { try await $0.logIn($1) },
        Route(.post, "/logout", .person) { try await $0.logOut($1) },
        Route(.post, "/reports/:id/accept", .everything) { try await $0.acceptReport($1) },
        Route(.post, "/reports/:id/drop", .everything) { try await $0.dropReport($1) },
        Route(.post, "/account/password", .person) { try await $0.changePassword($1) },
        Route(.post, "/account/tokens", .person) { try await $0.makeToken($1) },
        Route(.post, "/account/tokens/:id/revoke", .person) { try await $0.revokeToken($1) },
        Route(.post, "/accounts", .management) { try await $0.addAccount($1) },
        Route(.post, "/accounts/:name/change", .management) { try await $0.changeAccount($1) },
        Route(.post, "/accounts/:name/password", .management) { try await $0.resetPassword($1) },
        Route(.post, "/accounts/:name/revoke", .management) { try await $0.revokeTokens($1) },
        Route(.post, "/accounts/:name/remove", .management) { try await $0.removeAccount($1) },
    ]
}
