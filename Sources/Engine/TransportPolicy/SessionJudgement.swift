public import Certificates
public import DANE
internal import MTASTS
public import MailBytes
internal import MailNames
public import TLSRPT
internal import Trace

/// Whether mail may go through a session, by what its server had to prove.
public struct SessionJudgement: Hashable, Sendable {
    /// Whether the session holds to everything that is enforced.
    public var mayDeliver: Bool
    /// Whether the server showed who it is, by DANE or by a certificate that MTA-STS asks for.
    public var isAuthenticated: Bool
    /// Whether the mail goes through TLS.
    public var isEncrypted: Bool
    /// How the records matched; nil where DANE was not asked for, or TLS did not come about.
    public var dane: DANEOutcome?
    /// How the certificate fared by MTA-STS; nil where that was not asked for, or TLS did not come about.
    public var certificate: ChainVerdict?
    /// One clause for a person, and for the reply to the sender.
    public var reason: String
    /// How the session went by each policy, for the domain's TLS report (RFC 8460 §4.2).
    public var policies: [TLSSessionPolicyOutcome]
}

/// Judges sessions with the servers of a plan. A pure function: the clock and the trust anchors are given.
public struct SessionJudge: Sendable {
    private let plan: TransportPlan
    private let anchors: TrustAnchors

    /// - Parameter anchors: for MTA-STS, which counts on public authorities.
    public init(plan: TransportPlan, anchors: TrustAnchors) {
        self.plan = plan
        self.anchors = anchors
    }

    /// The judgement on a session with one of the plan's servers.
    public func judge(_ facts: SessionFacts, with server: ServerPlan, at now: UnixTime) -> SessionJudgement {
        var judgement = SessionJudgement(
            mayDeliver: true, isAuthenticated: false, isEncrypted: false, reason: "", policies: [])
        if case .established(let chain, _, _) = facts.tls {
            judgement.isEncrypted = true
            established(chain, server, now, &judgement)
        }
        var objections: [String] = []
        if let dane = server.demand.dane {
            let failure = daneFailure(judgement, dane, facts)
            judgement.policies.append(outcome(tlsa(dane), failure, server, facts))
            if let failure { objections.append("DANE: \(failure.text)") }
        }
        if let sts = server.demand.sts {
            let failure = stsFailure(judgement, sts, facts)
            if let policy = stsPolicy() { judgement.policies.append(outcome(policy, failure, server, facts)) }
            if let failure, sts.isEnforced { objections.append("MTA-STS: \(failure.text)") }
            if failure == nil, sts.effect != .observed { judgement.isAuthenticated = true }
        }
        // RFC 8689 §4.2.1: by RFC 7672 where that applies, else by a certificate for the host.
        if server.demand.requiresProof, objections.isEmpty, judgement.dane?.isMatched != true {
            if judgement.certificate?.isTrusted == true {
                judgement.isAuthenticated = true
            } else {
                let why = tlsFailure(facts)?.text ?? judgement.certificate?.description ?? "nothing is proved"
                objections.append("REQUIRETLS: \(why)")
            }
        }
        if judgement.policies.isEmpty {
            let failure = judgement.isEncrypted ? nil : tlsFailure(facts)
            judgement.policies.append(
                outcome(TLSAppliedPolicy(type: .noPolicyFound), failure, server, facts))
        }
        if judgement.dane?.isMatched == true { judgement.isAuthenticated = true }
        judgement.mayDeliver = objections.isEmpty
        if !judgement.mayDeliver { judgement.isAuthenticated = false }
        judgement.reason = objections.isEmpty ? good(judgement, facts) : objections.joined(separator: "; ")
        // Nobody was held to a policy, so there is nothing to report about one.
        if plan.isWaived { judgement.policies = [] }
        return judgement
    }

