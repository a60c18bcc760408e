internal import MailBytes
internal import MailNames

/// `<domain>` and `<sender>` of RFC 7208 §4.1, from what the client said.
struct SPFSender {
    /// Whose name is checked.
    let identity: SPFIdentity
    /// Nil where the name cannot have a record (RFC 7208 §4.3).
    let domain: DomainName?
    /// The local part; nil for `postmaster` (RFC 7208 §4.3).
    let localPart: ArraySlice<UInt8>?

    init(_ request: SPFRequest, _ identity: SPFIdentity) {
        // RFC 7208 §2.4: with a null reverse-path the sender is postmaster at the HELO name.
        guard identity == .mailFrom, !request.mailFrom.isEmpty else {
            self.identity = .helo
            localPart = nil
            domain = Self.helo(request.helo)
            return
        }
        self.identity = .mailFrom
        let path = request.mailFrom
        // A local part may hold an @ in quotes; a domain holds none.
        let at = path.lastIndex(of: UInt8(ascii: "@"))
        localPart = at.flatMap { $0 > 0 ? path[..<$0] : nil }
        // RFC 8616 §4: U-labels become A-labels first.
        let name = try? DomainName(mailDomain: at.map { path[($0 + 1)...] } ?? path[...])
        domain = name.flatMap { SPFTargetName.canBeChecked($0) ? $0 : nil }
    }

    /// RFC 8616 §4: HELO comes before anybody could have said that UTF-8 is allowed, so its name has A-labels.
    private static func helo(_ text: [UInt8]) -> DomainName? {
        guard !text.contains(where: \.isNonASCII), let name = try? DomainName(mailDomain: text) else { return nil }
        return SPFTargetName.canBeChecked(name) ? name : nil
    }
}
