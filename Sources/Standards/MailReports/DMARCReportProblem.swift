internal import MailBytes
internal import MailNames

/// Why a report is not written: something in it that RFC 9990 does not allow.
public struct DMARCReportProblem: Hashable, Sendable, CustomStringConvertible {
    /// Where: names of elements, and the position of the record, from 1.
    public var path: String
    /// What is wrong, as a clause.
    public var problem: String

    public var description: String { "\(path): \(problem)" }
}

/// All that keeps a report from being written.
public struct DMARCReportProblems: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is at least one.
    public var problems: [DMARCReportProblem]

    public var description: String { problems.map(\.description).joined(separator: "; ") }
}

extension DMARCAggregateReport {
    /// What keeps the report from being written in the form of RFC 9990; empty where nothing does. At most 100 are
    /// listed.
    public var problems: [DMARCReportProblem] {
        var check = DMARCReportCheck()
        check.metadata(self)
        check.policy(policy)
        if records.isEmpty { check.add("record", "there is none") }
        for (index, record) in records.enumerated() where check.problems.count < Self.problemsMax {
            check.record(record, "record \(index + 1)")
        }
        return Array(check.problems.prefix(Self.problemsMax))
    }

    private static let problemsMax = 100
}

/// Compares a report with the schema of RFC 9990 appendix A, and with what its text asks for.
private struct DMARCReportCheck {
    private(set) var problems: [DMARCReportProblem] = []

    mutating func add(_ path: String, _ problem: String) {
        problems.append(DMARCReportProblem(path: path, problem: problem))
    }

    mutating func metadata(_ report: DMARCAggregateReport) {
        if report.organizationName.isEmpty { add("org_name", "is empty") }
        if report.email?.contains("@") != true { add("email", "is no address") }
        if !Self.isReportID(report.reportID) {
            add("report_id", "is no message identifier without brackets, nor the left part of one")
        }
        if report.errors.count > 1 { add("error", "there are several") }
        guard let begin = report.begin, let end = report.end else {
            add("date_range", "is not complete")
            return
        }
        if begin.seconds < 0 || end <= begin { add("date_range", "does not end after it begins") }
    }

    /// RFC 9990 §3.2.3: it stands in the subject, and is of two parts at most, as a message identifier.
    private static func isReportID(_ id: String) -> Bool {
        let parts = id.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count <= 2, id.utf8.count <= 255 else { return false }
        return parts.allSatisfy { part in
            part.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { atom in
                !atom.isEmpty && atom.utf8.allSatisfy(\.isAtext)
            }
        }
    }

    mutating func policy(_ policy: DMARCReportedPolicy) {
        domain(policy.domain, "policy_published/domain")
        if policy.policy == nil { add("policy_published/p", "is missing") }
        let actions = [("p", policy.policy), ("sp", policy.subdomainPolicy), ("np", policy.nonexistentPolicy)]
        for (name, action) in actions {
            switch action {
            case .pass?, .other?: add("policy_published/\(name)", "is no policy")
            default: break
            }
        }
        if policy.percentage != nil { add("policy_published", "'pct' is no more") }
        if let method = policy.discoveryMethod, method != "psl", method != "treewalk" {
            add("policy_published/discovery_method", "is neither 'psl' nor 'treewalk'")
        }
    }

    mutating func record(_ record: DMARCReportRecord, _ path: String) {
        if case .address = record.source {} else { add("\(path)/row/source_ip", "is no address") }
        if record.count < 1 { add("\(path)/row/count", "is below 1") }
        switch record.disposition {
        case nil, .other?: add("\(path)/row/policy_evaluated/disposition", "is none of the four")
        default: break
        }
        if record.dkimAligned == nil || record.spfAligned == nil {
            add("\(path)/row/policy_evaluated", "a result is missing")
        }
        for reason in record.reasons {
            switch reason.type {
            case .forwarded, .sampledOut, .unknown: add("\(path)/row/policy_evaluated/reason", "is none of the five")
            default: break
            }
        }
        domain(record.headerFrom, "\(path)/identifiers/header_from")
        if let from = record.envelopeFrom, !from.isEmpty { domain(from, "\(path)/identifiers/envelope_from") }
        if let to = record.envelopeTo { domain(to, "\(path)/identifiers/envelope_to") }
        // RFC 9990 §3.1.4.
        if record.dkim.count > 100 { add("\(path)/auth_results/dkim", "there are more than 100") }
        for signature in record.dkim { self.signature(signature, "\(path)/auth_results/dkim") }
        if record.spf.count > 1 { add("\(path)/auth_results/spf", "there are several") }
        for spf in record.spf { self.spf(spf, "\(path)/auth_results/spf") }
    }

    private mutating func signature(_ signature: DMARCReportedSignature, _ path: String) {
        domain(signature.domain, "\(path)/domain")
        if signature.selector?.isEmpty ?? true { add("\(path)/selector", "is missing") }
        switch signature.result {
        case .softfail, .other: add("\(path)/result", "is no result of DKIM")
        default: break
        }
    }

    private mutating func spf(_ spf: DMARCReportedSPF, _ path: String) {
        domain(spf.domain, "\(path)/domain")
        if let scope = spf.scope, scope != .mailFrom { add("\(path)/scope", "is not 'mfrom'") }
        if case .other = spf.result { add("\(path)/result", "is no result of SPF") }
    }

    private mutating func domain(_ text: String?, _ path: String) {
        guard let text, !text.isEmpty else {
            add(path, "is missing")
            return
        }
        if DomainName(reported: text)?.text != text { add(path, "is no domain in small letters and A-labels") }
    }
}
