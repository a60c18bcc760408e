/// What became of a message at one server, for each recipient.
public struct SMTPDeliveryOutcome: Hashable, Sendable {
    /// At which point a server, or we, said no.
    public enum Stage: String, Hashable, Sendable {
        /// Before anything was sent: the server does not offer what the message needs.
        case local
        case mail = "MAIL"
        case recipient = "RCPT"
        case data = "DATA"
        /// At the message's end, or while its text was sent.
        case end = "end of data"
    }

    /// What became of one recipient.
    public enum Result: Hashable, Sendable {
        /// The server has taken it upon itself.
        case delivered(SMTPReply)
        /// It was refused: for good if the reply is a 5xx, else for now.
        case refused(SMTPReply, at: Stage)
        /// The connection was lost, or the message could not be sent to its end.
        ///
        /// Where the end of the message had been sent (`isUnknowable`), the server may have taken it, and sending it
        /// again may deliver it twice. Nobody can know; RFC 5321 §4.5.3.2.6 has servers keep the time short.
        case lost(isUnknowable: Bool)

        /// Whether it is delivered.
        public var isDelivered: Bool {
            if case .delivered = self { true } else { false }
        }

        /// The server's reply, or ours in its place; nil where there is none.
        public var reply: SMTPReply? {
            switch self {
            case .delivered(let reply), .refused(let reply, _): reply
            case .lost: nil
            }
        }

        /// What to say to whoever handed the message over: a reply for this recipient.
        public var answer: SMTPReply {
            switch self {
            case .delivered(let reply): reply
            case .refused(let reply, _):
                // A code that makes no sense where it came is none that can be passed on. 421 says that a connection
                // ends, and that is not the one to whoever handed the message over.
                reply.code == 421
                    ? SMTPReply(451, reply.enhanced, lines: reply.lines)
                    : reply.isTransient || reply.isPermanent ? reply : .localError
            case .lost(let isUnknowable):
                SMTPReply(
                    451, SMTPEnhancedCode(4, 4, 2),
                    isUnknowable ? "connection lost after the end of the message" : "connection lost")
            }
        }
    }

    /// In the order of the envelope.
    public var recipients: [Result]
    /// Whether NOTIFY, ORCPT, RET or ENVID were left out, because the server does not offer DSN (RFC 3461 §5.2.2: a
    /// sender that asked for a report of success is to be told that it can't have one from there).
    public var isDSNDropped = false

    public init(recipients: [Result]) { self.recipients = recipients }

    /// What to say at the message's end to whoever handed it over: a reply for each recipient whose RCPT was accepted,
    /// in their order, as LMTP wants them. The others have been told.
    public var answersAtEnd: [SMTPReply] {
        recipients.filter { result in
            if case .refused(_, at: let stage) = result { stage != .recipient && stage != .local } else { true }
        }
        .map(\.answer)
    }

    /// Whether all of them are delivered.
    public var isDelivered: Bool { recipients.allSatisfy(\.isDelivered) }
}
