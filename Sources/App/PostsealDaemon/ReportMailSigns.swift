internal import DMARC
internal import MailBytes
internal import MailFormat
internal import PostsealEngine

/// Whether a message is itself a report: none is made about it, for it would be answered with another, every day.
enum ReportMailSigns {
    /// - Parameter addresses: where reports are sent to.
    static func isReport(_ message: JudgedMessage, _ addresses: [RecipientPattern]) -> Bool {
        let recipients = message.transaction.envelope.recipients
        if recipients.contains(where: { path in addresses.contains { $0.fits(path[...]) } }) { return true }
        // Only of who proves to be who he says: else a forger could hide behind it.
        guard message.findings.dmarc?.result == .pass else { return false }
        let header = message.transaction.message.header
        // RFC 9990 §3.2.4, RFC 8460 §5.3.
        let subject = header.first(named: "Subject").map { header.unfolded($0)[...].trimmingWhitespace } ?? []
        if subject.prefix(14).equalsIgnoringASCIICase(Array("Report Domain:".utf8)[...]) { return true }
        // RFC 6522 §3.
        let type = header.first(named: "Content-Type").map { header.unfolded($0).asciiLowercased } ?? []
        return type.contains(octets: "multipart/report".utf8)
    }
}
