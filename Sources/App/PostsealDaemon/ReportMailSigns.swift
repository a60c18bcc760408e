internal import DMARC
internal import MailBytes
internal import MailFormat
internal import PostsealEngine

/// Whether a message is itself a report: none is made about it, for it would be answered with another, every day.
enum ReportMailSigns {
    /// - Parameter addresses: where reports are sent to.
    static func isReport(_ message: JudgedMessage, _ addresses: [RecipientPattern]) -> Bool {
        // All of them: everybody knows these addresses, and could hide a forgery to others by naming one.
        let recipients = message.transaction.envelope.recipients
        let isForReports = recipients.allSatisfy { path in addresses.contains { $0.fits(path[...]) } }
        if isForReports, !recipients.isEmpty { return true }
        // Only of who proves to be who he says: else a forger could hide behind it.
        guard message.findings.dmarc?.result == .pass else { return false }
        let header = message.transaction.message.header
        // RFC 9990 §3.2.4, RFC 8460 §5.3.
        let subject = header.first(named: "Subject").map { header.unfolded($0)[...].trimmingWhitespace } ?? []
        if subject.prefix(14).equalsIgnoringASCIICase(Array("Report Domain:".utf8)[...]) { return true }
        // RFC 8460 §5.3, RFC 5965 §2. Bounces and receipts are no reports of this kind.
        return ["tlsrpt", "feedback-report"].contains(header.reportType)
    }
}
