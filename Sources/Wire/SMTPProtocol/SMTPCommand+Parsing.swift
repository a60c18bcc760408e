internal import MailBytes

extension SMTPCommand {
    /// Reads a command line without its CR LF.
    ///
    /// - Parameter offered: the extensions that the client was told of. What belongs to others is unknown.
    /// - Throws: where it is none; the error has the reply.
    public init(line: ArraySlice<UInt8>, offered: SMTPExtensions) throws(SMTPSyntaxError) {
        // A control character is part of no command, and what a terminal makes of it is its own.
        guard !line.contains(where: \.isControl) else { throw .character }
        var end = line.endIndex
        while end > line.startIndex, line[end - 1].isWSP { end -= 1 }
        let line = line[line.startIndex..<end]
        let word = line.prefix { $0 != .space }
        let rest = line.dropFirst(word.count).drop { $0 == .space }
        let verb = String(lossy: word).uppercased()
        if let simple = try Self.simple(verb, rest, offered) {
            self = simple
            return
        }
        var cursor = ByteCursor(Array(rest))
        switch verb {
        case "HELO", "EHLO", "LHLO":
            guard let verb = SMTPHello.Verb(rawValue: verb) else { throw .unknownCommand }
            self = .hello(try Self.hello(verb, rest))
        case "MAIL":
            guard cursor.skip(ignoringCase: "FROM:") else { throw .argument }
            self = .mail(try Self.sender(&cursor, offered))
        case "RCPT":
            guard cursor.skip(ignoringCase: "TO:") else { throw .argument }
            self = .recipient(try Self.recipient(&cursor, offered))
        case "BDAT" where offered.contains(.chunking): self = try Self.bdat(&cursor)
        case "XCLIENT" where offered.contains(.xclient):
            self = .xclient(try SMTPClientAttributes(.xclient, rest))
        case "XFORWARD" where offered.contains(.xforward):
            self = .xforward(try SMTPClientAttributes(.xforward, rest))
        case "AUTH", "BDAT", "BURL", "ETRN", "EXPN", "SAML", "SEND", "SOML", "STARTTLS", "TURN", "XCLIENT",
            "XFORWARD":
            throw .notImplemented
        default: throw .unknownCommand
        }
    }

    /// Commands whose arguments are none, or of no matter.
    private static func simple(
        _ verb: String, _ rest: ArraySlice<UInt8>, _ offered: SMTPExtensions
    ) throws(SMTPSyntaxError) -> SMTPCommand? {
        let command: SMTPCommand
        switch verb {
        case "NOOP": return .noop
        case "HELP": return .help
        case "VRFY":
            guard !rest.isEmpty else { throw .argument }
            return .verify
        case "DATA": command = .data
        case "RSET": command = .reset
        case "QUIT": command = .quit
        case "STARTTLS" where offered.contains(.startTLS): command = .startTLS
        default: return nil
        }
        // RFC 5321 §4.1.1.5, RFC 3207 §4: no parameters.
        guard rest.isEmpty else { throw .unexpectedArgument }
        return command
    }

    /// RFC 5321 §4.1.1.1. Deviation: what a client calls itself need not be a domain, only printable and not too long;
    /// many call themselves what is none, and nothing here depends on it.
    private static func hello(_ verb: SMTPHello.Verb, _ rest: ArraySlice<UInt8>) throws(SMTPSyntaxError) -> SMTPHello {
        guard !rest.isEmpty, rest.count <= SMTPAddressLimits.domainOctets, rest.allSatisfy(\.isVisible) else {
            throw .argument
        }
        return SMTPHello(verb, Array(rest))
    }

    private static func sender(
        _ cursor: inout ByteCursor, _ offered: SMTPExtensions
    ) throws(SMTPSyntaxError) -> SMTPSender {
        // Deviation: a space behind the colon is borne; old programs write one.
        cursor.skip { $0 == .space }
        let path = try cursor.smtpPath()
        guard path != .postmaster else { throw .pathNotHere }
        var parameters = SMTPMailParameters()
        var seen: Set<String> = []
        while let (word, value) = try parameter(&cursor) { try parameters.take(word, value, offered, &seen) }
        // RFC 6531 §3.5: the parameter says that there may be such letters.
        guard parameters.smtpUTF8 || !path.isInternationalised else { throw .needsSMTPUTF8 }
        return SMTPSender(path, parameters)
    }

    private static func recipient(
        _ cursor: inout ByteCursor, _ offered: SMTPExtensions
    ) throws(SMTPSyntaxError) -> SMTPRecipient {
        cursor.skip { $0 == .space }
        let path = try cursor.smtpPath()
        guard path != .null else { throw .pathNotHere }
        guard offered.contains(.smtpUTF8) || !path.isInternationalised else { throw .needsSMTPUTF8 }
        var parameters = SMTPRecipientParameters()
        var seen: Set<String> = []
        while let (word, value) = try parameter(&cursor) { try parameters.take(word, value, offered, &seen) }
        return SMTPRecipient(path, parameters)
    }

    /// RFC 5321 §4.1.2: ` keyword[=value]`.
    private static func parameter(
        _ cursor: inout ByteCursor
    ) throws(SMTPSyntaxError) -> (ArraySlice<UInt8>, ArraySlice<UInt8>?)? {
        guard !cursor.isAtEnd else { return nil }
        guard cursor.skip(.space) else { throw .path }
        cursor.skip { $0 == .space }
        let word = cursor.slice(cursor.skip { $0.isAlphanumeric || $0 == UInt8(ascii: "-") })
        guard !word.isEmpty else { throw .parameterValue }
        guard cursor.skip(UInt8(ascii: "=")) else {
            guard cursor.isAtEnd || cursor.peek == .space else { throw .parameterValue }
            return (word, nil)
        }
        let value = cursor.slice(cursor.skip { $0 != .space })
        guard !value.isEmpty, !value.contains(UInt8(ascii: "=")) else { throw .parameterValue }
        return (word, value)
    }

    /// RFC 3030 §2: `BDAT 1024 LAST`.
    private static func bdat(_ cursor: inout ByteCursor) throws(SMTPSyntaxError) -> SMTPCommand {
        guard let octets = cursor.decimal(digits: SMTPMailParameters.sizeDigits) else { throw .argument }
        if cursor.isAtEnd { return .bdat(octets: octets, isLast: false) }
        cursor.skip { $0 == .space }
        guard cursor.skip(ignoringCase: "LAST"), cursor.isAtEnd else { throw .argument }
        return .bdat(octets: octets, isLast: true)
    }

    /// Words of other protocols. Who says them is not a mail server, or speaks for somebody who is none.
    static func isForeign(_ line: ArraySlice<UInt8>) -> Bool {
        let word = line.prefix { $0 != .space }
        guard line.count > word.count else { return false }
        return ["GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT"].contains(String(lossy: word).uppercased())
    }
}
