internal import MailNames
internal import MailReports
internal import PostsealReports
internal import Rendering
internal import TLSRPT

/// What a TLS report says. Its texts and lists have no limit of their own: a small file can unpack to millions of
/// characters.
extension Dashboard {
    /// Limit: policies, and servers of a policy, that are shown.
    private static let (policiesMax, serversMax) = (100, 50)
    /// Limit: characters of a policy, and of its servers' names, that are shown.
    private static let (policyMax, serverNamesMax) = (4096, 2000)

    func content(_ report: TLSReport, hasFile: Bool) -> HTML {
        // Of all policies together.
        var rows = Self.recordsMax
        var cards: [HTML] = []
        // A domain can have several: by DANE and by MTA-STS.
        var seen: [String: Int] = [:]
        for policy in report.policies.prefix(Self.policiesMax) {
            let domain = policy.domain?.text ?? "no domain"
            seen[domain, default: 0] += 1
            let number = seen[domain, default: 1]
            cards.append(
                content(policy, named: number > 1 ? "\(domain) (\(number))" : domain, rows: rows, hasFile: hasFile))
            rows -= min(policy.failures.count, rows)
        }
        return HTML(cards + [left(report.policies.count - Self.policiesMax, hasFile: hasFile)])
    }

    /// - Parameter name: as no other policy of the report is called.
    private func content(
        _ policy: TLSReportPolicy, named name: String, rows: Int, hasFile: Bool
    ) -> HTML {
        let servers = policy.mxHosts.shown(Self.serversMax, characters: Self.serverNamesMax)
        let lines = policy.strings.shown(policy.strings.count, characters: Self.policyMax, separator: "\n")
        return card("Policy of \(name)") {
            tag("dl", .classes("facts")) {
                fact("Type", policy.type.word.shortened(100))
                fact("MX", servers.left > 0 ? "\(servers.text) and \(servers.left.grouped) more" : servers.text)
                fact("Sessions that succeeded", policy.successfulSessions.grouped)
                fact("Sessions that failed", policy.failedSessions.grouped)
            }
            if !policy.failures.isEmpty {
                if rows > 0 { failureTable(policy.failures.prefix(rows), of: name) }
                left(policy.failures.count - rows, hasFile: hasFile)
            }
            if !policy.strings.isEmpty {
                written("Text of the policy of \(name)", lines.text)
                left(lines.left, hasFile: hasFile)
            }
        }
    }

    private func failureTable(_ failures: ArraySlice<TLSReportFailure>, of name: String) -> HTML {
        table(
            "TLS failures of \(name)",
            [Column("Kind"), .number("Sessions"), Column("MX"), Column("Server"), Column("Client"), Column("Reason")]
        ) {
            for failure in failures {
                tag("tr") {
                    heading("Kind") { failure.resultType.word.shortened(100) }
                    number("Sessions", failure.failedSessions)
                    cell("MX") { (failure.receivingMXHostname ?? "–").shortened(Self.nameMax) }
                    cell("Server") { (failure.receivingIP ?? "–").shortened(100) }
                    cell("Client") { (failure.sendingMTAIP ?? "–").shortened(100) }
                    cell("Reason") { (failure.failureReasonCode ?? "–").shortened(500) }
                }
            }
        }
    }
}
