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
        /// Who sends from an address, or by a name, by domain.
        var senders: [(domain: String, via: String?, messages: Int)] = []
        /// Sources by the names of their hosts.
        var hosts: [NamedSource] = []
        var messages: [MessageEntry] = []
        /// Reports that were sent.
        var sent: [SentReport] = []
        /// The kinds of which there are more.
        var cut: Set<Kind> = []

        enum Kind { case domains, reports, senders, hosts, messages, sent }

        /// Limit: of each kind.
        static let countMax = 50

        /// No more than are shown, of one more that were asked for.
        mutating func few<Found>(_ all: [Found], _ kind: Kind) -> [Found] {
            if all.count > Self.countMax { cut.insert(kind) }
            return Array(all.prefix(Self.countMax))
        }

        var isEmpty: Bool {
            domains.isEmpty && reports.isEmpty && senders.isEmpty && hosts.isEmpty && messages.isEmpty && sent.isEmpty
        }
    }

    /// What is looked for where somebody writes the address of a page, a name with its last dot or in letters that DNS
    /// has not, or an address as it stands in a Received field (RFC 5321 §4.1.3).
    static func searched(_ text: String) -> String {
        var rest = text[...]
        for scheme in ["http://", "https://"] where rest.lowercased().hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        }
        if let address = address(rest) { return address.unmapped.text }
        if rest.hasSuffix("."), (try? DomainName(mailDomain: String(rest)))?.isHostName == true {
            rest = rest.dropLast()
        }
        // A word alone can be of the name of an organization.
        if rest.contains("."), !rest.allSatisfy(\.isASCII), let name = try? DomainName(mailDomain: String(rest)),
            name.isHostName
        {
            return name.text
        }
        return rest.isEmpty ? text : String(rest)
    }

    /// An address, perhaps in brackets.
    private static func address(_ text: Substring) -> IPAddress? {
        guard text.hasPrefix("["), text.hasSuffix("]"), text.count > 2 else { return IPAddress(String(text)) }
        let inner = text.dropFirst().dropLast()
        let tag = "ipv6:"
        return IPAddress(String(inner.lowercased().hasPrefix(tag) ? inner.dropFirst(tag.count) : inner))
    }

    /// Days up to now in which senders are looked for.
    private static let searchedDays = 90

    /// Looks for a message, an address, a report's identifier, or the name of a domain, a sender or a host.
    func search(_ words: String, _ visit: Visit) async throws -> Findings {
        let text = Self.searched(words)
        var found = Findings()
        // One more than is shown tells whether there are more.
        let count = Findings.countMax + 1
        found.messages = found.few(messages(visit, words: [text.lowercased()], count: count), .messages)
        if let source = sentSource(visit) {
            found.sent = found.few(try await source.sentReports(named: text, count: count), .sent)
        }
        guard let scope = scope(visit) else { return found }
        let domains = try await scope.domains()
        found.domains = found.few(domains.filter { $0.contains(text.lowercased()) }, .domains)
        found.reports = found.few(try await scope.reports(ReportQuery(search: text, count: count)), .reports)
        let period = ReportDays(Self.searchedDays, until: visit.now)
        let tallies: [String: [SourceTally]]
        if let address = IPAddress(text) {
            tallies = try await scope.tallies(at: address, of: domains, period)
        } else {
            tallies = try await scope.tallies(named: text, of: domains, period, count: count)
            let hosts = try await scope.hosts(named: text, of: domains, period, count: count)
            found.hosts = found.few(hosts.sorted { $0.sortKey < $1.sortKey }, .hosts)
        }
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
                            "Search above for a queue id or Message-ID, an address, a report's identifier, or the name "
                            + "of a domain, a sender or a host."
                    )
                } else if found.isEmpty {
                    nothing("Nothing was found among messages, senders, hosts, reports and domains.")
                }
                if !found.domains.isEmpty {
                    card("Domains") {
                        tag("ul") {
                            for domain in found.domains { tag("li") { anchor(Link("/domains", [domain]), domain) } }
                        }
                        more(.domains, found)
                    }
                }
                if !found.senders.isEmpty { senderCard(found, text) }
                if !found.hosts.isEmpty { hostCard(found) }
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
                if !found.sent.isEmpty {
                    card("Sent reports") {
                        sentTable(found.sent)
                        more(.sent, found)
                    }
                }
            })
    }

    /// The senders of a domain, for all days that were searched.
    private func sendersLink(_ domain: String) -> HTML {
        anchor(Link(Link("/domains", [domain, "senders"]), days: Self.searchedDays), domain)
    }

    private func senderCard(_ found: Findings, _ text: String) -> HTML {
        let isAddress = IPAddress(Self.searched(text)) != nil
        return card(
            isAddress
                ? "Messages from \(text) in the last \(Self.searchedDays) days"
                : "Senders"
        ) {
            table(
                isAddress ? "Who sends from this address" : "Senders",
                [Column("Domain"), Column("Sender"), .number("Messages")]
            ) {
                for sender in found.senders {
                    tag("tr") {
                        heading("Domain") { sendersLink(sender.domain) }
                        cell("Sender") { sender.via ?? "Nobody proves it" }
                        number("Messages", sender.messages)
                    }
                }
            }
            if !isAddress { searchedHint }
            more(.senders, found)
        }
    }

    /// How far back names are looked for.
    private var searchedHint: HTML {
        tag(
            "p", .classes("hint"),
            text: "Of the last \(Self.searchedDays) days; where many domains or names are looked through, of the last "
                + "28.")
    }

    private func hostCard(_ found: Findings) -> HTML {
        card("Hosts that sent") {
            table("Hosts", [Column("Address"), Column("Host"), Column("Domain")]) {
                for host in found.hosts {
                    let address = host.source.text ?? ""
                    tag("tr") {
                        heading("Address") { anchor(Link("/search", query: [("q", address)]), address) }
                        cell("Host") { hostName(host.host) }
                        cell("Domain") { sendersLink(host.domain) }
                    }
                }
            }
            searchedHint
            more(.hosts, found)
        }
    }

    private func more(_ kind: Findings.Kind, _ found: Findings) -> HTML {
        guard found.cut.contains(kind) else { return HTML() }
        return nothing("And more than these \(Findings.countMax): narrow the search.")
    }
}

extension NamedSource {
    /// By name, and then by domain and address.
    fileprivate var sortKey: (String, String, String) { (host.name ?? "", domain, source.text ?? "") }
}
