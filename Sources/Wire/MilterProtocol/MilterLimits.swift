/// How much a mail server may send: each a bound on what a connection can take of memory.
public struct MilterLimits: Hashable, Sendable {
    /// Octets of a packet behind its length. Postfix sends header fields of up to 100 KiB in one, bodies in pieces of
    /// 64 KiB.
    public var packetOctets = 1024 * 1024 + 1024
    /// Octets of a message's header, line ends included.
    public var headerOctets = 1024 * 1024
    /// Octets of all macros together, names and values.
    public var macroOctets = 256 * 1024
    /// Macros of all stages together.
    public var macros = 2000
    /// Octets of the name that a client has, and of the one that it gives in HELO.
    public var nameOctets = 4096
    /// Octets of one address.
    public var addressOctets = 4096
    /// Octets of the ESMTP arguments of one address.
    public var argumentOctets = 16 * 1024
    /// ESMTP arguments of one address.
    public var arguments = 100
    /// Recipients of a message. Postfix allows a thousand unless told otherwise.
    public var recipients = 50_000
    /// Octets of all addresses and arguments of a message together.
    public var envelopeOctets = 16 * 1024 * 1024

    /// The limits as they are above.
    public init() {}
}

/// Which of ``MilterLimits`` was reached.
public enum MilterLimit: String, Hashable, Sendable {
    case header = "header"
    case macros = "macros"
    case name = "host name"
    case address = "address"
    case arguments = "ESMTP arguments"
    case recipients = "recipients"
    case envelope = "envelope"
}
