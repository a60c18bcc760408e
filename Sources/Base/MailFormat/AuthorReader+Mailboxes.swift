internal import MailBytes
internal import MailNames

// What the addresses and names of the authors give away.

extension AuthorReader {
    /// RFC 5321 §4.5.3.1.3: a path has 256 octets with its angle brackets.
    static let addressLengthMax = 254

    mutating func inspectMailboxes() {
        var seen: Set<AuthorKey> = []
        for mailbox in mailboxes {
            if mailbox.domain == nil { ambiguities.insert(.noDomain) }
            if !seen.insert(AuthorKey(mailbox)).inserted { ambiguities.insert(.repeatedMailbox) }
            if mailbox.localPart.count + mailbox.domainText.count + 1 > Self.addressLengthMax {
                ambiguities.insert(.tooLong)
            }
            if Self.holdsAddress(mailbox.localPart) { ambiguities.insert(.addressInLocalPart) }
            inspectCharacters(of: mailbox)
        }
        if seen.count > 1 { ambiguities.insert(.severalMailboxes) }
    }

    /// `"ann@example.org"@example.net`, `ann%example.org@…`, `example.org!ann@…`: for programs that know the old
    /// routes, or that take the first `@`, the local part names a domain.
    private static func holdsAddress(_ local: [UInt8]) -> Bool {
        if local.contains(UInt8(ascii: "@")) { return true }
        if local.contains(where: { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") || $0 == UInt8(ascii: ",") }) {
            return true
        }
        func isDomain(_ part: ArraySlice<UInt8>) -> Bool {
            part.contains(UInt8(ascii: "."))
                && part.allSatisfy {
                    $0.isAlphanumeric || $0.isNonASCII || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
                }
        }
        if let percent = local.lastIndex(of: UInt8(ascii: "%")), isDomain(local[(percent + 1)...]) { return true }
        if let bang = local.firstIndex(of: UInt8(ascii: "!")), bang > 0, isDomain(local[..<bang]) { return true }
        return false
    }

    private mutating func inspectCharacters(of mailbox: Mailbox) {
        for part in [mailbox.localPart, mailbox.domainText] where part.contains(where: \.isNonASCII) {
            if String(validating: part, as: UTF8.self) == nil { ambiguities.insert(.notUTF8) }
            let traits = TextTraits(String(lossy: part), isAddress: true)
            note(traits)
            if traits.isDeceptive { ambiguities.insert(.disguisedAddress) }
        }
        // A label that is not ASCII and needs no A-label is ASCII in disguise: UTS 46 maps it.
        if mailbox.domainText.contains(where: \.isNonASCII), let domain = mailbox.domain,
            Self.nonASCIILabels(mailbox.domainText) > Self.aLabels(domain)
        {
            ambiguities.insert(.disguisedAddress)
        }
    }

    private static func nonASCIILabels(_ text: [UInt8]) -> Int {
        text.split(separator: UInt8(ascii: ".")).count { $0.contains(where: \.isNonASCII) }
    }

    private static func aLabels(_ domain: DomainName) -> Int {
        domain.labels.count { $0.starts(with: "xn--".utf8) }
    }

    private mutating func note(_ traits: TextTraits) {
        if traits.hasLookAlike { ambiguities.insert(.lookAlike) }
        if traits.hasInvisible { ambiguities.insert(.invisibleCharacter) }
        if traits.hasBidirectional { ambiguities.insert(.bidirectionalControl) }
    }
}

extension AuthorReader {
    mutating func inspect(_ names: AddressNames) {
        if names.hasEncodedControl { ambiguities.insert(.encodedControlCharacter) }
        for candidate in names.addressesBeforeAngle where isForeign(candidate) {
            ambiguities.insert(.addressBeforeAngle)
        }
        for name in names.names { inspect(name, .addressInName) }
        for comment in names.comments { inspect(comment, .addressInComment) }
        if !names.opaque.isEmpty { inspect(String(lossy: names.opaque), .addressInName) }
    }

    private mutating func inspect(_ text: String, _ ambiguity: AuthorAmbiguity) {
        note(TextTraits(text, isAddress: false))
        for found in AddressInText.all(in: text) where !isOwn(found.domain) {
            ambiguities.insert(ambiguity)
            if found.isDisguised { ambiguities.insert(.lookAlike) }
        }
    }

    /// Whether an address in front of angle brackets could pass for an author and is none.
    private func isForeign(_ candidate: Mailbox) -> Bool {
        // `Ann @ Work` is a name: an address that is worth forging has a domain with a dot.
        guard let domain = candidate.domain, domain.labelCount > 1 else { return false }
        let key = AuthorKey(candidate)
        return !mailboxes.contains { AuthorKey($0) == key }
    }

    /// Whether a domain that people see is an author's, or above or below it: then nobody is misled.
    private func isOwn(_ domain: DomainName) -> Bool {
        mailboxes.contains {
            guard let own = $0.domain else { return false }
            return own.isEqualOrSubdomain(of: domain) || domain.isEqualOrSubdomain(of: own)
        }
    }
}

/// What makes two mailboxes one: no server in use tells local parts apart by the case of ASCII letters.
struct AuthorKey: Hashable {
    var local: [UInt8]
    var domain: [UInt8]

    init(_ mailbox: Mailbox) {
        local = mailbox.localPart.asciiLowercased
        domain = mailbox.domain?.bytes ?? mailbox.domainText.asciiLowercased
    }
}
