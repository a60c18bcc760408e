internal import AuthenticationResults
internal import DKIM
internal import DMARC
public import MailFormat
public import MailNames
public import PostsealEngine

/// Who vouches for what a report says: anybody can write one.
public enum ReportOrigin: Hashable, Sendable {
    /// An administrator laid it where it was found.
    case administrator
    /// It came in a mail that proves to be this domain's.
    case verified(DomainName)
    /// It was posted over HTTP, where nobody proves who he is (RFC 8460 §3).
    case posted
    /// It came in a mail that proves nothing.
    case unverified

    /// Whether DMARC reports of this origin are counted. TLS reports that are posted are counted as well: they have no
    /// other way of proving anything.
    var isBelieved: Bool {
        switch self {
        case .administrator, .verified: true
        case .posted, .unverified: false
        }
    }

    /// What the checks found out about the mail.
    public init(_ findings: Findings) {
        guard let author = findings.authorDomain else {
            self = .unverified
            return
        }
        // A reporter need not have a DMARC record: then the proof is what would pass under a strict one.
        let signed = findings.dkim.outcomes.contains { $0.result == .pass && $0.domain == author }
        let isProven = findings.dmarc?.result == .pass || (findings.dmarc?.record == nil && signed)
        self = isProven ? .verified(author) : .unverified
    }

    /// What a receiver that we trust found out, by its Authentication-Results; nil where none says anything of DMARC.
    ///
    /// - Parameter receivers: their names (authserv-id). They have to remove forged fields from what comes in.
    public init?(_ message: MailMessage, trusting receivers: [String]) {
        let header = message.header
        for position in header.positions(named: AuthenticationResultsField.fieldName) {
            guard
                let field = try? AuthenticationResultsField(
                    parsing: header.cursor(of: header.fields[position]), .tolerant),
                receivers.contains(where: field.isWritten(by:))
            else { continue }
            // The topmost is the receiver's own; what is below may be a forgery that a change of names let through.
            guard let result = field.results(of: "dmarc").first else { return nil }
            let author = result.text(.header, "from").flatMap { try? DomainName($0) }
            self = result.result == "pass" ? author.map { .verified($0) } ?? .unverified : .unverified
            return
        }
        return nil
    }
}
