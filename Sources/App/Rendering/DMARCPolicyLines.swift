public import DMARC
internal import MailNames

extension DMARCOutcome {
    /// What the domain asks for, for a person: a line each. None where no record applies.
    public var policyLines: [String] {
        guard let policyDomain else { return [] }
        var lines: [String] = []
        if let policy, let policyTag {
            lines.append(
                "  policy   \(policy.rawValue), by tag \(policyTag.rawValue) of the record of \(policyDomain.text)")
        } else {
            lines.append("  policy   not known, from the record of \(policyDomain.text)")
        }
        if let applied { lines.append("  asks     \(applied.rawValue)\(whyAsked)") }
        if let organizationalDomain { lines.append("  org      organizational domain \(organizationalDomain.text)") }
        return lines
    }

    private var whyAsked: String {
        switch result {
        case .pass: ", because the message passes"
        case _ where isTesting && applied != policy: ", one level less, because the owner is testing (t=y)"
        default: " for this message"
        }
    }
}
