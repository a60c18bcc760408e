import HTTPTypes
import MailBytes
import MailCrypto
import MailNames
import MailReports
import PostsealHTTP
import PostsealReports
import Synchronization
import TestSupport

@testable import PostsealDashboard

/// A dashboard with reports, messages and an account of each role.
struct World: Sendable {
    /// 2026-11-25T12:00:00Z
    static let now = UnixTime(seconds: 1_795_608_000)
    static let password = "correct horse battery"
    /// Cheap: what a try costs is not what these tests are about.
    static let cost = PasswordHashCost(n: 16, r: 1, p: 1)
    static let hash = PasswordHash(of: password, cost: cost)

    let dashboard: Dashboard
    let accounts: AccountMemory
    let sessions: SessionMemory
    let clock: Clock
    /// What the log was told.
    let notices: Notices
    private let node: @Sendable (any AccountStore, any SessionStore) -> Dashboard

    final class Clock: Sendable {
        private let seconds = Atomic(World.now.seconds)

        var now: UnixTime { UnixTime(seconds: seconds.load(ordering: .relaxed)) }
        func pass(_ more: Int64) { seconds.add(more, ordering: .relaxed) }
    }

    final class Notices: Sendable {
        private let notices = Mutex<[DashboardNotice]>([])

        var all: [DashboardNotice] { notices.withLock { $0 } }
        func add(_ notice: DashboardNotice) { notices.withLock { $0.append(notice) } }
    }

    static let roles: [(name: String, role: Account.Role, domains: [String])] = [
        ("ada", .administrator, []), ("otto", .operator, []), ("vera", .viewer, ["example.com"]),
        ("nora", .viewer, ["other.example"]),
    ]

    /// - Parameter files: put into the store.
    static func with<Result>(
        _ files: [(name: String, text: String, isCounted: Bool)] = Reports.all,
        rules: Dashboard.Rules = Dashboard.Rules(),
        messages: [MessageEntry] = Messages.all, _ body: (World) async throws -> Result
    ) async throws -> Result {
        try await withFolder { folder in
            let store = try SQLReportStore(at: "\(folder)/reports.db")
            _ = try await store.take(
                files.map {
                    ReportArrival(reading: Array($0.text.utf8), name: $0.name, received: now, isCounted: $0.isCounted)
                })
            let accounts = AccountMemory(
                AccountList(
                    roles.map {
                        Account(name: $0.name, role: $0.role, domains: $0.domains, password: hash, created: now)
                    }))
            var rules = rules
            rules.passwordCost = cost
            let (clock, notices, sessions, lastRules) = (Clock(), Notices(), SessionMemory(), rules)
            let node: @Sendable (any AccountStore, any SessionStore) -> Dashboard = { accounts, sessions in
                Dashboard(
                    lastRules, accounts: accounts, sessions: sessions, reports: store,
                    sources: Dashboard.Sources(
                        protections: FixedProtections(), messages: FixedMessages(entries: messages), sent: FixedSent(),
                        daemon: FixedFacts()), now: { clock.now }, audit: { notices.add($0) })
            }
            return try await body(
                World(
                    dashboard: node(accounts, sessions), accounts: accounts, sessions: sessions, clock: clock,
                    notices: notices, node: node))
        }
    }

    /// Another node over the same stores, or the same one after a restart.
    func another(accounts: (any AccountStore)? = nil, sessions: (any SessionStore)? = nil) -> World {
        World(
            dashboard: node(accounts ?? self.accounts, sessions ?? self.sessions), accounts: self.accounts,
            sessions: self.sessions, clock: clock, notices: notices, node: node)
    }

    /// The same with other sources.
    func serving(_ sources: Dashboard.Sources) -> World {
        World(
            dashboard: Dashboard(
                dashboard.rules, accounts: accounts, sessions: sessions, reports: dashboard.reports, sources: sources,
                now: { World.now }), accounts: accounts, sessions: sessions, clock: clock, notices: notices, node: node)
    }

    // MARK: Requests

    func get(
        _ target: String, _ browser: Browser = Browser(), method: HTTPRequest.Method = .get,
        host: String = "dash.example",
        fields: [(String, String)] = [], peer: String? = "127.0.0.1", isSecure: Bool = false
    ) async throws -> HTTPReply {
        let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
        return try await dashboard.answer(
            HTTPCall(
                method: method, path: parts[0], query: parts.count > 1 ? parts[1] : nil,
                fields: browser.fields(fields), host: host, peer: peer.flatMap { IPAddress($0) }, isSecure: isSecure))
    }

