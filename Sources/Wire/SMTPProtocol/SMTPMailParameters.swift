internal import MailBytes

/// The body that a message has, as BODY= says it (RFC 6152 §2).
public enum SMTPBodyKind: String, Hashable, Sendable {
    case sevenBit = "7BIT"
    case eightBitMIME = "8BITMIME"
}

/// How much of a message comes back with a report, as RET= says it (RFC 3461 §4.3).
public enum SMTPReturn: String, Hashable, Sendable {
    case full = "FULL"
    case headers = "HDRS"
}

/// What stands behind the address in MAIL.
public struct SMTPMailParameters: Hashable, Sendable {
    /// SIZE=: octets that the message is said to have (RFC 1870 §5).
    public var size: Int?
    /// BODY=; nil where it is not said.
    public var body: SMTPBodyKind?
    /// SMTPUTF8 (RFC 6531 §3.4): the message or an address has letters outside of ASCII.
    public var smtpUTF8 = false
    /// REQUIRETLS (RFC 8689 §2): it goes on under TLS that is proved, or not at all.
    public var requireTLS = false
    /// RET=
    public var returns: SMTPReturn?
    /// ENVID=, decoded (RFC 3461 §4.4).
    public var envelopeID: [UInt8]?

    /// None of them.
    public init() {}

    /// RFC 3461 §4.4: at most a hundred characters of xtext.
    static let envelopeIDOctets = 100
    /// RFC 1870 §4: a number of at most twenty digits. Nineteen are more than there are octets.
    static let sizeDigits = 18

    mutating func take(
        _ word: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>?, _ offered: SMTPExtensions, _ seen: inout Set<String>
    ) throws(SMTPSyntaxError) {
        let keyword = String(lossy: word).uppercased()
        let needed: SMTPExtensions
        switch keyword {
        case "SIZE": needed = .size
        case "BODY": needed = .eightBitMIME
        case "SMTPUTF8": needed = .smtpUTF8
        case "REQUIRETLS": needed = .requireTLS
        case "RET", "ENVID": needed = .dsn
        default: throw .unknownParameter
        }
        guard offered.contains(needed) else { throw .unknownParameter }
        guard seen.insert(keyword).inserted else { throw .twice }
        switch keyword {
        case "SIZE":
            var cursor = ByteCursor(value.map { Array($0) } ?? [])
            guard let number = cursor.decimal(digits: Self.sizeDigits), cursor.isAtEnd else { throw .parameterValue }
            size = number
        case "BODY":
            guard let kind = value.flatMap({ SMTPBodyKind(rawValue: String(lossy: $0).uppercased()) }) else {
                throw .parameterValue
            }
            body = kind
        case "RET":
            guard let what = value.flatMap({ SMTPReturn(rawValue: String(lossy: $0).uppercased()) }) else {
                throw .parameterValue
            }
            returns = what
        case "ENVID":
            guard let value, value.count <= Self.envelopeIDOctets, let octets = SMTPXText.decode(value),
                !octets.isEmpty
            else { throw .parameterValue }
            envelopeID = octets
        default:
            // RFC 6531 §3.4, RFC 8689 §2: the keyword has no value.
            guard value == nil else { throw .parameterValue }
            if keyword == "SMTPUTF8" { smtpUTF8 = true } else { requireTLS = true }
        }
    }

    /// The parameters as they go over the wire, a space in front of each.
    var wire: [UInt8] {
        var text = ""
        if let size { text += " SIZE=\(size)" }
        if let body { text += " BODY=\(body.rawValue)" }
        if smtpUTF8 { text += " SMTPUTF8" }
        if requireTLS { text += " REQUIRETLS" }
        if let returns { text += " RET=\(returns.rawValue)" }
        if let envelopeID { text += " ENVID=" + String(lossy: SMTPXText.encode(envelopeID)) }
        return Array(text.utf8)
    }
}
