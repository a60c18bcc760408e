internal import MailBytes
internal import MailNames
internal import MailReports
internal import PostsealReports
internal import Rendering

extension Dashboard {
    /// What a search found, of what somebody sees.
    struct Findings: Sendable {
        var domains: [String] = []
        var reports: [StoredReport] = []
        /// Who sends from an address, by domain.
        var senders: [(domain: String, via: String?, messages: Int)] = []
        var messages: [MessageEntry] = []

        var isEmpty: Bool { domains.isEmpty && reports.isEmpty && senders.isEmpty && messages.isEmpty }
    }

    /// Limit: domains that are looked through for an address.
    private static let searchedDomainsMax = 1000
    /// Limit: of each kind that is found.
    private static let foundMax = 50

    /// What is looked for where somebody writes the address of a page, or a name with its last dot.
    static func searched(_ text: String) -> String {
        var rest = text[...]
        for scheme in ["http://", "https://"] where rest.lowercased().hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        }
        if rest.hasSuffix("."), (try? DomainName(mailDomain: String(rest)))?.isHostName == true {
            rest = rest.dropLast()
        }
        return rest.isEmpty ? text : String(rest)
    }

    /// Looks for a message, an address, a report's identifier or a domain.
    func search(_ words: String, _ visit: Visit) async throws -> Findings {
        let text = Self.searched(words)
        var found = Findings()
        found.messages = messages(visit, words: [text.lowercased()], count: Self.foundMax)
        guard let scope = scope(visit) else { return found }
        let domains = try await scope.domains()
        found.domains = Array(domains.filter { $0.contains(text.lowercased()) }.prefix(Self.foundMax))
        found.reports = try await scope.reports(ReportQuery(search: text, count: Self.foundMax))
        guard let address = IPAddress(text) else { return found }
        let period = ReportDays(90, until: visit.now)
        let tallies = try await scope.tallies(
            at: address, of: Array(domains.prefix(Self.searchedDomainsMax)), period)
        found.senders = tallies.flatMap { domain, tallies in tallies.map { (domain, $0.via, $0.messages) } }
            .sorted { ($1.messages, $0.domain, $0.via ?? "") < ($0.messages, $1.domain, $1.via ?? "") }
        found.senders = Array(found.senders.prefix(Self.foundMax))
        return found
    }

    func searchPage(_ visit: Visit) async throws -> Reply {
        let text = String((visit.query.text("q") ?? "").prefix(500))
        let found = text.isEmpty ? Findings() : try await search(text, visit)
        return .page(
            Page(text.isEmpty ? "Search" : "Search for “\(text)”", .none) {
                if text.isEmpty {
                    tag(
                        "p",
                        text:
                            "Search above for a queue id or Message-ID, an address, a domain, or a report's identifier."
                    )
                } else if found.isEmpty {
                    nothing("Nothing was found among messages, senders, reports and domains.")
                }
                if !found.domains.isEmpty {
                    card("Domains") {
                        tag("ul") {
                            for domain in found.domains { tag("li") { anchor(Link("/domains", [domain]), domain) } }
                        }
                    }
                }
                if !found.senders.isEmpty {
                    card("Messages from \(text) in the last 90 days") {
                        table("Who sends from this address", [Column("Domain"), Column("Sender"), .number("Messages")])
                        {
                            for sender in found.senders {
                                tag("tr") {
                                    heading("Domain") {
                                        anchor(Link("/domains", [sender.domain, "senders"]), sender.domain)
                                    }
                                    cell("Sender") { sender.via ?? "Nobody proves it" }
                                    number("Messages", sender.messages)
                                }
                            }
                        }
                    }
                }
                if !found.messages.isEmpty { card("Messages") { messageTable(found.messages, for: visit.access) } }
                if !found.reports.isEmpty { card("Reports") { reportTable(found.reports, "Reports") } }
            })
    }
}
