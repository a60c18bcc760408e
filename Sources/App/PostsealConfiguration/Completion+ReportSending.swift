internal import MailNames
internal import PostsealEngine

extension Completion {
    /// Looks whether what reports of our own need is there.
    mutating func completeReportSending(
        _ sending: inout ReportSendingSettings, _ guardSettings: GuardSettings, name: String
    ) {
        if sending.organization.isEmpty { sending.organization = name }
        guard let contact = sending.contact, sending.isUsed else {
            let keys = [
                "contact", "server", "organization", "dmarc", "tls", "failure", "failures-per-hour", "recipients",
                "return-path", "source",
                "delay", "spread", "retry", "keep",
            ]
            for path in keys.map({ "reports.send.\($0)" }) where reading.place(of: path) != nil {
                let missing = ["contact", "server"].map { "reports.send.\($0)" }
                    .filter { reading.place(of: $0) == nil }.joined(separator: " and ")
                reading.warning("has no effect without \(missing)", at: place(path), key: path)
            }
            return
        }
        if !guardSettings.signing.contains(where: { $0.pattern.matches(contact.domain) }) {
            // RFC 9990 §3.2.4 and RFC 8460 §3: receivers ignore reports that are not signed.
            let path = "reports.send.contact"
            reading.warning(
                "no rule of outgoing.signing fits \(contact.domain.text): unless the mail server signs them, reports "
                    + "are ignored where they arrive", at: place(path), key: path)
        }
    }
}
