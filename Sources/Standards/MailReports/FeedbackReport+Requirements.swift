internal import MailBytes
internal import MailFormat
internal import MailNames

extension FeedbackReport {
    /// Adds what is missing or wrong in the report of a failure of authentication.
    func addFailureQuirks(to quirks: inout Set<FeedbackQuirk>) {
        if let failure = authFailure {
            if !Self.authFailures.contains(failure) { quirks.insert(.unknownAuthFailure) }
        } else {
            quirks.insert(.authFailureMissing)
        }
        if let result = deliveryResult, !Self.deliveryResults.contains(result) {
            quirks.insert(.unknownDeliveryResult)
        }
        if value("Authentication-Results") == nil { quirks.insert(.resultsMissing) }
        // RFC 6591 §3.1: where there is one, and every failure is of some domain.
        if value("Reported-Domain") == nil { quirks.insert(.reportedDomainMissing) }
        addMethodQuirks(to: &quirks)
        if let value = value("Identity-Alignment") {
            let words = FeedbackText.withoutComments(value).lowercased().split(separator: ",").map { word in
                String(lossy: Array(word.utf8)[...].trimmingWhitespace)
            }
            let isList = !words.isEmpty && words.allSatisfy { $0 == "dkim" || $0 == "spf" }
            if words != ["none"], !isList || Set(words).count < words.count { quirks.insert(.badIdentityAlignment) }
        } else if authFailure == "dmarc" {
            quirks.insert(.identityAlignmentMissing)
        }
    }
    /// Fields that a method's failure requires.
    private func addMethodQuirks(to quirks: inout Set<FeedbackQuirk>) {
        let missing = signatureFields.filter { value($0) == nil }.count
        switch authFailure {
        case "bodyhash", "revoked", "signature":
            // RFC 6591 §3.2.3, §3.3.
            if missing > 0 { quirks.insert(.signatureFieldMissing) }
        case "dmarc":
            // RFC 9991 §4: of a signature that would have been aligned. Without one there are no fields.
            if missing > 0, missing < signatureFields.count { quirks.insert(.signatureFieldMissing) }
        case "adsp":
            // RFC 6591 §3.2.5, §3.3.
            if value("DKIM-ADSP-DNS") == nil { quirks.insert(.adspRecordMissing) }
        case "spf":
            // RFC 6591 §3.2.6: every record that was used, so none for `none` and `temperror`.
            let results = values("Authentication-Results").joined(separator: ";").lowercased()
            let hadRecord = ["spf=fail", "spf=softfail", "spf=permerror"].contains { results.contains($0) }
            if hadRecord, value("SPF-DNS") == nil { quirks.insert(.spfRecordMissing) }
        default: break
        }
    }

    /// RFC 6591 §3.2.3.
    private var signatureFields: [String] { ["DKIM-Domain", "DKIM-Identity", "DKIM-Selector"] }

    /// Limit: signatures of the message that are looked at.
    private static let signaturesMax = 10

    /// Whether the message has a signature of a reported domain, which then did not pass, and the report does not say
    /// which one it was, as RFC 9991 §4 requires.
    var hidesSignature: Bool {
        guard let original, authFailure == "dmarc", identityAlignment?.contains("dkim") == true,
            signatureFields.allSatisfy({ value($0) == nil })
        else { return false }
        let header = MailMessage(parsing: original.octets).header
        let domains = Set(reportedDomains)
        return header.fields(named: "DKIM-Signature").prefix(Self.signaturesMax).contains { field in
            let tags = header.unfolded(field).split(separator: UInt8(ascii: ";")).map(\.trimmingWhitespace)
            guard let tag = tags.first(where: { $0.starts(with: "d=".utf8) }) else { return false }
            let domain = String(lossy: tag.dropFirst(2).filter { !$0.isWSPOrLineBreak })
            return domains.contains((try? DomainName(mailDomain: domain))?.text ?? domain)
        }
    }
}
