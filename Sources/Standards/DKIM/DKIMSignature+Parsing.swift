internal import MailBytes
public import MailFormat
internal import MailNames

extension DKIMSignature {
    /// Whose rules the field follows.
    public enum Profile: Sendable {
        /// DKIM-Signature: RFC 6376 §3.5.
        case dkim
        /// ARC-Message-Signature, where `i=` is a number and there is no `v=`: RFC 8617 §4.1.2.
        ///
        /// Deviation: `h=` may have gaps, be empty, and lack From, which RFC 6376 §3.5 and §5.4 forbid. Validators
        /// do accept it, the public test suite wants it, and a chain does not vouch for an author anyway.
        case arc
    }

    /// Reads the value of a field.
    public init(parsing value: [UInt8]) throws(DKIMSyntaxError) {
        try self.init(try DKIMTagList(value, in: 0..<value.count))
    }

    /// Reads the value of a field of a header.
    public init(_ field: HeaderField, of header: HeaderSection) throws(DKIMSyntaxError) {
        try self.init(try DKIMTagList(header.bytes, in: field.value))
    }

    /// Reads a tag list.
    ///
    /// What is checked here is what RFC 6376 §6.1.1 asks for, in its order, without looking at message, key or
    /// clock. Tag `z=` and unknown tags are not looked at.
    public init(_ tags: DKIMTagList, profile: Profile = .dkim) throws(DKIMSyntaxError) {
        if profile == .dkim { try Self.checkVersion(tags) }
        // The algorithm first: what cannot be verified anyway needs no further look, and no DNS.
        algorithm = try tags.algorithm()
        canonicalization = try tags.canonicalization()
        signature = try tags.base64("b", octetsMax: DKIMLimits.signatureValueOctetsMax)
        bodyHash = try Self.bodyHash(tags)
        domain = try tags.domain()
        selector = try tags.selector()
        fieldNames = try Self.fieldNames(tags, allowingGaps: profile == .arc)
        bodyLength = try tags.bodyLength()
        signedAt = try tags.time("t")
        expiresAt = try tags.time("x")
        identity = profile == .dkim ? try Self.identity(tags) : nil
        try Self.checkQueryMethods(tags)
        // RFC 6376 §6.1.1: d= is the same as, or a parent of, the domain of i=.
        if let tag = tags.tag("i"), !identityDomain.isEqualOrSubdomain(of: domain) {
            throw DKIMSyntaxError(.identityOutsideDomain, at: tag.value.lowerBound - tags.start)
        }
        // RFC 6376 §5.4, §6.1.1: From must be signed.
        guard profile == .arc || fieldNames.containsFrom else {
            throw DKIMSyntaxError(.fromNotSigned, at: try tags.required("h").value.lowerBound - tags.start)
        }
        // RFC 6376 §3.5: x= must be greater than t=.
        if let signedAt, let expiresAt, expiresAt <= signedAt, let tag = tags.tag("x") {
            throw DKIMSyntaxError(.expiresBeforeSigned, at: tag.value.lowerBound - tags.start)
        }
    }

    /// RFC 6376 §3.5: v= is required and 1; §6.1.1 wants other versions refused.
    private static func checkVersion(_ tags: DKIMTagList) throws(DKIMSyntaxError) {
        let tag = try tags.required("v")
        guard tag.value.count == 1, tags.bytes[tag.value.lowerBound] == UInt8(ascii: "1") else {
            throw DKIMSyntaxError(.unknownVersion, at: tag.value.lowerBound - tags.start)
        }
    }

    private static func bodyHash(_ tags: DKIMTagList) throws(DKIMSyntaxError) -> [UInt8] {
        let octets = try tags.base64("bh", octetsMax: 64)
        guard octets.count == 32 else { throw tags.bad(try tags.required("bh"), expected: "a SHA-256 hash") }
        return octets
    }

    private static func fieldNames(
        _ tags: DKIMTagList, allowingGaps: Bool
    ) throws(DKIMSyntaxError) -> DKIMFieldNames {
        let tag = try tags.required("h")
        do throws(DKIMFieldNames.TooMany) {
            if let names = try DKIMFieldNames(parsing: tags.bytes[tag.value], allowingGaps: allowingGaps) {
                return names
            }
        } catch {
            throw DKIMSyntaxError(.tooManyFieldNames, at: tag.value.lowerBound - tags.start)
        }
        throw tags.bad(tag, expected: "a list of field names")
    }

    /// `[ Local-part ] "@" domain-name` in dkim-quoted-printable.
    private static func identity(_ tags: DKIMTagList) throws(DKIMSyntaxError) -> DKIMIdentity? {
        guard let tag = tags.tag("i") else { return nil }
        guard let octets = DKIMQuotedPrintable.decode(tags.bytes[tag.value]),
            let at = octets.lastIndex(of: UInt8(ascii: "@")), octets.last != UInt8(ascii: "."),
            let domain = try? DomainName(mailDomain: octets[(at + 1)...]), domain.isHostName
        else { throw tags.bad(tag, expected: "an address or '@' and a domain") }
        return DKIMIdentity(localPart: Array(octets[..<at]), domain: domain)
    }

    /// RFC 6376 §3.5: ways that are not known are passed over; the one known way must be among them.
    private static func checkQueryMethods(_ tags: DKIMTagList) throws(DKIMSyntaxError) {
        guard let tag = tags.tag("q") else { return }
        let methods = tags.bytes[tag.value]
        if methods.isWord("dns/txt") { return }
        for method in methods.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        where method.trimmingWhitespace.isWord("dns/txt") { return }
        throw DKIMSyntaxError(.unknownQueryMethod, at: tag.value.lowerBound - tags.start)
    }
}
