internal import DKIM
internal import DMARC
public import MailBytes
internal import MailNames
internal import MailReports
public import PostsealEngine
internal import SPF
internal import TLSRPT

extension CountedVerdict {
    /// What a report says of a message; nil where none is to say anything: nobody asks for reports, DMARC came to no
    /// result, the client is not known, or the message was put off and comes again.
    ///
    /// - Parameter recipients: whose domain is told, where they are all of one; empty to keep it back.
    public init?(
        _ findings: Findings, _ decision: Decision, policy local: DecisionPolicy, envelope: MailEnvelope,
        recipients: [[UInt8]] = [], at time: UnixTime
    ) {
        guard let dmarc = findings.dmarc, let domain = dmarc.policyDomain?.reported, let published = dmarc.record,
            !published.aggregateReports.isEmpty, dmarc.result != .none, dmarc.result != .permerror,
            let headerFrom = dmarc.domain.reported, let address = findings.clientAddress?.unmapped,
            decision.disposition != .tempfail
        else { return nil }
        let record = DMARCReportRecord(
            source: .address(address), count: 0, disposition: Self.disposition(dmarc, decision),
            dkimAligned: dmarc.dkimAligned, spfAligned: dmarc.spfAligned,
            reasons: local.overrides(of: findings, by: decision).map(DMARCReportReason.init), headerFrom: headerFrom,
            envelopeFrom: Self.envelopeFrom(envelope.mailFrom), envelopeTo: Self.domain(of: recipients),
            dkim: Self.signatures(findings.dkim, dmarc), spf: Self.spf(findings.spf))
        self.init(
            day: TLSReportDay(containing: time), domain: domain,
            policy: DMARCReportedPolicy(published, domain: domain), record: record)
    }

    /// What was done because of the policy: a message that passes may have been refused for something else.
    private static func disposition(_ dmarc: DMARCOutcome, _ decision: Decision) -> DMARCReportedAction {
        // RFC 9990 appendix A: `pass` is for policies that are in force.
        if dmarc.result == .pass { return dmarc.policy ?? DMARCPolicy.none == DMARCPolicy.none ? .none : .pass }
        return switch decision.disposition {
        case .accept, .tempfail: .none
        case .quarantine: .quarantine
        case .reject: .reject
        }
    }

    /// RFC 9990 §3.1.1.10: empty for the null path, and nothing where it is not known or has no domain.
    private static func envelopeFrom(_ mailFrom: [UInt8]?) -> String? {
        guard let mailFrom else { return nil }
        return mailFrom.isEmpty ? "" : domain(of: mailFrom)
    }

    private static func domain(of address: [UInt8]) -> String? {
        guard let at = address.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        return (try? DomainName(mailDomain: address[(at + 1)...]))?.reported
    }

    private static func domain(of recipients: [[UInt8]]) -> String? {
        let domains = Set(recipients.map(domain(of:)))
        return domains.count == 1 ? domains.first ?? nil : nil
    }

    /// Limit: signatures that are told of (RFC 9990 §3.1.4). How many are verified is a setting, and ten unless it is
    /// made.
    static let signaturesMax = 100

    /// RFC 9990 §3.1.4: those that pass first, and of these the aligned ones.
    private static func signatures(_ found: DKIMOutcomes, _ dmarc: DMARCOutcome) -> [DMARCReportedSignature] {
        func rank(_ outcome: DKIMOutcome) -> Int {
            guard outcome.result == .pass else { return 3 }
            if outcome.domain == dmarc.domain { return 0 }
            return outcome.domain == dmarc.dkimAlignedDomain ? 1 : 2
        }
        let sorted = found.outcomes.enumerated().sorted {
            (rank($0.element), $0.offset) < (rank($1.element), $1.offset)
        }
        return sorted.compactMap { _, outcome in
            guard let domain = outcome.domain?.reported, let selector = outcome.selector?.text, !selector.isEmpty else {
                return nil
            }
            return DMARCReportedSignature(
                domain: domain, selector: selector, result: DMARCReportedResult(outcome.result))
        }.prefix(signaturesMax).map { $0 }
    }

    /// RFC 9990 §3.1.1.13: of the return path alone. With the null path it is the name in HELO that was checked in its
    /// place (RFC 7208 §2.4), and that is the domain of the return path then.
    private static func spf(_ outcome: SPFOutcome?) -> [DMARCReportedSPF] {
        guard let outcome, let domain = outcome.domain?.reported else { return [] }
        return [DMARCReportedSPF(domain: domain, scope: .mailFrom, result: DMARCReportedResult(outcome.result))]
    }
}

extension DomainName {
    /// The name as reports have it; nil where a reader would take it for another, or for none.
    fileprivate var reported: String? {
        let text = text
        return DomainName(reported: text)?.text == text ? text : nil
    }
}

extension DMARCReportedPolicy {
    /// The policy as a record publishes it, with the defaults of what it leaves out (RFC 9990 §3.1.1.6).
    init(_ record: DMARCRecord, domain: String) {
        func action(_ policy: DMARCPolicy?) -> DMARCReportedAction? { policy.map(DMARCReportedAction.init) }
        self.init(
            domain: domain,
            // RFC 9989 §4.10.1: one that is not there, or is no policy, counts as none.
            policy: record.hasBadPolicyTag ? DMARCReportedAction.none : action(record.policy ?? DMARCPolicy.none),
            subdomainPolicy: action(record.subdomainPolicy), nonexistentPolicy: action(record.nonexistentPolicy),
            isDKIMStrict: record.dkimAlignment == .strict, isSPFStrict: record.spfAlignment == .strict,
            failureOptions: record.failureReports.isEmpty ? nil : record.failureOptions.reported,
            isTesting: record.isTesting, discoveryMethod: "treewalk")
    }
}

extension DMARCFailureOptions {
    /// The value of the tag `fo`.
    fileprivate var reported: String {
        let all: [(DMARCFailureOptions, String)] = [(.allFail, "0"), (.anyFails, "1"), (.dkim, "d"), (.spf, "s")]
        return all.filter { contains($0.0) }.map(\.1).joined(separator: ":")
    }
}

extension DMARCReportedAction {
    init(_ policy: DMARCPolicy) {
        switch policy {
        case .none: self = .none
        case .quarantine: self = .quarantine
        case .reject: self = .reject
        }
    }
}

extension DMARCReportReason {
    fileprivate init(_ reason: PolicyOverride) {
        let type: DMARCReasonType =
            switch reason.kind {
            case .localPolicy: .localPolicy
            case .mailingList: .mailingList
            case .testMode: .policyTestMode
            case .trustedForwarder: .trustedForwarder
            }
        self.init(type: type, comment: reason.comment)
    }
}

extension DMARCReportedResult {
    fileprivate init(_ result: SPFResult) {
        switch result {
        case .none: self = .none
        case .neutral: self = .neutral
        case .pass: self = .pass
        case .fail: self = .fail
        case .softfail: self = .softfail
        case .temperror: self = .temperror
        case .permerror: self = .permerror
        }
    }

    fileprivate init(_ result: DKIMResult) {
        switch result {
        case .none: self = .none
        case .pass: self = .pass
        case .fail: self = .fail
        case .policy: self = .policy
        case .neutral: self = .neutral
        case .temperror: self = .temperror
        case .permerror: self = .permerror
        }
    }
}
