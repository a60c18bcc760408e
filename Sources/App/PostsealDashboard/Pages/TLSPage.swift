internal import MailBytes
internal import MailNames
internal import MailReports
internal import PostsealReports
internal import Rendering
internal import TLSRPT

/// What TLS reports of a period come to: sessions, and failures by server and kind.
struct TLSFigures: Sendable {
    /// Failures that are alike.
    struct Failure: Sendable, Hashable {
        var domain: String
        var host: String
        var kind: String
    }

    /// A mail server that reports about DANE name in the place of the domain.
    struct Server: Sendable, Hashable {
        var host: String
        /// Whether it is another's, so that what is reported of it is of many domains.
        var isShared: Bool
        var succeeded = 0
        var failed = 0
    }

    /// Those whose sessions are counted with the domain's, but for shared ones.
    private(set) var servers: [Server] = []
    private(set) var succeeded = 0
    private(set) var failed = 0
    fileprivate(set) var reports = 0
    private(set) var failures: [Failure: Int] = [:]
    /// Limit: kinds of failures that are told apart.
    private static let failuresMax = 10_000
    /// Limit: kinds of failures on a page.
    static let shownMax = 500
    /// Limit: kinds of failures that programs are told of.
    static let answeredMax = 1000
    /// Whether there are more kinds of failures than are told apart.
    private var isFull = false

    /// Whether there are failures besides so many of them.
    func leftOut(behind count: Int) -> Bool { isFull || failures.count > count }

    mutating func add(_ sums: [TLSSum], of domain: String) {
        for tally in sums {
            switch tally.outcome {
            case .succeeded: succeeded = succeeded.addingUpToMax(tally.sessions)
            case .failed: failed = failed.addingUpToMax(tally.sessions)
            case .failure(let failure): add(failure, of: domain, tally.sessions)
            }
        }
    }

    mutating func add(_ overview: TLSOverview) {
        succeeded = succeeded.addingUpToMax(overview.succeeded)
        failed = failed.addingUpToMax(overview.failed)
        for failure in overview.failures { add(failure.failure, of: failure.domain, failure.sessions) }
    }

    private mutating func add(_ failure: TLSTally.Failure, of domain: String, _ sessions: Int) {
        let key = Failure(domain: domain, host: failure.mx ?? failure.sender.text ?? "not said", kind: failure.result)
        guard failures[key] != nil || failures.count < Self.failuresMax else {
            isFull = true
            return
        }
        failures[key] = failures[key, default: 0].addingUpToMax(sessions)
    }

    /// Adds what is reported of a server. The sessions of one that is shared are not the domain's alone, and are only
    /// shown.
    mutating func add(_ sums: [TLSSum], server host: String, isShared: Bool) {
        var server = Server(host: host, isShared: isShared)
        for sum in sums {
            switch sum.outcome {
            case .succeeded: server.succeeded = server.succeeded.addingUpToMax(sum.sessions)
            case .failed: server.failed = server.failed.addingUpToMax(sum.sessions)
            case .failure: continue
            }
        }
        servers.append(server)
        add(isShared ? sums.filter { if case .failure = $0.outcome { true } else { false } } : sums, of: host)
    }

    /// Those with most sessions first.
    var sorted: [(failure: Failure, sessions: Int)] {
        failures.sorted { ($1.value, $0.key.host, $0.key.kind) < ($0.value, $1.key.host, $1.key.kind) }
            .map { ($0.key, $0.value) }
    }
}

extension Dashboard {
    /// What TLS reports say, of a domain or of all.
    func tlsFigures(_ visit: Visit, domain: String?) async throws -> TLSFigures {
        var figures = TLSFigures()
        guard let scope = scope(visit) else { return figures }
        if let domain {
            figures.add(try await scope.tlsSums(of: domain, visit.period), of: domain)
        } else {
            // One more than anybody is told of tells whether there are more.
            figures.add(try await scope.tlsOverview(visit.period, failures: TLSFigures.answeredMax + 1))
        }
        let own: [String]? =
            if let domain { [domain] + (try await addServers(of: domain, to: &figures, visit, scope)) } else { nil }
        // One report can be about several domains, and about a domain and its servers.
        var query = ReportQuery(kind: "tlsrpt", since: visit.period.begin, isCounted: true)
        query.domains = own
        figures.reports = try await scope.count(query)
        return figures
    }

    /// Limit: mail servers of a domain that are looked for in reports.
    private static let tlsServersMax = 20

    /// Adds what reports about DANE say. Their policy domain is the server's name, and not the recipients' (RFC 8460
    /// §1.1: the TLSA base domain), so that the domain's servers have to be known: by DNS, or, where it is silent,
    /// by the domain's own reports.
    ///
    /// - Returns: the servers whose sessions are counted as the domain's.
    private func addServers(
        of domain: String, to figures: inout TLSFigures, _ visit: Visit, _ scope: ScopedReports
    ) async throws -> [String] {
        var hosts = Self.hostName(domain) == nil ? [] : await sources.protections?.mailServers(of: domain)
        // Only then: whoever posts a report could have other servers gathered here.
        if hosts == nil { hosts = Set(figures.failures.keys.map(\.host)).sorted() }
        var own: [String] = []
        for host in Set(hosts ?? []).sorted().prefix(Self.tlsServersMax) where host != domain {
            let sums = try await scope.daneSums(of: host, visit.period)
            guard !sums.isEmpty else { continue }
            let isShared = !host.hasSuffix("." + domain)
            figures.add(sums, server: host, isShared: isShared)
            if !isShared { own.append(host) }
        }
        return own
    }

