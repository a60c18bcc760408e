public import MailBytes

/// What a server made of a report.
public enum TransportOutcome: Hashable, Sendable {
    /// It has taken it.
    case accepted(answer: String)
    /// It will never take it.
    case refused(answer: String)
    /// It can't be told now, or it did not take it this time.
    case later(answer: String)
}

/// How reports leave.
public protocol ReportTransport: Sendable {
    /// Hands a mail over to the mail server.
    ///
    /// - Parameters:
    ///   - returnPath: an address, or nothing for the null path.
    ///   - recipient: an address as it stands in an envelope.
    func send(_ mail: [UInt8], from returnPath: String, to recipient: String) async -> TransportOutcome

    /// Hands a document over by HTTPS.
    func post(_ document: [UInt8], as mediaType: String, to uri: String, at now: UnixTime) async -> TransportOutcome
}

/// What became of signing a mail.
public enum SealingOutcome: Hashable, Sendable {
    /// The mail with its signatures.
    case signed([UInt8])
    /// Nobody here signs for its author: the mail server may.
    case unsigned
    /// It should be signed, and can't be now.
    case failed(reason: String)
}

/// Signs a mail of ours as the daemon signs outgoing mail.
public typealias ReportSealer = @Sendable (_ mail: [UInt8], _ now: UnixTime) async -> SealingOutcome
