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

    private(set) var succeeded = 0
    private(set) var failed = 0
    fileprivate(set) var reports = 0
    private(set) var failures: [Failure: Int] = [:]
    /// Limit: kinds of failures that are told apart.
    private static let failuresMax = 10_000

    mutating func add(_ tallies: [TLSTally], of domain: String) {
        for tally in tallies {
            switch tally.outcome {
            case .succeeded: succeeded = succeeded.addingUpToMax(tally.sessions)
            case .failed: failed = failed.addingUpToMax(tally.sessions)
            case .failure(let failure):
                let key = Failure(
                    domain: domain, host: failure.mx ?? failure.sender.text ?? "not said", kind: failure.result)
                guard failures[key] != nil || failures.count < Self.failuresMax else { continue }
                failures[key] = failures[key, default: 0].addingUpToMax(tally.sessions)
            }
        }
    }

    /// Those with most sessions first.
    var sorted: [(failure: Failure, sessions: Int)] {
        failures.sorted { ($1.value, $0.key.host, $0.key.kind) < ($0.value, $1.key.host, $1.key.kind) }
            .map { ($0.key, $0.value) }
    }
}

extension Dashboard {
    /// Limit: TLS reports whose domains are looked at.
    private static let tlsReportsMax = 1000

    /// What TLS reports say, of a domain or of all.
    func tlsFigures(_ visit: Visit, domain: String?) async throws -> TLSFigures {
        var figures = TLSFigures()
        guard let scope = scope(visit) else { return figures }
        let reports = try await scope.reports(
            ReportQuery(domain: domain, kind: "tlsrpt", since: visit.period.begin, count: Self.tlsReportsMax))
        figures.reports = reports.count
        let domains = domain.map { [$0] } ?? Set(reports.compactMap(\.domain)).sorted()
        for domain in domains.prefix(Self.overviewDomainsMax) {
            figures.add(try await scope.tlsTallies(of: domain, visit.period), of: domain)
        }
        return figures
    }

    func tlsPage(_ visit: Visit) async throws -> Reply {
        let figures = try await tlsFigures(visit, domain: nil)
        let reports = try await scope(visit)?.reports(ReportQuery(kind: "tlsrpt", count: 50)) ?? []
        return .page(
            Page("TLS", .tls) {
                periodChooser(visit, Link("/tls"))
                content(figures, hasDomains: true)
                card("Newest TLS reports") {
                    if reports.isEmpty { nothing("There are none.") } else { reportTable(reports, "TLS reports") }
                }
            })
    }

    func domainTLSPage(_ visit: Visit) async throws -> Reply {
        guard let domain = domain(visit) else { return Self.noSuchDomain }
        let figures = try await tlsFigures(visit, domain: domain)
        return .page(
            domainPage(domain, "tls") {
                periodChooser(visit, Link("/domains", [domain, "tls"]))
                content(figures, hasDomains: false)
            })
    }

    private func content(_ figures: TLSFigures, hasDomains: Bool) -> HTML {
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
                        for (failure, sessions) in figures.sorted.prefix(500) {
                            tag("tr") {
                                if hasDomains {
                                    cell("Domain") {
                                        anchor(Link("/domains", [failure.domain, "tls"]), failure.domain)
                                    }
                                }
                                heading("MX") { failure.host }
                                cell("Kind") { badge(.bad, failure.kind.shortened(80)) }
                                number("Sessions", sessions)
                                cell("What it means") { Self.meaning(failure.kind) }
                            }
                        }
                    }
                }
            },
        ])
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
