internal import DKIM
internal import MTASTS
internal import MailNames
internal import PostsealEngine
internal import PostsealObservability
internal import Sockets
internal import UnboundResolver

extension DaemonConfiguration {
    /// What the configuration comes to, in a few lines: a word and what it is.
    public var summary: [(name: String, text: String)] {
        let policy = guardSettings.policy
        var lines: [(name: String, text: String)] = [
            ("name", guardSettings.authservID),
            ("milter", Self.text(milter.listeners)),
            ("http", Self.text(http.listeners)),
            ("proxy", proxy.summary),
            ("tls policy", transport.summary),
            ("tls reports", transport.reports.contact.map { "by \($0), kept in \(transport.reports.folder)" } ?? "off"),
            ("mta-sts host", policyHosting.summary),
            ("dashboard", dashboard.summary),
            ("reports", reports.summary),
            (
                "reporting",
                reports.sending.contact.flatMap { contact in
                    reports.sending.server.map { "by \(contact), through \($0)" }
                } ?? "off"
            ),
            ("dns", dns.summary),
            (
                "incoming",
                "p=reject \(policy.onRejectRequest.rawValue), p=quarantine \(policy.onQuarantineRequest.rawValue), "
                    + "p=none \(policy.onMonitoring.rawValue), spf fail \(policy.onSPFFail.rawValue)"
            ),
        ]
        if policy.isDryRun { lines.append(("", "dry run: everything is delivered, and only marked")) }
        let rules = guardSettings.signing.map { rule in
            "\(rule.pattern.configurationText) (\(rule.keys.map(\.selector.text).joined(separator: ", ")))"
        }
        lines.append(("signing", rules.isEmpty ? "nothing" : rules.joined(separator: ", ")))
        if !guardSettings.sealing.isEmpty {
            let seals = guardSettings.sealing.map { "\($0.key.domain.text) (\($0.key.selector.text))" }
            lines.append(("sealing", seals.joined(separator: ", ")))
        }
        lines.append(("log", "\(log.level.rawValue), \(log.format.rawValue)"))
        return lines
    }

    private static func text(_ listeners: [ListenSocket]) -> String {
        listeners.isEmpty ? "off" : listeners.map(\.address.description).joined(separator: ", ")
    }
}

extension ProxySettings {
    fileprivate var summary: String {
        guard isUsed else { return "off" }
        return listeners.map(\.address.description).joined(separator: ", ") + " to \(server)"
            + (speaksLMTP ? " by LMTP" : "") + (identity == nil ? "; no TLS" : "; STARTTLS")
    }
}

extension ReportSettings {
    fileprivate var summary: String {
        guard isUsed else { return "off" }
        let ways =
            addresses.map { "mail to \($0.configurationText)" } + folders + lmtpListeners.map(\.address.description)
            + (takesPosts ? ["posts"] : [])
        return ways.joined(separator: ", ") + "; kept in \(store)"
    }
}

extension PolicyHostingSettings {
    fileprivate var summary: String {
        guard !listeners.isEmpty else { return "off" }
        let policies = domains.map { "\($0.domain.text) (\($0.policy.mode.rawValue))" }
        return listeners.map(\.address.description).joined(separator: ", ") + "; " + policies.joined(separator: ", ")
    }
}

extension TransportSettings {
    fileprivate var summary: String {
        guard isUsed else { return "off" }
        let methods = [usesDANE ? "DANE" : nil, usesMTASTS ? "MTA-STS" : nil].compactMap(\.self)
        return (socketmapListeners + relay.listeners).map(\.address.description).joined(separator: ", ")
            + "; " + (methods.isEmpty ? "nothing is demanded" : methods.joined(separator: " and "))
    }
}

extension DNSSettings {
    fileprivate var summary: String {
        switch source {
        case .recorded: return "a recorded file alone"
        case .live(let live):
            let servers =
                live.servers.isEmpty
                ? "the servers of \(live.systemServersFile ?? "the root")"
                : live.servers.map(\.description).joined(separator: ", ")
            return "\(servers); DNSSEC validation \(live.validation.rawValue)"
        }
    }
}

extension DashboardSettings {
    fileprivate var summary: String {
        guard isUsed else { return "off" }
        return listeners.map(\.address.description).joined(separator: ", ") + (usesTLS ? "; TLS" : "; no TLS")
            + "; accounts in \(accounts)"
    }
}
