internal import MailBytes
internal import MailNames
internal import PostsealEngine
internal import UnboundResolver

extension ValueForm<DomainName> {
    /// A domain name; U-labels become A-labels.
    static var domain: ValueForm {
        ValueForm(noun: "domain such as example.org") { text, _ throws(ValueError) in
            try DomainText.read(text)
        } print: { name in
            name.text
        }
    }

    /// A selector: RFC 6376 §3.1 allows it dots.
    static var selector: ValueForm {
        ValueForm(noun: "selector such as s2026") { text, _ throws(ValueError) in
            do throws(ValueError) {
                return try DomainText.read(text)
            } catch {
                throw ValueError(
                    "\(Shown.quoted(text)) is no selector such as s2026: letters, digits, '-', '_' and '.'")
            }
        } print: { name in
            name.text
        }
    }
}

/// Domain names as administrators write them.
enum DomainText {
    static func read(_ text: String) throws(ValueError) -> DomainName {
        guard let name = try? DomainName(mailDomain: text), name.isHostName, IPAddress(text) == nil else {
            throw ValueError("\(Shown.quoted(text)) is no domain such as example.org")
        }
        return name
    }
}

extension ValueForm<DomainPattern> {
    /// `example.org`, `*.example.org` or `*`.
    static var domainPattern: ValueForm {
        ValueForm(noun: "domain, \"*.domain\" for all below it, or \"*\" for every domain") {
            text, _ throws(ValueError) in
            if text == "*" { return .any }
            if text.hasPrefix("*.") { return .below(try DomainText.read(String(text.dropFirst(2)))) }
            return .exactly(try DomainText.read(text))
        } print: { pattern in
            pattern.configurationText
        }
    }
}

extension DomainPattern {
    /// The pattern as it is written in the configuration.
    var configurationText: String {
        switch self {
        case .exactly(let name): name.text
        case .below(let name): "*.\(name.text)"
        case .any: "*"
        }
    }
}

extension ValueForm<IPPrefix> {
    /// `192.0.2.0/24`, `2001:db8::/32`, or a single address.
    static var network: ValueForm {
        ValueForm(noun: "network such as 203.0.113.0/24 or 2001:db8::/32") { text, _ throws(ValueError) in
            try NetworkText.read(text)
        } print: { network in
            network.description
        }
    }
}

extension ValueForm<IPAddress> {
    /// `192.0.2.25` or `2001:db8::25`.
    static var address: ValueForm {
        ValueForm(noun: "IP address such as 192.0.2.25 or 2001:db8::25") { text, _ throws(ValueError) in
            guard let address = IPAddress(text) else {
                throw ValueError("\(Shown.quoted(text)) is no IP address such as 192.0.2.25 or 2001:db8::25")
            }
            return address.unmapped
        } print: { address in
            address.text
        }
    }
}

enum NetworkText {
    static func read(_ text: String) throws(ValueError) -> IPPrefix {
        guard let network = IPPrefix(text) else {
            throw ValueError("\(Shown.quoted(text)) is no network such as 203.0.113.0/24 or 2001:db8::/32")
        }
        // An address where a network's name is expected is as likely a slip in its length.
        if let slash = text.firstIndex(of: "/"), IPAddress(String(text[..<slash])) != network.address {
            throw ValueError("\(Shown.quoted(text)) is an address within a network; did you mean '\(network)'?")
        }
        return network
    }
}

extension ValueForm<ListedForwarder> {
    /// A network, or a domain that the client's verified host name is in.
    static var forwarder: ValueForm {
        ValueForm(noun: "network such as 203.0.113.0/24 or host domain such as relay.example.net") {
            text, _ throws(ValueError) in
            if IPPrefix(text) != nil { return .network(try NetworkText.read(text)) }
            guard let name = try? DomainText.read(text) else {
                throw ValueError(
                    "\(Shown.quoted(text)) is neither a network nor a host domain such as relay.example.net")
            }
            return .hostDomain(name)
        } print: { forwarder in
            switch forwarder {
            case .network(let network): network.description
            case .hostDomain(let name): name.text
            }
        }
    }
}

extension ValueForm<RecipientPattern> {
    /// `list@example.org`, or `@example.org` for everybody there.
    static var recipient: ValueForm {
        ValueForm(noun: "recipient such as list@example.org, or \"@example.org\" for everybody there") {
            text, _ throws(ValueError) in
            guard let at = text.lastIndex(of: "@"),
                let domain = try? DomainText.read(String(text[text.index(after: at)...])),
                text.utf8.allSatisfy({ $0.isVisible || $0.isNonASCII }), LocalPartText.isOne(text[..<at])
            else {
                throw ValueError(
                    "\(Shown.quoted(text)) is no recipient such as list@example.org or \"@example.org\""
                        + LocalPartText.hint(text))
            }
            let localPart = Array(text[..<at].utf8)
            return localPart.isEmpty ? .anyone(at: domain) : .address(localPart: localPart, domain: domain)
        } print: { recipient in
            recipient.configurationText
        }
    }
}