    func tlsPage(_ visit: Visit) async throws -> Reply {
        let figures = try await tlsFigures(visit, domain: nil)
        let reports = try await scope(visit)?.reports(ReportQuery(kind: "tlsrpt", count: 50)) ?? []
        return .page(
            Page("TLS", .tls) {
                periodChooser(visit, Link("/tls"))
                content(figures, hasDomains: true, isOfAll: true)
                card("Newest TLS reports") {
                    if reports.isEmpty { nothing("There are none.") } else { reportTable(reports, "TLS reports") }
                }
            })
    }

    func domainTLSPage(_ visit: Visit) async throws -> Reply {
        guard let domain = try await domain(visit) else { return Self.noSuchDomain }
        let figures = try await tlsFigures(visit, domain: domain)
        return .page(
            domainPage(domain, "tls", visit) {
                periodChooser(visit, Link("/domains", [domain, "tls"]))
                content(figures, hasDomains: !figures.servers.isEmpty, isOfAll: false)
                if !figures.servers.isEmpty { serverCard(figures, domain) }
            })
    }

    /// - Parameters:
    ///   - hasDomains: whether each failure is shown with its domain.
    ///   - isOfAll: whether it is about all domains, which have pages of their own.
    private func content(_ figures: TLSFigures, hasDomains: Bool, isOfAll: Bool) -> HTML {
        HTML([
            tag("dl", .classes("figures")) {
                figure("TLS reports", figures.reports.grouped)
                figure("Sessions that succeeded", figures.succeeded.grouped)
                figure(
                    "Sessions that failed", figures.failed.grouped,
                    figures.failed.share(of: figures.failed.addingUpToMax(figures.succeeded)))
            },
            card("Failures by server and kind") {
                if figures.failures.isEmpty {
                    nothing(figures.reports == 0 ? "No TLS report came in for this time." : "No session failed.")
                } else {
                    table(
                        "TLS failures by server and kind",
                        (hasDomains ? [Column("Domain")] : [])
                            + [Column("MX"), Column("Kind"), .number("Sessions"), Column("What it means")]
                    ) {
                        for (failure, sessions) in figures.sorted.prefix(TLSFigures.shownMax) {
                            tag("tr") {
                                if hasDomains {
                                    cell("Domain") {
                                        anchor(Link("/domains", [failure.domain, "tls"]), failure.domain)
                                    }
                                }
                                heading("MX") { failure.host.shortened(255) }
                                cell("Kind") { badge(.bad, failure.kind.shortened(80)) }
                                number("Sessions", sessions)
                                cell("What it means") { Self.meaning(failure.kind) }
                            }
                        }
                    }
                    if figures.leftOut(behind: TLSFigures.shownMax) {
                        nothing(
                            "And more: those with most sessions are shown. "
                                + (isOfAll ? "A domain's own page has its own." : "The interface has more."))
                    }
                }
            },
        ])
    }

    private func serverCard(_ figures: TLSFigures, _ domain: String) -> HTML {
        card("Reports about servers") {
            tag("p") {
                "Reports about DANE are about mail servers, and not about the domains that have their mail there."
            }
            table(
                "Sessions by server",
                [Column("Server"), .number("Succeeded"), .number("Failed"), Column("Whose it is")]
            ) {
                for server in figures.servers {
                    tag("tr") {
                        heading("Server") { anchor(Link("/domains", [server.host, "tls"]), server.host) }
                        number("Succeeded", server.succeeded)
                        number("Failed", server.failed)
                        cell("Whose it is") {
                            server.isShared
                                ? "It is not below \(domain): its sessions are of all domains with mail there, and "
                                    + "are not counted above."
                                : "It is below \(domain), and is counted above."
                        }
                    }
                }
            }
        }
    }

    /// RFC 8460 §4.3.
    static func meaning(_ kind: String) -> String {
        switch kind {
        case "starttls-not-supported": "The server did not offer STARTTLS."
        case "certificate-host-mismatch": "The certificate is of another name."
        case "certificate-expired": "The certificate is too old."
        case "certificate-not-trusted": "The certificate is of no authority that senders trust."
        case "validation-failure": "The certificate is bad in another way."
        case "tlsa-invalid": "The server's certificate does not fit its TLSA records."
        case "dnssec-invalid": "The proof of the TLSA records is broken."
        case "dane-required": "The sender wants DANE, and there are no TLSA records."
        case "sts-policy-fetch-error": "The MTA-STS policy can't be fetched."
        case "sts-policy-invalid": "The MTA-STS policy can't be read."
        case "sts-webpki-invalid": "The server's certificate is none that MTA-STS takes."
        default: "Something else, which the report names."
        }
    }
}
