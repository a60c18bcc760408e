internal import MailBytes
public import MailNames

/// A recipient, or all of a domain.
public enum RecipientPattern: Hashable, Sendable {
    /// The octets of the local part and the domain.
    case address(localPart: [UInt8], domain: DomainName)
    /// Whoever has an address in this domain.
    case anyone(at: DomainName)

    /// Whether a forward-path, without angle brackets, is meant.
    public func fits(_ path: ArraySlice<UInt8>) -> Bool {
        guard let at = path.lastIndex(of: UInt8(ascii: "@")),
            let domain = try? DomainName(mailDomain: path[(at + 1)...])
        else { return false }
        switch self {
        case .anyone(let listed): return listed == domain
        // RFC 5321 §2.4: local parts may tell capitals apart; in practice none does.
        case .address(let localPart, let listed):
            return listed == domain && path[..<at].equalsIgnoringASCIICase(localPart[...])
        }
    }
}
