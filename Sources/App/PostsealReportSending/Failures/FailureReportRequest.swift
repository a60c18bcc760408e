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

    /// Why no report is made about a message: one clause.
    public struct Obstacle: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String

        init(_ description: String) { self.description = description }
    }

    /// Whether a report is to be made about a message: not where it gives no cause, or where a report could go in
    /// circles.
    public init(
        _ findings: Findings, _ transaction: MailTransaction, _ decision: Decision
    ) throws(Obstacle) {
        guard let dmarc = findings.dmarc, let record = dmarc.record, let domain = dmarc.policyDomain else {
            throw Obstacle("no DMARC policy applies to it")
        }
        guard !record.failureReports.isEmpty else {
            throw Obstacle("the policy of \(domain.text) does not ask for failure reports: it has no ruf")
        }
        // RFC 9991 §2: not without an agreement.
        guard record.publicSuffix != .yes else { throw Obstacle("\(domain.text) is a public suffix (psd=y)") }
        guard dmarc.result == .pass || dmarc.result == .fail else {
            throw Obstacle("DMARC came to no result: \(dmarc.reason)")
        }
        // It comes again, and would be reported each time.
        guard decision.disposition != .tempfail else { throw Obstacle("the message is put off, and comes again") }
        guard Self.isCause(record.failureOptions, dmarc, findings) else {
            throw Obstacle("it did not fail in a way that the policy of \(domain.text) asks about (fo)")
        }
        if let sign = Self.sign(transaction) { throw Obstacle("nothing is said about \(sign)") }
        policyDomain = domain.text
        uris = record.failureReports
        identityAlignment = (dmarc.dkimAligned ? [] : ["dkim"]) + (dmarc.spfAligned ? [] : ["spf"])
    }

    private static func isCause(
        _ options: DMARCFailureOptions, _ dmarc: DMARCOutcome, _ findings: Findings
    ) -> Bool {
        // RFC 9991 §4: reports of DMARC are about methods that gave no aligned pass. Where both did there may be a
        // signature that failed all the same; reports of RFC 6591 about that one are not made (RFC 9991 §3 leaves it
        // to us).
        guard !dmarc.dkimAligned || !dmarc.spfAligned else { return false }
        if options.contains(.allFail), !dmarc.dkimAligned, !dmarc.spfAligned { return true }
        if options.contains(.anyFails) { return true }
        if options.contains(.dkim), findings.dkim.outcomes.contains(where: { $0.result == .fail }) { return true }
        return options.contains(.spf) && findings.spf?.result == .fail
    }

    /// RFC 9991 §5.1, RFC 3834 §2: nothing that a program answers by itself is about a bounce, a report or an answer.
    /// What the message is of these, if it is any.
    private static func sign(_ transaction: MailTransaction) -> String? {
        if transaction.envelope.mailFrom?.isEmpty ?? true { return "mail without a return path" }
        let header = transaction.message.header
        if let field = header.first(named: "Auto-Submitted") {
            let value = header.unfolded(field)[...].trimmingWhitespace
            if !value.equalsIgnoringASCIICase(Array("no".utf8)[...]) { return "mail that a program has written" }
        }
        let type = header.first(named: "Content-Type").map { header.unfolded($0).asciiLowercased } ?? []
        return type.contains(octets: "multipart/report".utf8) ? "a report" : nil
    }
}