    func post(
        _ path: String, _ form: [(String, String)], _ browser: Browser, fields: [(String, String)] = [],
        peer: String? = "127.0.0.1", isSecure: Bool = false, type: String = "application/x-www-form-urlencoded"
    ) async throws -> HTTPReply {
        let body = form.map { "\(Link.encoded($0.0))=\(Link.encoded($0.1))" }.joined(separator: "&")
        return try await dashboard.answer(
            HTTPCall(
                method: .post, path: path, fields: browser.fields(fields + [("Content-Type", type)]),
                host: "dash.example",
                peer: peer.flatMap { IPAddress($0) }, isSecure: isSecure, body: Array(body.utf8)))
    }

    /// Logs in; the browser of somebody who is logged in.
    func logIn(
        _ name: String, _ password: String = World.password, peer: String? = "127.0.0.1", isSecure: Bool = false
    ) async throws -> (browser: Browser, reply: HTTPReply) {
        var browser = Browser()
        let door = try await get("/login", browser, peer: peer, isSecure: isSecure)
        browser.take(door)
        let reply = try await post(
            "/login", [("csrf", door.csrf), ("name", name), ("password", password)], browser, peer: peer,
            isSecure: isSecure)
        browser.take(reply)
        return (browser, reply)
    }

    /// A token of an account.
    func token(_ name: String, domains: [String]? = nil) async throws -> Browser {
        let (secret, token) = AccountToken.make(label: "test", domains: domains, at: World.now)
        try await accounts.change { list in list[name]?.tokens.append(token) }
        return Browser(token: secret)
    }
}

/// Keeps cookies, as a browser does, or has a token, as a program does.
struct Browser: Sendable {
    var cookies: [String: String] = [:]
    var token: String?

    mutating func take(_ reply: HTTPReply) {
        for field in reply.fields[values: .setCookie] {
            let pair = field.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            cookies[String(pair[0])] = field.contains("Max-Age=0") ? nil : String(pair[1])
        }
    }

    func fields(_ more: [(String, String)]) -> HTTPFields {
        var fields = HTTPFields()
        if !cookies.isEmpty { fields[.cookie] = cookies.map { "\($0)=\($1)" }.joined(separator: "; ") }
        if let token { fields[.authorization] = "Bearer \(token)" }
        for (name, value) in more { if let name = HTTPField.Name(name) { fields[name] = value } }
        return fields
    }
}

extension HTTPReply {
    var text: String { String(decoding: body, as: UTF8.self) }

    /// What proves that a form is of this page.
    var csrf: String {
        guard let range = text.firstRange(of: "name=\"csrf\" value=\"") else { return "" }
        return String(text[range.upperBound...].prefix { $0 != "\"" })
    }

    func field(_ name: String) -> String? { HTTPField.Name(name).flatMap { fields[$0] } }

    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
}

// MARK: What is shown

enum Reports {
    /// 2026-11-24T00:00:00Z
    static let day = 1_795_478_400

    static func aggregate(
        _ domain: String, id: String, by organization: String = "Reporter", count: Int = 120, day: Int = day,
        days: Int = 1, extra: String = ""
    ) -> String {
        """
        <feedback><report_metadata><org_name>\(organization)</org_name><email>r@reporter.example</email>
        <report_id>\(id)</report_id><date_range><begin>\(day)</begin><end>\(day + days * 86_400 - 1)</end></date_range>
        </report_metadata><policy_published><domain>\(domain)</domain><p>none</p></policy_published>
        <record><row><source_ip>192.0.2.1</source_ip><count>\(count)</count><policy_evaluated>
        <disposition>none</disposition><dkim>pass</dkim><spf>pass</spf></policy_evaluated></row>
        <identifiers><header_from>\(domain)</header_from></identifiers><auth_results><dkim><domain>\(domain)</domain>
        <selector>s1</selector><result>pass</result></dkim></auth_results></record>
        <record><row><source_ip>203.0.113.9</source_ip><count>7</count><policy_evaluated>
        <disposition>none</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated></row>
        <identifiers><header_from>\(domain)</header_from></identifiers><auth_results><spf><domain>bad.example</domain>
        <result>fail</result></spf></auth_results></record>\(extra)</feedback>
        """
    }

