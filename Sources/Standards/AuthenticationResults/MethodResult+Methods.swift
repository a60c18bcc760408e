internal import MailBytes

// The results that Postseal writes, each with the properties that the registry has for it.

extension MethodResult {
    /// The identity that SPF checked.
    public enum SPFIdentity: String, Hashable, Sendable {
        case mailFrom = "mailfrom"
        case helo
    }

    /// `spf=… smtp.mailfrom=…` or `smtp.helo=…`: RFC 8601 §2.7.2, which wants the domain without the local part.
    public static func spf(
        _ result: String, _ identity: SPFIdentity, domain: String?, reason: String? = nil, comment: String? = nil
    ) -> MethodResult {
        var properties: [Property] = []
        if let domain { properties.append(Property(.smtp, identity.rawValue, hostile: domain)) }
        return MethodResult(
            method: "spf", result: result, reason: reason, comment: comment, properties: properties)
    }

    /// `dkim=…` for one signature: RFC 8601 §2.7.1.
    ///
    /// - Parameters:
    ///   - domain: tag `d=`.
    ///   - identity: tag `i=`. Its local part is left out if it holds anything but letters, digits and the signs of
    ///     an atom, because the signer writes there what it likes.
    ///   - selector: tag `s=`.
    ///   - algorithm: tag `a=`.
    ///   - signaturePrefix: the first characters of `b=`, which tell several signatures apart (RFC 6008 §4).
    public static func dkim(
        _ result: String, domain: String? = nil, identity: String? = nil, selector: String? = nil,
        algorithm: String? = nil, signaturePrefix: String? = nil, reason: String? = nil, comment: String? = nil
    ) -> MethodResult {
        var properties: [Property] = []
        if let domain { properties.append(Property(.header, "d", hostile: domain)) }
        if let identity { properties.append(Property(.header, "i", hostileAddress: identity)) }
        if let selector { properties.append(Property(.header, "s", hostile: selector)) }
        if let algorithm { properties.append(Property(.header, "a", hostile: algorithm)) }
        if let signaturePrefix { properties.append(Property(.header, "b", hostile: signaturePrefix)) }
        return MethodResult(
            method: "dkim", result: result, reason: reason, comment: comment, properties: properties)
    }

    /// `dmarc=… header.from=… policy.dmarc=…`: RFC 9989 §9.1, §9.2.
    ///
    /// - Parameters:
    ///   - authorDomain: the domain of the From field.
    ///   - policy: the policy that is applied, `none`, `quarantine` or `reject`.
    public static func dmarc(
        _ result: String, authorDomain: String?, policy: String? = nil, reason: String? = nil, comment: String? = nil
    ) -> MethodResult {
        var properties: [Property] = []
        if let authorDomain { properties.append(Property(.header, "from", hostile: authorDomain)) }
        if let policy { properties.append(Property(.policy, "dmarc", hostile: policy)) }
        return MethodResult(
            method: "dmarc", result: result, reason: reason, comment: comment, properties: properties)
    }

    /// `arc=… smtp.remote-ip=… header.oldest-pass=…`: RFC 8617 §6, §10.2.
    ///
    /// - Parameters:
    ///   - remoteAddress: the client's address.
    ///   - oldestPass: the instance of the oldest message signature that verifies; 0 if all do.
    public static func arc(
        _ result: String, remoteAddress: String? = nil, oldestPass: Int? = nil, reason: String? = nil,
        comment: String? = nil
    ) -> MethodResult {
        var properties: [Property] = []
        if let remoteAddress { properties.append(Property(.smtp, "remote-ip", hostile: remoteAddress)) }
        if let oldestPass { properties.append(Property(.header, "oldest-pass", String(oldestPass))) }
        return MethodResult(method: "arc", result: result, reason: reason, comment: comment, properties: properties)
    }

    /// `iprev=… policy.iprev=…`: whether the client's address and name agree, RFC 8601 §2.7.3.
    public static func iprev(
        _ result: String, address: String, reason: String? = nil, comment: String? = nil
    ) -> MethodResult {
        MethodResult(
            method: "iprev", result: result, reason: reason, comment: comment,
            properties: [Property(.policy, "iprev", hostile: address)])
    }

    /// `auth=… smtp.auth=… smtp.mailfrom=…`: SMTP AUTH, RFC 8601 §2.7.4.
    ///
    /// - Parameters:
    ///   - identity: whom the client logged in as.
    ///   - mailFrom: the mailbox of the `AUTH` parameter of `MAIL FROM`.
    public static func auth(
        _ result: String, identity: String? = nil, mailFrom: String? = nil, reason: String? = nil,
        comment: String? = nil
    ) -> MethodResult {
        var properties: [Property] = []
        if let identity { properties.append(Property(.smtp, "auth", hostile: identity)) }
        if let mailFrom { properties.append(Property(.smtp, "mailfrom", hostile: mailFrom)) }
        return MethodResult(
            method: "auth", result: result, reason: reason, comment: comment, properties: properties)
    }
}

extension MethodResult.Property {
    /// A value that the other side chose. Quoting keeps it in its place for every reader that follows the grammar;
    /// for those who split at semicolons, the signs that separate things become question marks, too. No domain,
    /// address, selector or algorithm that is real has any of them.
    init(_ type: MethodResult.PropertyType, _ name: String, hostile text: String) {
        self.init(type, name, text.utf8.map { Self.separates($0) ? UInt8(ascii: "?") : $0 })
    }

    /// An identity that the other side chose: `local@domain` or `@domain`.
    init(_ type: MethodResult.PropertyType, _ name: String, hostileAddress text: String) {
        let octets = Array(text.utf8)
        if let at = octets.lastIndex(of: UInt8(ascii: "@")),
            !octets[..<at].allSatisfy({ $0.isAtext || $0 == UInt8(ascii: ".") || $0.isNonASCII })
        {
            self.init(type, name, hostile: String(lossy: octets[at...]))
        } else {
            self.init(type, name, hostile: text)
        }
    }

    private static func separates(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ";"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\""), UInt8(ascii: "\\"): true
        default: byte.isControl || byte == .space
        }
    }
}
