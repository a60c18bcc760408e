internal import ARC
internal import DKIM
internal import MailFormat
internal import MailNames

/// A sign that a message did not come straight from its author's servers.
///
/// RFC 9989 §7.4 forbids rejecting on `p=reject` alone, because mailing lists and forwarders break SPF and
/// DKIM of honest mail. Where none of these signs is there, such an honest explanation is missing.
public enum IndirectFlowSign: String, Hashable, Sendable, CaseIterable {
    /// List-Id, List-Post, Mailing-List or X-Mailing-List (RFC 2369, RFC 2919).
    case listFields = "list-fields"
    /// Resent-From or Resent-Sender: RFC 5322 §3.6.6.
    case resentFields = "resent-fields"
    /// ARC sets, whatever their verdict (RFC 8617).
    case arcSets = "arc-sets"
    /// A signature of the author's own domain, or one below or above it, that no longer verifies.
    case brokenAuthorSignature = "broken-author-signature"
    /// A signature of some other domain that verifies.
    case otherSignature = "other-signature"

    static func signs(
        header: HeaderSection, authors: [DomainName], dkim: DKIMOutcomes, arc: ARCOutcome
    ) -> [IndirectFlowSign] {
        var signs: [IndirectFlowSign] = []
        if contains(header, ["List-Id", "List-Post", "Mailing-List", "X-Mailing-List"]) { signs.append(.listFields) }
        if contains(header, ["Resent-From", "Resent-Sender"]) { signs.append(.resentFields) }
        if arc.result != .none { signs.append(.arcSets) }
        for outcome in dkim.outcomes {
            guard let domain = outcome.domain else { continue }
            let isAuthors = authors.contains { $0.isEqualOrSubdomain(of: domain) || domain.isEqualOrSubdomain(of: $0) }
            // Only a signature over another text tells of a change on the way; an unknown key tells nothing.
            if isAuthors, outcome.result == .fail { signs.append(.brokenAuthorSignature) }
            if !isAuthors, outcome.result == .pass { signs.append(.otherSignature) }
        }
        return allCases.filter(signs.contains)
    }

    private static func contains(_ header: HeaderSection, _ names: [String]) -> Bool {
        names.contains { !header.positions(named: $0).isEmpty }
    }
}
