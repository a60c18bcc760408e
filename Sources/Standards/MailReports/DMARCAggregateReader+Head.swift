internal import MailBytes
internal import MailXML

extension DMARCAggregateReader {
    mutating func metadata(_ report: inout DMARCAggregateReport) throws(DMARCAggregateError) {
        var seen = DMARCElementSet()
        while let element = try child() {
            // RFC 9990 §3.1.1.4: one error; RFC 7489 appendix C: any number.
            if element == .error {
                let text = try freeText()
                if form == .rfc9990, !seen.insert(element) { bear(.repeatedElement) }
                if let text, report.errors.count < MailReportLimits.errorsMax { report.errors.append(text) }
                continue
            }
            guard try isFirst(element, &seen) else { continue }
            switch element {
            case .orgName: report.organizationName = try freeText() ?? ""
            case .email: report.email = try freeText()
            case .extraContactInfo: report.extraContactInfo = try freeText()
            case .reportID: report.reportID = try freeText() ?? ""
            case .dateRange: try dateRange(&report)
            case .generator:
                if form == .rfc7489 { bear(.mixedForms) }
                report.generator = try freeText()
            // Where `date_range` was forgotten.
            case .begin:
                bear(.misplacedElement)
                report.begin = try date()
            case .end:
                bear(.misplacedElement)
                report.end = try date()
            default: try misplaced()
            }
        }
        if report.organizationName.isEmpty { bear(.organizationMissing) }
        if report.email == nil { bear(.emailMissing) }
        if report.reportID.isEmpty { bear(.reportIDMissing) }
        if report.begin == nil || report.end == nil { bear(.dateMissing) }
        if let begin = report.begin, let end = report.end, end < begin { bear(.endBeforeBegin) }
    }

    private mutating func dateRange(_ report: inout DMARCAggregateReport) throws(DMARCAggregateError) {
        var seen = DMARCElementSet()
        while let element = try child() {
            guard try isFirst(element, &seen) else { continue }
            switch element {
            case .begin: report.begin = try date()
            case .end: report.end = try date()
            default: try misplaced()
            }
        }
    }

    mutating func policy() throws(DMARCAggregateError) -> DMARCReportedPolicy {
        var policy = DMARCReportedPolicy(domain: nil)
        var seen = DMARCElementSet()
        while let element = try child() {
            guard try isFirst(element, &seen) else { continue }
            switch element {
            case .domain: policy.domain = domain(try text())
            case .p: policy.policy = action(try text(), orElse: .badPolicy, isPolicy: true)
            case .sp: policy.subdomainPolicy = action(try text(), orElse: .badPolicy, isPolicy: true)
            case .adkim: policy.isDKIMStrict = try flag("s", "r", orElse: .badAlignment)
            case .aspf: policy.isSPFStrict = try flag("s", "r", orElse: .badAlignment)
            case .pct: policy.percentage = try percentage()
            case .fo: policy.failureOptions = try freeText()
            case .np, .testing, .discoveryMethod:
                if form == .rfc7489 { bear(.mixedForms) }
                try newer(element, &policy)
            default: try misplaced()
            }
        }
        if policy.domain == nil { bear(.policyDomainMissing) }
        if policy.policy == nil { bear(.policyActionMissing) }
        return policy
    }

    /// What RFC 9990 brought.
    private mutating func newer(
        _ element: DMARCElement, _ policy: inout DMARCReportedPolicy
    ) throws(DMARCAggregateError) {
        switch element {
        case .np: policy.nonexistentPolicy = action(try text(), orElse: .badPolicy, isPolicy: true)
        case .testing: policy.isTesting = try flag("y", "n", orElse: .badPolicyWord)
        default:
            policy.discoveryMethod = try freeText()?.lowercased()
            if let method = policy.discoveryMethod, method != "psl", method != "treewalk" { bear(.badPolicyWord) }
        }
    }

    private mutating func percentage() throws(DMARCAggregateError) -> Int? {
        if form == .rfc9990 { bear(.mixedForms) }
        guard let text = try freeText() else { return nil }
        guard let number = Int(text), (0...100).contains(number) else {
            bear(.badPercentage)
            return nil
        }
        return number
    }
}
