public import DNS
public import MailBytes
internal import MailFormat
public import PostsealEngine

/// Finds out who vouches for a mail that comes from a mailbox, or from a mail server within.
///
/// Nothing is known of the client that brought it here. What our own receivers wrote on it counts; without that its
/// signatures do.
public struct ReportMailReader: Sendable {
    /// Names of receivers whose Authentication-Results are believed.
    public var receivers: [String]
    /// How signatures are checked.
    public var options: InspectionOptions

    public init(receivers: [String], options: InspectionOptions) {
        self.receivers = receivers
        self.options = options
    }

    /// Who vouches for a mail.
    public func origin(of octets: [UInt8], resolver: some Resolver, now: UnixTime) async -> ReportOrigin {
        let message = MailMessage(parsing: octets)
        guard let told = ReportOrigin(message, trusting: receivers) else {
            return await origin(of: message, resolver, now)
        }
        // Receivers may write of signatures elsewhere than of DMARC, and TLS reports need one.
        guard message.header.reportType == "tlsrpt", case .verified(let author, isSigned: false) = told else {
            return told
        }
        let signed = ReportOrigin.verified(author, isSigned: true)
        return await origin(of: message, resolver, now) == signed ? signed : told
    }

    /// Who vouches for a mail by its signatures.
    private func origin(of message: MailMessage, _ resolver: some Resolver, _ now: UnixTime) async -> ReportOrigin {
        let envelope = MailEnvelope(receivedAt: now)
        var inspection = MessageInspection(MailTransaction(envelope: envelope, message: message), options: options)
        if inspection.needsBody { inspection.update(message.bodyBytes) }
        return ReportOrigin(await inspection.finish(resolver: resolver))
    }
}
