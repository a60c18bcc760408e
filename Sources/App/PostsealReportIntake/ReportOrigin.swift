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
    /// It came in a mail that proves to be this domain's; whether by a signature.
    case verified(DomainName, isSigned: Bool)
    /// It was posted over HTTP, where nobody proves who he is (RFC 8460 §3).
    case posted
    /// It came in a mail that proves nothing.
    case unverified

    /// Whether reports of these kinds, out of one file or mail, are counted.
    func counts(_ kinds: Set<String>) -> Bool {
        switch self {
        case .administrator: true
        // RFC 8460 §3: reports by mail have a signature of the reporting domain, or are ignored.
        case .verified(_, let isSigned): isSigned || !kinds.contains(Self.tlsReport)
        // TLS reports that are posted have no way of proving anything.
        case .posted: kinds == [Self.tlsReport]
        case .unverified: false
        }
    }

    private static let tlsReport = "tlsrpt"

    /// What the checks found out about the mail.
    public init(_ findings: Findings) {
        guard let author = findings.authorDomain else {
            self = .unverified
            return
        }
        let isSigned = findings.dkim.outcomes.contains { $0.result == .pass && $0.domain == author }
        switch findings.dmarc?.result {
        case .pass: self = .verified(author, isSigned: isSigned || findings.dmarc?.dkimAligned == true)
        // A reporter need not have a DMARC record: then the proof is what would pass under a strict one.
        case nil, .some(.none), .permerror: self = isSigned ? .verified(author, isSigned: true) : .unverified
        // Where DNS did not say whether there is a record, nothing is proven.
        case .fail, .temperror: self = .unverified
        }
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
            guard let author = result.text(.header, "from").flatMap({ try? DomainName($0) }) else {
                self = .unverified
                return
            }
            let signers = field.results(of: "dkim").filter { $0.result == "pass" }
                .compactMap { $0.text(.header, "d").flatMap { try? DomainName($0) } }
            switch result.result {
            // It may be a signature of a domain above or below that is aligned.
            case "pass":
                let isSigned = signers.contains {
                    $0.isEqualOrSubdomain(of: author) || author.isEqualOrSubdomain(of: $0)
                }
                self = .verified(author, isSigned: isSigned)
            // Without a DMARC record, the proof is what would pass under a strict one.
            case "none": self = signers.contains(author) ? .verified(author, isSigned: true) : .unverified
            default: self = .unverified
            }
            return
        }
        return nil
    }
}
