/// Why a command line is refused: one clause, and the reply that says so.
public enum SMTPSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A word that is no command.
    case unknownCommand
    /// A command that is known and not offered.
    case notImplemented
    /// An argument where none belongs.
    case unexpectedArgument
    /// No argument, or not of its form.
    case argument
    /// No path in angle brackets.
    case path
    /// A path that is no address.
    case address
    /// A domain that is none.
    case domain
    /// A path that this command can't have: `<>` as a recipient, `<postmaster>` as a sender.
    case pathNotHere
    /// Letters outside of ASCII without SMTPUTF8.
    case needsSMTPUTF8
    /// A parameter that is not offered.
    case unknownParameter
    /// A parameter whose value is not of its form.
    case parameterValue
    /// A parameter that is there twice.
    case twice
    /// A control character, or an octet outside of ASCII where none belongs.
    case character
    /// A line that ends in LF alone.
    case lineEnd
    /// A line that is longer than allowed.
    case lineTooLong

    public var description: String { texts.text }

    /// The reply to a command with this mistake.
    public var reply: SMTPReply { SMTPReply(texts.code, texts.enhanced, texts.text) }

    private var texts: (code: Int, enhanced: SMTPEnhancedCode, text: String) {
        switch self {
        case .unknownCommand: (500, SMTPEnhancedCode(5, 5, 1), "command not recognised")
        case .notImplemented: (502, SMTPEnhancedCode(5, 5, 1), "command not implemented")
        case .unexpectedArgument: (501, SMTPEnhancedCode(5, 5, 4), "argument where none belongs")
        case .argument: (501, SMTPEnhancedCode(5, 5, 4), "argument missing or not of its form")
        case .path: (501, SMTPEnhancedCode(5, 5, 2), "address not in angle brackets")
        case .address: (501, SMTPEnhancedCode(5, 1, 3), "address not of its form")
        case .domain: (501, SMTPEnhancedCode(5, 1, 3), "domain not of its form")
        case .pathNotHere: (501, SMTPEnhancedCode(5, 1, 3), "address without a domain")
        // RFC 6531 §3.5: 5.6.7 with 550 or 553.
        case .needsSMTPUTF8: (553, SMTPEnhancedCode(5, 6, 7), "address outside of ASCII without SMTPUTF8")
        // RFC 5321 §4.1.1.11: 555 for parameters that are not recognised.
        case .unknownParameter: (555, SMTPEnhancedCode(5, 5, 4), "parameter not recognised")
        case .parameterValue: (501, SMTPEnhancedCode(5, 5, 4), "parameter not of its form")
        case .twice: (501, SMTPEnhancedCode(5, 5, 4), "parameter given twice")
        case .character: (500, SMTPEnhancedCode(5, 5, 2), "character that no command has")
        case .lineEnd: (500, SMTPEnhancedCode(5, 5, 2), "line not ended by CR LF")
        case .lineTooLong: (500, SMTPEnhancedCode(5, 5, 2), "line too long")
        }
    }
}
