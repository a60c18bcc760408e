internal import MailBytes

/// What bounds an address.
enum SMTPAddressLimits {
    /// RFC 5321 §4.5.3.1.1: every server takes 64 octets, and none should have a limit. Mailing lists and senders of
    /// much mail put whole addresses into the local part; this holds one.
    static let localPartOctets = 320
    /// RFC 5321 §4.5.3.1.2.
    static let domainOctets = 255
    /// Hosts of a source route, which is read to be dropped.
    static let routeHosts = 100
}

extension ByteCursor {
    /// Reads `<...>`: a path with its angle brackets, and a source route that is dropped.
    mutating func smtpPath() throws(SMTPSyntaxError) -> SMTPPath {
        guard skip(UInt8(ascii: "<")) else { throw .path }
        if skip(UInt8(ascii: ">")) { return .null }
        var postmaster = self
        if postmaster.skip(ignoringCase: "postmaster"), postmaster.skip(UInt8(ascii: ">")) {
            self = postmaster
            return .postmaster
        }
        try skipSourceRoute()
        let address = try smtpAddress()
        guard skip(UInt8(ascii: ">")) else { throw .path }
        return .mailbox(address)
    }

    /// RFC 5321 §4.1.2: `@one,@two:` in front of the mailbox is accepted and ignored.
    private mutating func skipSourceRoute() throws(SMTPSyntaxError) {
        guard peek == UInt8(ascii: "@") else { return }
        for _ in 0..<SMTPAddressLimits.routeHosts {
            guard skip(UInt8(ascii: "@")) else { throw .path }
            _ = try smtpDomain()
            if skip(UInt8(ascii: ":")) { return }
            guard skip(UInt8(ascii: ",")) else { throw .path }
        }
        throw .path
    }

    /// Reads a mailbox. Letters outside of ASCII are taken where they are UTF-8; whether they may be there is for the
    /// caller to say.
    mutating func smtpAddress() throws(SMTPSyntaxError) -> SMTPAddress {
        let localPart = peek == UInt8(ascii: "\"") ? try smtpQuotedString() : try smtpDotString()
        guard localPart.count <= SMTPAddressLimits.localPartOctets, Self.isUTF8(localPart) else { throw .address }
        guard skip(UInt8(ascii: "@")) else { throw .address }
        return SMTPAddress(localPart: localPart, domain: try smtpDomain())
    }

    private mutating func smtpDotString() throws(SMTPSyntaxError) -> [UInt8] {
        let range = skip { $0.isAtext || $0.isNonASCII || $0 == UInt8(ascii: ".") }
        let text = slice(range)
        guard text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy({ !$0.isEmpty })
        else { throw .address }
        return Array(text)
    }

    private mutating func smtpQuotedString() throws(SMTPSyntaxError) -> [UInt8] {
        var output: [UInt8] = []
        _ = skip(UInt8(ascii: "\""))
        while let octet = next() {
            switch octet {
            case UInt8(ascii: "\""): return output
            case UInt8(ascii: "\\"):
                // RFC 5321 §4.1.2: quoted-pairSMTP is any printable octet.
                guard let escaped = next(), escaped >= 0x20, escaped < 0x7F else { throw .address }
                output.append(escaped)
            default:
                guard octet >= 0x20, octet != 0x7F else { throw .address }
                output.append(octet)
            }
        }
        throw .address
    }

    /// Reads a domain or an address literal.
    mutating func smtpDomain() throws(SMTPSyntaxError) -> [UInt8] {
        let start = position
        if skip(UInt8(ascii: "[")) {
            // RFC 5321 §4.1.3: dcontent is any printable octet but the brackets and the backslash.
            let inside = skip { $0.isVisible && !(UInt8(ascii: "[")...UInt8(ascii: "]")).contains($0) }
            guard !inside.isEmpty, skip(UInt8(ascii: "]")) else { throw .domain }
        } else {
            // Deviation: an underscore is taken, which host names do not have and mail domains do.
            let range = skip { $0.isAlphanumeric || $0.isNonASCII || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
            let labels = slice(range).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            guard labels.allSatisfy({ !$0.isEmpty && $0.first != 0x2D && $0.last != 0x2D }) else { throw .domain }
        }
        let text = slice(start..<position)
        guard text.count <= SMTPAddressLimits.domainOctets, Self.isUTF8(text) else { throw .domain }
        return Array(text)
    }

    private static func isUTF8(_ octets: some Collection<UInt8>) -> Bool {
        !octets.contains(where: \.isNonASCII) || String(validating: octets, as: UTF8.self) != nil
    }
}
