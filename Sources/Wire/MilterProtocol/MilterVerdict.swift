/// What a filter says about a message, or about one command.
public enum MilterVerdict: Hashable, Sendable {
    /// Go on: other filters may still object. At the end of a message the same as ``accept``.
    case `continue`
    /// Take it without asking this filter any further.
    case accept
    /// Refuse for good, in the mail server's words.
    case reject
    /// Refuse for now, in the mail server's words.
    case tempfail
    /// Say yes to the client, and throw it away.
    case discard
    /// Refuse in the filter's words.
    case reply(MilterReplyText)

    /// The reply that says so.
    public var reply: MilterReply {
        switch self {
        case .continue: .continue
        case .accept: .accept
        case .reject: .reject
        case .tempfail: .tempfail
        case .discard: .discard
        case .reply(let text): .replyCode(text.octets)
        }
    }
}
