internal import AuthenticationResults
public import MailFormat
internal import MailNames

extension ReportOrigin {
    /// What a receiver that we trust found out, by its Authentication-Results; nil where these leave open whose the
    /// mail is.
    ///
    /// - Parameter receivers: their names (authserv-id). They have to remove forged fields from what comes in.
    public init?(_ message: MailMessage, trusting receivers: [String]) {
        guard let results = ReceiverResults(message.header, trusting: receivers), let result = results.dmarc.first,
            // Of several authors: whose the mail is has to be one answer.
            results.dmarc.allSatisfy({
                $0.result == result.result && $0.value(.header, "from") == result.value(.header, "from")
            })
        else { return nil }
        let author = result.text(.header, "from").flatMap { try? DomainName($0) }
        switch result.result {
        case "pass":
            guard let author else {
                self = .unverified
                return
            }
            self = .verified(author, isSigned: results.signers.contains { $0.isAboveOrBelow(author) })
        // Without a DMARC record that can be applied, the proof is what would pass under a strict one.
        case "none", "permerror":
            guard let author, results.signers.contains(author) else { return nil }
            self = .verified(author, isSigned: true)
        case "fail": self = .unverified
        // DNS did not answer there, or it is a word of their own.
        default: return nil
        }
    }
}

/// What the receiver that handed a mail in wrote on top of it.
///
/// A receiver removes the fields in what it takes in that claim to be its own, and no others (RFC 8601 §5). So only
/// the topmost field shows who was last, and only those of the same name that follow it are its own as well. What is
/// below somebody else's field, below one that can't be read, or below where the mail came in, may be a forgery
/// (RFC 8601 §7.1).
private struct ReceiverResults {
    /// What the topmost field says of DMARC.
    let dmarc: [MethodResult]
    /// What all fields in the row say of signatures: programs of one receiver write a field each.
    private let dkim: [MethodResult]

    /// Nil where the topmost field is not theirs.
    init?(_ header: HeaderSection, trusting receivers: [String]) {
        func field(_ position: Int) -> AuthenticationResultsField? {
            try? AuthenticationResultsField(parsing: header.cursor(of: header.fields[position]), .tolerant)
        }
        let positions = header.positions(named: AuthenticationResultsField.fieldName)
        guard let top = positions.first, let first = field(top),
            let receiver = receivers.first(where: first.isWritten(by:))
        else { return nil }
        let hop = header.positions(named: "Received").first { $0 > top } ?? header.fields.count
        var dkim = first.results(of: "dkim")
        for position in positions.prefix(AuthenticationResultsLimits.fieldsReadMax).dropFirst() {
            guard position < hop, let next = field(position), next.isWritten(by: receiver) else { break }
            dkim += next.results(of: "dkim")
        }
        dmarc = first.results(of: "dmarc")
        self.dkim = dkim
    }

    /// The domains whose signatures pass.
    var signers: [DomainName] { dkim.filter { $0.result == "pass" }.compactMap(Self.signer) }

    private static func signer(_ result: MethodResult) -> DomainName? {
        if let domain = result.text(.header, "d") { return try? DomainName(domain) }
        // RFC 6376 §3.5: the domain of i= is that of d=, or below it. Some receivers name it alone.
        guard let identity = result.text(.header, "i"), let at = identity.lastIndex(of: "@") else { return nil }
        return try? DomainName(String(identity[identity.index(after: at)...]))
    }
}