    static func tls(_ domains: [String], id: String) -> String {
        let policies = domains.map { domain in
            """
            {"policy":{"policy-type":"sts","policy-domain":"\(domain)","mx-host":["mx.\(domain)"]},
            "summary":{"total-successful-session-count":50,"total-failure-session-count":3},
            "failure-details":[{"result-type":"certificate-expired","sending-mta-ip":"192.0.2.7",
            "receiving-mx-hostname":"mx.\(domain)","failed-session-count":3}]}
            """
        }
        return """
            {"organization-name":"TLS Reporter","date-range":{"start-datetime":"2026-11-24T00:00:00Z",
            "end-datetime":"2026-11-24T23:59:59Z"},"contact-info":"tls@reporter.example","report-id":"\(id)",
            "policies":[\(policies.joined(separator: ","))]}
            """
    }

    static func failure(_ domain: String) -> String {
        """
        From: reports@reporter.example
        Content-Type: multipart/report; report-type=feedback-report; boundary=b
        MIME-Version: 1.0
        Message-ID: <failure@reporter.example>

        --b
        Content-Type: text/plain

        A message failed.
        --b
        Content-Type: message/feedback-report

        Feedback-Type: auth-failure
        Version: 1
        User-Agent: test
        Auth-Failure: dmarc
        Reported-Domain: \(domain)
        Source-IP: 203.0.113.9
        Delivery-Result: reject

        --b
        Content-Type: text/rfc822-headers

        From: somebody@\(domain)
        Subject: private words

        --b--
        """.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
    }

    static let all: [(name: String, text: String, isCounted: Bool)] = [
        ("a.xml", aggregate("example.com", id: "one"), true), ("b.xml", aggregate("other.example", id: "two"), true),
        ("c.xml", aggregate("example.com", id: "apart", by: "Stranger"), false),
        ("d.json", tls(["example.com", "other.example"], id: "three"), true),
        ("e.eml", failure("example.com"), true), ("f.eml", failure("other.example"), true),
    ]
}

enum Messages {
    static func entry(
        _ id: UInt64, from: String, to: [String], isOutgoing: Bool = false, mark: String = ""
    ) -> MessageEntry {
        MessageEntry(
            id: id, time: World.now, way: "milter", isOutgoing: isOutgoing, queueID: "Q\(id)\(mark)",
            messageID: "<m\(id)@\(from)>\(mark)", client: "192.0.2.1", helo: "mx.\(from)\(mark)",
            mailFrom: "a@\(from)\(mark)", from: from, recipientDomains: to, disposition: "accept",
            reason: "DMARC passed\(mark)", results: [.init("dmarc", "pass")], milliseconds: 1.5)
    }

    static let all = [
        entry(1, from: "sender.example", to: ["example.com"]), entry(2, from: "sender.example", to: ["other.example"]),
        entry(3, from: "example.com", to: ["other.example"]),
        entry(4, from: "example.com", to: ["sender.example"], isOutgoing: true),
    ]
}

struct FixedMessages: MessageSource {
    var entries: [MessageEntry]
    var mark = ""

    func messages(count: Int, where isWanted: @Sendable (MessageEntry) -> Bool) -> [MessageEntry] {
        Array(entries.reversed().filter(isWanted).prefix(count))
    }

    func message(_ id: UInt64, naming isNamed: @Sendable (String?) -> Bool) async -> MessageDetail? {
        entries.first { $0.id == id }.map {
            MessageDetail(
                entry: $0, explanation: "because\(mark)", report: ["reason": "because"], steps: "steps\(mark)",
                replay: "the same\(mark)", recordedDNS: Array("[]".utf8), header: Array("Subject: private words".utf8),
                command: "postseal verify\(mark)"
                    + $0.recipientDomains.filter { isNamed($0) }.map { " --rcpt x@\($0)" }.joined(),
                omissions: ["no body\(mark)"])
        }
    }
}

struct FixedProtections: ProtectionSource {
    var mark = ""

    func protections(of domain: String, selectors: [String]) async -> [ProtectionState] {
        [
            ProtectionState("DMARC", .partial, "reported only\(mark)", evidence: ["v=DMARC1; p=none\(mark)"]),
            ProtectionState("DKIM", .good, "keys \(selectors.joined(separator: " "))"),
        ]
    }

    var servers: [String]?

    func mailServers(of domain: String) async -> [String]? { servers }
}

struct FixedFacts: DaemonSource {
    var facts: DaemonFacts {
        DaemonFacts(
            faults: ["DNS does not answer"], settings: [.init("name", "mx.example.com")],
            figures: [.init("Messages", "4")])
    }
}
