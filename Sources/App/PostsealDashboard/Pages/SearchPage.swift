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
        /// The kinds of which there are more.
        var cut: Set<Kind> = []

        enum Kind { case domains, reports, senders, messages }

        /// Limit: of each kind.
        static let countMax = 50

        /// No more than are shown, of one more that were asked for.
        mutating func few<Found>(_ all: [Found], _ kind: Kind) -> [Found] {
            if all.count > Self.countMax { cut.insert(kind) }
            return Array(all.prefix(Self.countMax))
        }

        var isEmpty: Bool { domains.isEmpty && reports.isEmpty && senders.isEmpty && messages.isEmpty }
    }

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
        // One more than is shown tells whether there are more.
        let count = Findings.countMax + 1
        found.messages = found.few(messages(visit, words: [text.lowercased()], count: count), .messages)
        guard let scope = scope(visit) else { return found }
        let domains = try await scope.domains()
        found.domains = found.few(domains.filter { $0.contains(text.lowercased()) }, .domains)
        found.reports = found.few(try await scope.reports(ReportQuery(search: text, count: count)), .reports)
        guard let address = IPAddress(text) else { return found }
        let tallies = try await scope.tallies(at: address, of: domains, ReportDays(90, until: visit.now))
        let senders = tallies.flatMap { domain, tallies in tallies.map { (domain, $0.via, $0.messages) } }
            .sorted { ($1.2, $0.0, $0.1 ?? "") < ($0.2, $1.0, $1.1 ?? "") }
        found.senders = found.few(senders, .senders)
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
                        more(.domains, found)
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
                        more(.senders, found)
                    }
                }
                if !found.messages.isEmpty {
                    card("Messages") {
                        messageTable(found.messages, for: visit.access)
                        more(.messages, found)
                    }
                }
                if !found.reports.isEmpty {
                    card("Reports") {
                        reportTable(found.reports, "Reports")
                        more(.reports, found)
                    }
                }
            })
    }

    private func more(_ kind: Findings.Kind, _ found: Findings) -> HTML {
        guard found.cut.contains(kind) else { return HTML() }
        return nothing("And more than these \(Findings.countMax): narrow the search.")
    }
}
