public import MailBytes
internal import MailFormat
public import MailNames

/// What a failure report of DMARC says (RFC 9991 §4, RFC 6591 §3).
public struct DMARCFailure: Hashable, Sendable {
    /// The program that reports, such as `Postseal/1.0`.
    public var userAgent: String
    /// The domain of the author.
    public var reportedDomain: DomainName
    /// The methods that gave no aligned pass, `dkim` and `spf`; empty for `none`.
    public var identityAlignment: [String]
    /// The value of an Authentication-Results field.
    public var authenticationResults: String
    /// The client that the message came from.
    public var sourceAddress: IPAddress?
    /// The return path, without angle brackets; empty for the null path, nil to keep it back.
    public var mailFrom: String?
    /// Recipients, without angle brackets; none to keep them back.
    public var recipients: [String] = []
    /// What SMTP knew the message by (RFC 3461 §4.4), or the queue did.
    public var envelopeID: String?
    /// When the message came.
    public var arrivalDate: UnixTime?
    /// The host that the message came to.
    public var reportingMTA: DomainName?
    /// `delivered`, `spam`, `policy`, `reject` or `other`.
    public var deliveryResult: String?
    /// How many messages the report stands for.
    public var incidents = 1
    /// `d`, `i` and `s` of the signature that failed: RFC 9991 §4 requires them where it is of an aligned domain.
    public var dkimDomain: DomainName?
    /// See ``dkimDomain``.
    public var dkimIdentity: String?
    /// See ``dkimDomain``.
    public var dkimSelector: DomainName?
    /// SPF records that were asked for, each as domain and text: RFC 9991 §4 requires them where an aligned SPF failed.
    public var spfRecords: [SPFRecordText] = []

    /// An SPF record and where it is from.
    public struct SPFRecordText: Hashable, Sendable {
        /// The owner of the record.
        public var domain: DomainName
        /// The record.
        public var text: String

        public init(domain: DomainName, text: String) {
            self.domain = domain
            self.text = text
        }
    }

    public init(
        userAgent: String, reportedDomain: DomainName, identityAlignment: [String], authenticationResults: String
    ) {
        self.userAgent = userAgent
        self.reportedDomain = reportedDomain
        self.identityAlignment = identityAlignment
        self.authenticationResults = authenticationResults
    }

    /// The fields of the report, in the order of RFC 5965 §3 and RFC 6591 §3.2.
    public var fields: [FeedbackField] {
        var fields = [
            FeedbackField("Feedback-Type", "auth-failure"), FeedbackField("User-Agent", userAgent),
            FeedbackField("Version", "1"), FeedbackField("Auth-Failure", "dmarc"),
            FeedbackField("Authentication-Results", authenticationResults),
            FeedbackField(
                "Identity-Alignment", identityAlignment.isEmpty ? "none" : identityAlignment.joined(separator: ", ")),
            FeedbackField("Reported-Domain", reportedDomain.text),
        ]
        func add(_ name: String, _ value: String?) {
            if let value { fields.append(FeedbackField(name, value)) }
        }
        add("Delivery-Result", deliveryResult)
        add("Original-Envelope-Id", envelopeID)
        add("Original-Mail-From", mailFrom.map { "<\($0)>" })
        for recipient in recipients { add("Original-Rcpt-To", "<\(recipient)>") }
        add("Arrival-Date", arrivalDate.map { MailDate($0).text })
        add("Reporting-MTA", reportingMTA.map { "dns; \($0.text)" })
        // Deviation: RFC 5965 §3.2 has IPv6 as in RFC 5321 §4.1.3, with `IPv6:` in front; readers in use know the
        // address alone. Who reads by the letter could take it for none.
        add("Source-IP", sourceAddress.map { $0.text })
        if incidents != 1 { add("Incidents", "\(incidents)") }
        add("DKIM-Domain", dkimDomain?.text)
        add("DKIM-Identity", dkimIdentity)
        add("DKIM-Selector", dkimSelector?.text)
        for record in spfRecords {
            let quoted = record.text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            add("SPF-DNS", "txt : \(record.domain.text) : \"\(quoted)\"")
        }
        return fields
    }
}

extension FeedbackReport {
    /// A failure report of DMARC. What is to be kept back of the message has to be taken out of it by the caller
    /// (RFC 6590).
    public init(_ failure: DMARCFailure, text: String, original: FeedbackOriginal) {
        self.init(fields: failure.fields, text: text, original: original)
    }

    /// The machine-readable part.
    public var fieldOctets: [UInt8] {
        var output: [UInt8] = []
        for field in fields { ReportMail.field(field.name, field.value, to: &output) }
        return output
    }

    /// What keeps the report from being sent: what ``quirks`` would be of the report when it is read. RFC 5965 §4 has
    /// receivers ignore what is not of the form.
    public var problems: [FeedbackQuirk] {
        guard let again = try? FeedbackReport(parsing: fieldOctets) else { return [.feedbackTypeMissing] }
        return original == nil ? again.quirks + [.originalMissing] : again.quirks
    }

    /// The mail: RFC 5965 §2, a `multipart/report` of a text, the fields, and the message or its header.
    public func mail(_ head: ReportMailHead, subject: String) -> [UInt8] {
        var mail = ReportMail(head: head, subject: subject, reportType: "feedback-report")
        let sentence = text ?? "This is a report about a message (RFC 5965).\r\n"
        mail.parts = [
            ReportMail.Part(text: sentence),
            ReportMail.Part(mediaType: "message/feedback-report", octets: fieldOctets, isEncoded: false),
        ]
        if let original {
            // RFC 2046 §5.2.1 has no encoding for a message in a message, and neither may be folded anew.
            mail.parts.append(
                ReportMail.Part(
                    mediaType: original.isHeaderOnly ? "text/rfc822-headers" : "message/rfc822",
                    octets: original.octets, isEncoded: false))
        }
        return mail.octets
    }
}
