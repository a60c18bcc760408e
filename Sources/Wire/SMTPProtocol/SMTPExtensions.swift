/// Extensions of SMTP that a server offers.
public struct SMTPExtensions: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// PIPELINING, RFC 2920.
    public static let pipelining = SMTPExtensions(rawValue: 1)
    /// 8BITMIME, RFC 6152.
    public static let eightBitMIME = SMTPExtensions(rawValue: 2)
    /// SMTPUTF8, RFC 6531.
    public static let smtpUTF8 = SMTPExtensions(rawValue: 4)
    /// CHUNKING, RFC 3030.
    public static let chunking = SMTPExtensions(rawValue: 8)
    /// ENHANCEDSTATUSCODES, RFC 2034.
    public static let enhancedStatusCodes = SMTPExtensions(rawValue: 16)
    /// DSN, RFC 3461.
    public static let dsn = SMTPExtensions(rawValue: 32)
    /// STARTTLS, RFC 3207.
    public static let startTLS = SMTPExtensions(rawValue: 64)
    /// REQUIRETLS, RFC 8689.
    public static let requireTLS = SMTPExtensions(rawValue: 128)
    /// SIZE, RFC 1870.
    public static let size = SMTPExtensions(rawValue: 256)
    /// XCLIENT, as Postfix has it.
    public static let xclient = SMTPExtensions(rawValue: 512)
    /// XFORWARD, as Postfix has it.
    public static let xforward = SMTPExtensions(rawValue: 1024)

    /// What needs nothing of the message's further way.
    public static let transparent: SMTPExtensions = [.pipelining, .enhancedStatusCodes, .size]

    /// Every keyword, in the order in which they are announced.
    static let keywords: [(extension: SMTPExtensions, word: String)] = [
        (.pipelining, "PIPELINING"), (.size, "SIZE"), (.eightBitMIME, "8BITMIME"), (.smtpUTF8, "SMTPUTF8"),
        (.chunking, "CHUNKING"), (.enhancedStatusCodes, "ENHANCEDSTATUSCODES"), (.dsn, "DSN"),
        (.startTLS, "STARTTLS"), (.requireTLS, "REQUIRETLS"), (.xclient, "XCLIENT"), (.xforward, "XFORWARD"),
    ]
}
