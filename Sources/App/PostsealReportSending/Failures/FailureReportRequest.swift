internal import DKIM
public import DMARC
internal import MailBytes
internal import MailFormat
internal import MailNames
public import PostsealEngine
internal import SPF

/// Why a failure report is made about a message, if one is: what the tag `fo` of the author's domain asks for (RFC 9989
/// §4.7, RFC 9991 §2).
public struct FailureReportRequest: Sendable {
    /// The domain whose policy asks.
    public var policyDomain: DomainNameText
    /// Where to.
    public var uris: [DMARCReportURI]
    /// The methods that gave no aligned pass.
    public var identityAlignment: [String]

    /// A domain as text, in small letters and A-labels.
    public typealias DomainNameText = String

    /// Nil where the message gives no cause, or where a report could go in circles.
    public init?(_ findings: Findings, _ transaction: MailTransaction) {
        guard let dmarc = findings.dmarc, let record = dmarc.record, let domain = dmarc.policyDomain,
            !record.failureReports.isEmpty,
            // RFC 9991 §2: not without an agreement.
            record.publicSuffix != .yes, dmarc.result == .pass || dmarc.result == .fail,
            Self.isCause(record.failureOptions, dmarc, findings), !Self.isAutomatic(transaction)
        else { return nil }
        policyDomain = domain.text
        uris = record.failureReports
        identityAlignment = (dmarc.dkimAligned ? [] : ["dkim"]) + (dmarc.spfAligned ? [] : ["spf"])
    }

    private static func isCause(
        _ options: DMARCFailureOptions, _ dmarc: DMARCOutcome, _ findings: Findings
    ) -> Bool {
        if options.contains(.allFail), !dmarc.dkimAligned, !dmarc.spfAligned { return true }
        if options.contains(.anyFails), !dmarc.dkimAligned || !dmarc.spfAligned { return true }
        // Whether aligned or not; RFC 6651 and RFC 6652 have more about these.
        if options.contains(.dkim), findings.dkim.outcomes.contains(where: { $0.result == .fail }) { return true }
        return options.contains(.spf) && findings.spf?.result == .fail
    }

    /// RFC 9991 §5.1, RFC 3834 §2: nothing that a program answers by itself is about a bounce, a report or an answer.
    private static func isAutomatic(_ transaction: MailTransaction) -> Bool {
        if transaction.envelope.mailFrom?.isEmpty ?? true { return true }
        let header = transaction.message.header
        if let field = header.first(named: "Auto-Submitted") {
            let value = header.unfolded(field)[...].trimmingWhitespace
            if !value.equalsIgnoringASCIICase(Array("no".utf8)[...]) { return true }
        }
        let type = header.first(named: "Content-Type").map { header.unfolded($0).asciiLowercased } ?? []
        return type.firstRange(of: Array("multipart/report".utf8)) != nil
    }
}
