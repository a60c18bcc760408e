internal import MailBytes
public import MailNames

/// One mailbox of an address field: RFC 5322 §3.4, with the obsolete forms of §4.4 and RFC 6532.
public struct Mailbox: Hashable, Sendable {
    /// The name to show: a phrase, or a comment where there is no phrase. Comments are out, quotes are
    /// resolved, encoded words decoded (RFC 2047). For people; never compare it, and never print it unescaped.
    public var displayName: String?
    /// The local part without quotes, escapes, comments and folds: `"a\ b"` is `a b`. Empty where there was a
    /// name and no address.
    public var localPart: [UInt8]
    /// The domain in its canonical form. Nil for a domain literal, for something that is no domain name, and
    /// where there is none.
    public var domain: DomainName?
    /// The domain as written, without comments and folds; a domain literal with its brackets. Empty where
    /// there is none.
    public var domainText: [UInt8]

    /// A mailbox; without a text of its own the domain's is its A-label form.
    public init(displayName: String? = nil, localPart: [UInt8], domain: DomainName?, domainText: [UInt8]? = nil) {
        self.displayName = displayName
        self.localPart = localPart
        self.domain = domain
        self.domainText = domainText ?? domain?.bytes ?? []
    }
}

extension Mailbox {
    /// Whether there is an address, with a domain of any kind.
    public var hasAddress: Bool { !domainText.isEmpty }

    /// The address as RFC 5322 §3.4.1 writes it, the local part quoted where it must be; empty where there is no
    /// address. The domain is as written; what is not UTF-8 becomes U+FFFD.
    public var addrSpec: String { String(lossy: addrSpecBytes) }

    /// ``addrSpec`` in octets.
    public var addrSpecBytes: [UInt8] {
        guard hasAddress || !localPart.isEmpty else { return [] }
        var output = Self.quotedIfNeeded(localPart)
        guard hasAddress else { return output }
        output.append(UInt8(ascii: "@"))
        output.append(contentsOf: domainText)
        return output
    }

    /// RFC 5322 §3.4.1: the dot-atom form where it is possible.
    static func quotedIfNeeded(_ local: [UInt8]) -> [UInt8] {
        var previous = UInt8(ascii: ".")
        var isDotAtom = true
        for byte in local {
            let isDot = byte == UInt8(ascii: ".")
            if isDot ? previous == byte : !(byte.isAtext || byte.isNonASCII) { isDotAtom = false }
            previous = byte
        }
        if isDotAtom, previous != UInt8(ascii: ".") { return local }
        return quoted(local)
    }

    /// RFC 5322 §3.2.4: a quoted string.
    static func quoted(_ text: some Collection<UInt8>) -> [UInt8] {
        var output: [UInt8] = [UInt8(ascii: "\"")]
        output.reserveCapacity(text.count + 2)
        for byte in text {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { output.append(UInt8(ascii: "\\")) }
            output.append(byte)
        }
        output.append(UInt8(ascii: "\""))
        return output
    }
}