/// Local parts as administrators write them.
enum LocalPartText {
    /// Whether a text is a dot-string or a quoted string (RFC 5321 §4.1.2), of RFC 6531 as well, or nothing at all.
    static func isOne(_ text: Substring) -> Bool {
        guard !text.isEmpty else { return true }
        if text.utf8.first == quote { return isQuoted(text.utf8.dropFirst()) }
        return text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isAtext || $0.isNonASCII } }
    }

    /// What was meant, perhaps, as words that go on.
    static func hint(_ text: String) -> String {
        if text.lowercased().hasPrefix("mailto:"), text.contains("@") {
            return "; did you mean \(Shown.quoted(String(text.dropFirst(7))))?"
        }
        guard text.contains(","), text.count(where: { $0 == "@" }) > 1 else { return "" }
        let parts = text.split(separator: ",").map { $0.trimmingSpaces }
        return "; several stand in a list: [\(Shown.quoted(parts.joined(separator: ", ")).dropFirst().dropLast())]"
    }

    private static let quote = UInt8(ascii: "\"")

    /// Whether a text, behind its first quote, is a quoted string to its end.
    private static func isQuoted(_ text: Substring.UTF8View.SubSequence) -> Bool {
        var isEscaped = false
        var rest = text
        while let octet = rest.popFirst() {
            if isEscaped {
                isEscaped = false
            } else if octet == UInt8(ascii: "\\") {
                isEscaped = true
            } else if octet == quote {
                return rest.isEmpty
            }
        }
        return false
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}

extension RecipientPattern {
    /// The recipient as it is written in the configuration.
    var configurationText: String {
        switch self {
        case .anyone(let domain): "@\(domain.text)"
        case .address(let localPart, let domain): "\(String(decoding: localPart, as: UTF8.self))@\(domain.text)"
        }
    }
}

extension ValueForm<ServerAddress> {
    /// The address of a DNS server, with a port if it is not 53.
    static var server: ValueForm {
        ValueForm(noun: "DNS server such as 192.0.2.53, 192.0.2.53:5300 or [2001:db8::53]:5300") {
            text, _ throws(ValueError) in
            guard let address = ServerAddress(text) else {
                throw ValueError(
                    "\(Shown.quoted(text)) is no address of a DNS server such as 192.0.2.53 or 192.0.2.53:5300")
            }
            return address
        } print: { address in
            address.description
        }
    }
}

extension ValueForm<String> {
    /// A name in Authentication-Results.
    static var authservID: ValueForm {
        ValueForm(noun: "name such as mx.example.org") { text, _ throws(ValueError) in
            guard AuthservID.isValid(text) else {
                throw ValueError(
                    "\(Shown.quoted(text)) is no name that Authentication-Results can carry, such as mx.example.org")
            }
            return text
        } print: { name in
            name
        }
    }
}

extension ValueForm<[UInt8]?> {
    /// Printable ASCII that goes in front of a subject.
    static var subjectPrefix: ValueForm {
        ValueForm(noun: "short text in quotes, or \"\" for none") { text, _ throws(ValueError) in
            guard text.utf8.count <= SubjectPrefix.octetsMax, text.utf8.allSatisfy({ $0.isVisible || $0 == .space })
            else {
                throw ValueError(
                    "\(Shown.quoted(text)) is no text of at most \(SubjectPrefix.octetsMax) letters and signs of ASCII")
            }
            return text.utf8.isEmpty ? nil : Array(text.utf8)
        } print: { prefix in
            "\"\(String(decoding: prefix ?? [], as: UTF8.self))\""
        }
    }
}

enum SubjectPrefix {
    /// Limit: a subject has to stay readable.
    static let octetsMax = 60
}

extension ValueForm<UInt32?> {
    /// The permissions of a socket, in octal digits.
    static var socketMode: ValueForm {
        ValueForm(noun: "mode in octal digits such as \"0660\"") { text, _ throws(ValueError) in
            guard (3...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x37).contains($0) }),
                let mode = UInt32(text, radix: 8), mode <= 0o777
            else { throw ValueError("\(Shown.quoted(text)) is no mode in octal digits such as \"0660\"") }
            return mode
        } print: { mode in
            mode.map { "\"0\(String($0, radix: 8))\"" } ?? ""
        }
    }
}
