internal import MTASTS
internal import MailNames
internal import Socketmap
internal import TLSRPT
internal import TransportPolicy

/// A plan in the words of Postfix's `smtp_tls_policy_maps` (postconf(5), TLS_README).
///
/// Postfix finds the servers itself and connects to them; it is told which level to hold them to. `dane` and
/// `dane-only` have it look at TLSA records itself, by a resolver of its own.
struct PolicyReply {
    private let plan: TransportPlan
    /// Whether Postfix knows the attributes for TLS reports: from version 3.10 on; an older one refuses them.
    private let hasReportAttributes: Bool

    init(_ plan: TransportPlan, hasReportAttributes: Bool) {
        self.plan = plan
        self.hasReportAttributes = hasReportAttributes
    }

    /// What to answer. Where nothing is to be demanded the answer is "not found", so that the administrator's own
    /// default counts.
    var reply: SocketmapReply {
        switch plan.dead {
        case .later(let why): return .temporary(why)
        // Postfix finds out by itself, and says it in its own words.
        case .never: return .notFound
        case nil: break
        }
        let open = plan.servers.filter { $0.obstacle == nil }
        // With proof from the domain down to a certificate, DANE decides; see ``TransportPlanner``.
        if open.contains(where: { isAuthenticated($0) && $0.demand.dane?.isRouteProved == true }) { return dane }
        if isEnforced { return secure(open) }
        if open.contains(where: { $0.demand.dane != nil }) { return .found(Array("dane".utf8)) }
        return .notFound
    }

    /// Whether an MTA-STS policy is in force that mail has to keep to.
    private var isEnforced: Bool { plan.sts.active?.policy.mode == .enforce }

    private func isAuthenticated(_ server: ServerPlan) -> Bool {
        if case .authenticated = server.demand.dane?.level { return true }
        return false
    }

    /// RFC 7672 §2.2: of several servers each is held to what it has. `dane` does that; where all have records that
    /// can be used, `dane-only` does not even fall back where Postfix's own resolver can't prove them.
    ///
    /// With a policy in force, or where nobody can tell whether there is one, it is `dane-only` as well: `dane` would
    /// let mail go to a server without records whoever it is, and the policy forbids that (RFC 8461 §5). Postfix has no
    /// word for "this server by DANE, that one by MTA-STS", so those without records get nothing.
    private var dane: SocketmapReply {
        let areAllProved = plan.servers.allSatisfy { isAuthenticated($0) || $0.obstacle == .noAddress }
        let isUnknown = plan.servers.contains { $0.obstacle == .policyUnknown }
        return .found(Array((areAllProved || isEnforced || isUnknown ? "dane-only" : "dane").utf8))
    }

    /// RFC 8461 §4.1: the certificate must be for the server. `match` has the servers that the policy names, not its
    /// patterns: `.example.org` would let any depth of labels pass, and the name of any other host.
    private func secure(_ open: [ServerPlan]) -> SocketmapReply {
        let hosts = open.filter { $0.demand.sts?.pattern != nil }.map(\.host.text)
        guard !hosts.isEmpty else { return .temporary("the MTA-STS policy names none of the domain's servers") }
        var words = ["secure", "match=\(hosts.joined(separator: ":"))", "servername=hostname"]
        if hasReportAttributes { words += reportAttributes }
        return .found(Array(words.joined(separator: " ").utf8))
    }

    /// TLSRPT_README: what Postfix passes on to who counts for reports.
    private var reportAttributes: [String] {
        guard let active = plan.sts.active else { return [] }
        var words = ["policy_type=\(TLSRPTPolicyType.sts.word)"]
        if case .domain(let domain) = plan.destination { words.append("policy_domain=\(domain.text)") }
        words += active.policy.lines.map { "{ policy_string = \($0) }" }
        words += active.policy.mxPatterns.map { "mx_host_pattern=\($0.text)" }
        if let failure = plan.sts.entry?.failure { words.append("policy_failure=\(failure.kind.rawValue)") }
        return words
    }
}