    private func established(
        _ chain: PresentedChain?, _ server: ServerPlan, _ now: UnixTime, _ judgement: inout SessionJudgement
    ) {
        guard let chain else { return }
        if let dane = server.demand.dane, dane.level == .authenticated {
            judgement.dane = DANEVerifier().verify(
                chain, against: dane.records, references: dane.references, at: now, tracing: plan.trace.isEnabled)
        }
        if let sts = server.demand.sts {
            // RFC 8461 §4.2: a DNS-ID that is the MX host's name; the common name never counts.
            judgement.certificate = ChainCheck(anchors: anchors, references: [sts.host]).verdict(for: chain, at: now)
        } else if server.demand.requiresProof {
            // RFC 8689 §4.2.1: the DNS-ID or CN-ID is the name of the host.
            judgement.certificate = ChainCheck(anchors: anchors, references: [server.host], allowsCommonName: true)
                .verdict(for: chain, at: now)
        }
    }

    // MARK: What went wrong

    private struct Failure {
        var type: TLSRPTResultType
        var text: String
    }

    private func tlsFailure(_ facts: SessionFacts) -> Failure? {
        switch facts.tls {
        case .established(let chain, _, _):
            chain == nil ? Failure(type: .validationFailure, text: "the server presented no certificate") : nil
        case .notOffered: Failure(type: .startTLSNotSupported, text: "the server does not offer STARTTLS")
        case .refused(let reply): Failure(type: .startTLSNotSupported, text: "the server refused STARTTLS: \(reply)")
        case .failed(let why): Failure(type: .validationFailure, text: "the TLS handshake failed: \(why)")
        }
    }

    private func daneFailure(_ judgement: SessionJudgement, _ dane: DANEDemand, _ facts: SessionFacts) -> Failure? {
        guard judgement.isEncrypted else { return tlsFailure(facts) }
        // RFC 7672 §2.2: with nothing to hold the certificate against, TLS is enough.
        guard dane.level == .authenticated else { return nil }
        guard let outcome = judgement.dane else { return tlsFailure(facts) }
        guard let failure = outcome.failure else { return nil }
        return Failure(type: TLSRPTResultType(failure.reportType), text: outcome.reason)
    }

    private func stsFailure(_ judgement: SessionJudgement, _ sts: STSDemand, _ facts: SessionFacts) -> Failure? {
        if sts.pattern == nil {
            // RFC 8460 §4.3.1: there is no type of its own for a host that the policy does not name.
            return Failure(type: .validationFailure, text: "the policy does not name \(sts.host.text)")
        }
        guard judgement.isEncrypted else { return tlsFailure(facts) }
        guard let verdict = judgement.certificate else { return tlsFailure(facts) }
        guard let type = verdict.reportType else { return nil }
        return Failure(type: TLSRPTResultType(type), text: "\(verdict)")
    }

    // MARK: What is reported

    private func tlsa(_ dane: DANEDemand) -> TLSAppliedPolicy {
        TLSAppliedPolicy(
            type: .tlsa, strings: dane.records.records.map(\.text), domain: dane.references.names.first)
    }

    private func stsPolicy() -> TLSAppliedPolicy? {
        guard let policy = plan.sts.active?.policy else { return nil }
        return TLSAppliedPolicy(
            type: .sts, strings: policy.lines,
            mxHosts: policy.mxPatterns.map(\.text))
    }

    private func outcome(
        _ policy: TLSAppliedPolicy, _ failure: Failure?, _ server: ServerPlan, _ facts: SessionFacts
    ) -> TLSSessionPolicyOutcome {
        guard let failure else { return TLSSessionPolicyOutcome(policy: policy, isSuccess: true) }
        let detail = TLSSessionFailure(
            failure.type, sendingAddress: facts.localAddress, receivingHost: server.host.text,
            receivingHELO: facts.helo, receivingAddress: facts.remoteAddress, reasonCode: failure.text)
        return TLSSessionPolicyOutcome(policy: policy, isSuccess: false, failures: [detail])
    }

    private func good(_ judgement: SessionJudgement, _ facts: SessionFacts) -> String {
        guard case .established(_, let version, let cipher) = facts.tls else {
            return "no TLS, and nothing asks for it"
        }
        let how = cipher.map { "\(version), \($0)" } ?? version
        if let dane = judgement.dane, dane.isMatched { return "\(how); \(dane.reason)" }
        if judgement.isAuthenticated { return "\(how); certificate \(judgement.certificate?.description ?? "")" }
        return "\(how); the server's identity is not checked"
    }
}
