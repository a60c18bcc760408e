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
        // Signatures are over the lines as they were on the wire (RFC 6376 §5.3); in mailboxes most end in LF.
        let message = MailMessage(parsing: MailMessage.withNetworkLineEndings(octets))
        guard let told = ReportOrigin(message, trusting: receivers) else {
            return await origin(of: message, resolver, now)
        }
        // RFC 8460 §3: TLS reports need a signature, which receivers may not name; what is in it is not known yet.
        guard case .verified(let author, isSigned: false) = told else { return told }
        switch await origin(of: message, resolver, now) {
        case .verified(author, isSigned: true): return .verified(author, isSigned: true)
        case .undecided: return .undecided(author)
        case .administrator, .verified, .posted, .unverified: return told
        }
    }

    /// Who vouches for a mail by its signatures.
    private func origin(of message: MailMessage, _ resolver: some Resolver, _ now: UnixTime) async -> ReportOrigin {
        let envelope = MailEnvelope(receivedAt: now)
        var inspection = MessageInspection(MailTransaction(envelope: envelope, message: message), options: options)
        if inspection.needsBody { inspection.update(message.bodyBytes) }
        return ReportOrigin(await inspection.finish(resolver: resolver))
    }
}
