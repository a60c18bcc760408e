internal import MailBytes
public import MailNames

/// A mailbox of the envelope: local part, `@` and a domain or an address in brackets.
public struct SMTPAddress: Hashable, Sendable {
    /// The local part without quotes and backslashes: `"a b"` and `a` are one form each.
    public var localPart: [UInt8]
    /// What stands behind the `@`, as it came: a domain name, with U-labels or A-labels, or an address literal with its
    /// brackets.
    public var domain: [UInt8]

    /// The parts as they are; see ``init(_:allowsUTF8:)`` for reading an address.
    public init(localPart: [UInt8], domain: [UInt8]) {
        self.localPart = localPart
        self.domain = domain
    }

    /// Reads an address without its angle brackets.
    ///
    /// - Parameter allowsUTF8: whether letters outside of ASCII may stand in it, as with SMTPUTF8.
    /// - Throws: where it is none.
    public init(_ text: String, allowsUTF8: Bool = false) throws(SMTPSyntaxError) {
        var cursor = ByteCursor(text)
        self = try cursor.smtpAddress()
        guard cursor.isAtEnd else { throw .address }
        guard allowsUTF8 || !isInternationalised else { throw .needsSMTPUTF8 }
    }

    /// The domain in the form in which names are compared; nil for an address literal.
    public var domainName: DomainName? {
        isLiteral ? nil : try? DomainName(mailDomain: domain)
    }

    /// The host that an address literal names; nil for a domain, and for a literal of another kind.
    public var literalAddress: IPAddress? {
        guard isLiteral else { return nil }
        let inside = domain.dropFirst().dropLast()
        // RFC 5321 §4.1.3: an IPv6 address has a tag in front.
        let tag = [UInt8]("IPv6:".utf8)[...]
        guard inside.prefix(tag.count).equalsIgnoringASCIICase(tag) else {
            return IPAddress(bytes: inside).flatMap { $0.isV4 ? $0 : nil }
        }
        return IPAddress(bytes: inside.dropFirst(tag.count)).flatMap { $0.isV4 ? nil : $0 }
    }

    /// Whether an address literal stands behind the `@`.
    public var isLiteral: Bool { domain.first == UInt8(ascii: "[") }

    /// Whether it has letters outside of ASCII, and so needs SMTPUTF8.
    public var isInternationalised: Bool {
        localPart.contains(where: \.isNonASCII) || domain.contains(where: \.isNonASCII)
    }

    /// The address as it goes over the wire, without angle brackets; the local part is quoted where it must be.
    public var wire: [UInt8] { Self.quoted(localPart) + [UInt8(ascii: "@")] + domain }

    /// RFC 5321 §4.1.2: a quoted string where the local part is no dot-string.
    static func quoted(_ localPart: [UInt8]) -> [UInt8] {
        let atoms = localPart.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isDotString = atoms.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isAtext || $0.isNonASCII } }
        guard !isDotString else { return localPart }
        var output = [UInt8(ascii: "\"")]
        for octet in localPart {
            if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") { output.append(UInt8(ascii: "\\")) }
            output.append(octet)
        }
        return output + [UInt8(ascii: "\"")]
    }
}

extension SMTPAddress: CustomStringConvertible {
    public var description: String { String(lossy: wire) }
}

/// A path of MAIL or RCPT, without its angle brackets. Source routes are gone (RFC 5321 §4.1.1.3).
public enum SMTPPath: Hashable, Sendable, CustomStringConvertible {
    /// `<>`, the sender of bounces.
    case null
    /// `<postmaster>`, in any case: the one recipient that needs no domain.
    case postmaster
    /// Any other.
    case mailbox(SMTPAddress)

    /// The address; nil for the other two.
    public var address: SMTPAddress? {
        if case .mailbox(let address) = self { address } else { nil }
    }

    /// Whether it has letters outside of ASCII, and so needs SMTPUTF8.
    public var isInternationalised: Bool { address?.isInternationalised ?? false }

    /// The path as it goes over the wire, without its angle brackets.
    public var bare: [UInt8] {
        switch self {
        case .null: []
        case .postmaster: Array("postmaster".utf8)
        case .mailbox(let address): address.wire
        }
    }

    /// The path as it goes over the wire.
    public var wire: [UInt8] { [UInt8(ascii: "<")] + bare + [UInt8(ascii: ">")] }

    public var description: String { String(lossy: wire) }
}
