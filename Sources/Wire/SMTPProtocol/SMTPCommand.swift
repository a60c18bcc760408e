internal import MailBytes

/// What a client sends, but for the message's text.
public enum SMTPCommand: Hashable, Sendable {
    case hello(SMTPHello)
    case mail(SMTPSender)
    case recipient(SMTPRecipient)
    case data
    /// So many octets of the message follow (RFC 3030 §2).
    case bdat(octets: Int, isLast: Bool)
    case reset
    case noop
    case quit
    case help
    /// VRFY. What is asked for is not kept: no answer depends on it.
    case verify
    case startTLS
    case xclient(SMTPClientAttributes)
    case xforward(SMTPClientAttributes)
}

extension SMTPCommand {
    /// The command as it goes over the wire, CR LF included.
    public var wire: [UInt8] {
        var output: [UInt8] = []
        append(to: &output)
        return output
    }

    /// As ``wire``, behind what is there.
    public func append(to output: inout [UInt8]) {
        switch self {
        case .hello(let hello):
            output += Array("\(hello.verb.rawValue) ".utf8)
            output += hello.name
        case .mail(let sender):
            output += Array("MAIL FROM:".utf8)
            output += sender.path.wire
            output += sender.parameters.wire
        case .recipient(let recipient):
            output += Array("RCPT TO:".utf8)
            output += recipient.path.wire
            output += recipient.parameters.wire
        case .data: output += Array("DATA".utf8)
        case .bdat(let octets, let isLast): output += Array("BDAT \(octets)\(isLast ? " LAST" : "")".utf8)
        case .reset: output += Array("RSET".utf8)
        case .noop: output += Array("NOOP".utf8)
        case .quit: output += Array("QUIT".utf8)
        case .help: output += Array("HELP".utf8)
        case .verify: output += Array("VRFY postmaster".utf8)
        case .startTLS: output += Array("STARTTLS".utf8)
        case .xclient(let attributes): output += Array("XCLIENT".utf8) + attributes.wire(.xclient)
        case .xforward(let attributes): output += Array("XFORWARD".utf8) + attributes.wire(.xforward)
        }
        output += [.carriageReturn, .lineFeed]
    }
}
