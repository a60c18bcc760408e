internal import MailNames
internal import PostsealEngine
internal import TLSRPT

extension Completion {
    /// Looks whether what reports of our own need is there.
    mutating func completeReportSending(
        _ sending: inout ReportSendingSettings, _ guardSettings: GuardSettings, _ tlsReports: TLSReportSettings,
        name: String
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
        let isServed = ![draft.milterListeners, draft.proxyListeners, draft.httpListeners].allSatisfy(\.isEmpty)
        if sending.sendsAggregates || sending.sendsFailures, !isServed {
            let path = "reports.send.contact"
            reading.warning(
                "there is nothing to report of mail, because none comes in: set milter.listen, proxy.listen or "
                    + "http.listen", at: place(path), key: path)
        }
        if sending.sendsTLSReports, let submitter = tlsReports.submitter, submitter.domain != contact.domain {
            // RFC 8460 §3, §5.3: the domain that reports signs, and it is that of `contact-info`.
            let path = "reports.send.contact"
            reading.error(
                "\(contact) is not of \(submitter.domain.text), as transport.tls-reports.contact is: TLS reports are "
                    + "signed by the domain that submits them, or ignored", at: place(path), key: path)
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
