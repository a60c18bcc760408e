public import MailBytes
internal import MailFormat
internal import MailNames
public import MailReports

extension FeedbackReport {
    /// The members of the object of `postseal report read` behind `kind` and `quirks`. Names are those of the
    /// fields, in small letters.
    var members: [JSONMember] {
        var members = [
            JSONMember("feedback_type", .string(feedbackType)), JSONMember("auth_failure", JSONValue(authFailure)),
            JSONMember("delivery_result", JSONValue(deliveryResult)),
            JSONMember("identity_alignment", identityAlignment.map { .array($0.map { .string($0) }) } ?? .null),
            JSONMember("source_ip", JSONValue(sourceAddress?.text ?? value("Source-IP"))),
            JSONMember("source_port", JSONValue(sourcePort)),
            JSONMember("arrival_date", arrivalDate.map { .integer($0.seconds) } ?? .null),
            JSONMember("incidents", .integer(Int64(incidents))),
            JSONMember("reported_domain", .array(reportedDomains.map { .string($0) })),
        ]
        for name in Self.single { members.append(JSONMember(Self.key(name), JSONValue(value(name)))) }
        for name in Self.several {
            members.append(JSONMember(Self.key(name), .array(values(name).filter { !$0.isEmpty }.map { .string($0) })))
        }
        members.append(
            JSONMember("fields", .array(fields.map { ["name": .string($0.name), "value": .string($0.value)] })))
        members.append(JSONMember("original", original?.normalizedJSON ?? .null))
        members.append(JSONMember("text", JSONValue(text)))
        return members
    }

    private static let single = [
        "Version", "User-Agent", "Original-Envelope-Id", "Original-Mail-From", "Reporting-MTA", "DKIM-Domain",
        "DKIM-Identity", "DKIM-Selector", "DKIM-ADSP-DNS", "DKIM-Canonicalized-Header", "DKIM-Canonicalized-Body",
        "DKIM-Selector-DNS",
    ]
    private static let several = ["Original-Rcpt-To", "Authentication-Results", "Reported-URI", "SPF-DNS"]

    private static func key(_ name: String) -> String { name.lowercased().replacing("-", with: "_") }
}

extension FeedbackOriginal {
    /// What its header says: `type`, `octets` (how many), `from`, `to`, `subject`, `date`, `message_id`, each as it
    /// stands there.
    public var normalizedJSON: JSONValue {
        let message = MailMessage(parsing: octets)
        func field(_ name: String) -> JSONValue {
            JSONValue(message.header.first(named: name).map { String(lossy: message.header.unfolded($0)) })
        }
        return [
            "type": isHeaderOnly ? "text/rfc822-headers" : "message/rfc822", "octets": .integer(Int64(octets.count)),
            "from": field("From"), "to": field("To"), "subject": field("Subject"), "date": field("Date"),
            "message_id": field("Message-ID"),
        ]
    }
}
