internal import MailBytes
internal import MailFormat

extension FeedbackReport {
    /// Reads the machine-readable part of a report, out of its transfer encoding.
    ///
    /// - Throws: if it has no fields, or none that make a report, or passes a limit of ``MailReportLimits``.
    public init(parsing octets: [UInt8]) throws(FeedbackReportError) {
        guard octets.count <= MailReportLimits.feedbackBytesMax else { throw FeedbackReportError(.tooLarge) }
        var quirks: Set<FeedbackQuirk> = []
        // Several programs begin with an empty line, or with a byte order mark.
        let start = FeedbackText.start(of: octets)
        if octets.prefix(start).contains(where: \.isNonASCII) { quirks.insert(.byteOrderMark) }
        let text = FeedbackText.withoutGaps(octets, from: start)
        if text.hasGaps { quirks.insert(.badField) }
        let message = MailMessage(
            parsing: text.octets, limits: MessageLimits(fields: MailReportLimits.feedbackFieldsMax))
        guard !message.header.fields.isEmpty else { throw FeedbackReportError(.noFields) }
        guard !message.defects.contains(.tooManyFields) else { throw FeedbackReportError(.tooManyFields) }
        if message.bodyBytes.contains(where: { !$0.isWSPOrLineBreak }) { quirks.insert(.badField) }
        let fields = message.header.fields.map { field in
            FeedbackField(
                String(lossy: message.header.name(of: field)), String(lossy: message.header.unfolded(field)))
        }
        self.init(fields: fields)
        guard value("Feedback-Type") != nil || value("Auth-Failure") != nil || value("Source-IP") != nil else {
            throw FeedbackReportError(.notFeedback)
        }
        addQuirks(to: &quirks)
        self.quirks = FeedbackQuirk.allCases.filter(quirks.contains)
    }

    /// Adds a quirk of what is around the fields.
    mutating func bear(_ quirk: FeedbackQuirk) {
        guard !quirks.contains(quirk) else { return }
        quirks = FeedbackQuirk.allCases.filter { $0 == quirk || quirks.contains($0) }
    }

    /// RFC 5965 §3.1, §3.2 and RFC 6591 §3.1, §3.2: fields that may stand once.
    private static let single = [
        "feedback-type", "user-agent", "version", "original-envelope-id", "original-mail-from", "arrival-date",
        "reporting-mta", "source-ip", "incidents", "auth-failure", "delivery-result", "dkim-domain", "dkim-identity",
        "dkim-selector", "dkim-canonicalized-header", "dkim-canonicalized-body", "identity-alignment", "source-port",
        "dkim-adsp-dns", "dkim-selector-dns",
    ]
    /// RFC 6591 §3.3, RFC 9991 §4.
    static let authFailures: Set<String> = ["adsp", "bodyhash", "revoked", "signature", "spf", "dmarc"]
    /// RFC 6591 §3.2.2.
    static let deliveryResults: Set<String> = ["delivered", "spam", "policy", "reject", "other"]

    private func addQuirks(to quirks: inout Set<FeedbackQuirk>) {
        if feedbackType.isEmpty { quirks.insert(.feedbackTypeMissing) }
        if value("User-Agent") == nil { quirks.insert(.userAgentMissing) }
        if let version = value("Version") {
            if FeedbackText.withoutComments(version) != "1" { quirks.insert(.badVersion) }
        } else {
            quirks.insert(.versionMissing)
        }
        var counts: [String: Int] = [:]
        for field in fields { counts[field.name.lowercased(), default: 0] += 1 }
        if Self.single.contains(where: { counts[$0, default: 0] > 1 }) { quirks.insert(.repeatedField) }
        if let old = counts["received-date"] {
            quirks.insert(.receivedDate)
            // RFC 5965 §3.2: not both.
            if old > 1 || counts["arrival-date"] != nil { quirks.insert(.repeatedField) }
        }
        if value("Arrival-Date") ?? value("Received-Date") != nil, arrivalDate == nil { quirks.insert(.badDate) }
        if let source = value("Source-IP") {
            switch FeedbackText.address(source) {
            case nil: quirks.insert(.badSource)
            case (_, let isAlone)? where !isAlone: quirks.insert(.sourceWithText)
            default: break
            }
        }
        if value("Source-Port") != nil, sourcePort == nil { quirks.insert(.badSourcePort) }
        if let text = value("Incidents"), UInt32(FeedbackText.withoutComments(text)) == nil {
            quirks.insert(.badIncidents)
        }
        if isAuthenticationFailure || feedbackType.isEmpty {
            addFailureQuirks(to: &quirks)
        } else {
            quirks.insert(.notAuthenticationFailure)
        }
    }
}
