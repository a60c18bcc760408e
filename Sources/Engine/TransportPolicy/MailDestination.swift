internal import MailBytes
public import MailNames

/// Where a mail server wants to deliver: the next hop, as its administrator or the recipient's address gives it.
public enum MailDestination: Hashable, Sendable, CustomStringConvertible {
    /// A mail domain: its MX records say where its mail goes.
    case domain(DomainName)
    /// One host, whose MX records don't count: a smart host, `[mail.example.org]:587`.
    case host(DomainName, port: UInt16)
    /// An address, which can prove nothing.
    case literal(IPAddress, port: UInt16)

    /// Why a text is no destination.
    public enum Mistake: Error, Hashable, Sendable, CustomStringConvertible {
        case name, bracket, port

        public var description: String {
            switch self {
            case .name: "a destination is a domain, or a host or an address in brackets"
            case .bracket: "what begins with '[' ends with ']' or with ']:' and a port"
            case .port: "a port is a number from 1 to 65535"
            }
        }
    }

    /// Reads `example.org`, `[mail.example.org]`, `[mail.example.org]:587`, `[192.0.2.1]` or `[IPv6:2001:db8::1]`: the
    /// forms of Postfix's next hops, and of address literals (RFC 5321 §4.1.3).
    ///
    /// A domain with a port is taken for a host: the port is the administrator's, and MX records have none.
    ///
    /// - Throws: where it is none of these.
    public init(_ octets: ArraySlice<UInt8>) throws(Mistake) {
        guard octets.first == UInt8(ascii: "[") else {
            if let colon = octets.firstIndex(of: UInt8(ascii: ":")) {
                let port = try Self.port(octets[(colon + 1)...])
                self = .host(try Self.name(octets[..<colon]), port: port)
            } else {
                self = .domain(try Self.name(octets))
            }
            return
        }
        guard let end = octets.lastIndex(of: UInt8(ascii: "]")) else { throw .bracket }
        let inside = octets[(octets.startIndex + 1)..<end]
        let behind = octets[(end + 1)...]
        var port: UInt16 = 25
        if !behind.isEmpty {
            guard behind.first == UInt8(ascii: ":") else { throw .bracket }
            port = try Self.port(behind.dropFirst())
        }
        let isV6 = inside.count > 5 && inside.prefix(5).map { $0 | 0x20 }.elementsEqual("ipv6:".utf8)
        if let address = IPAddress(bytes: isV6 ? inside.dropFirst(5) : inside) {
            self = .literal(address, port: port)
        } else {
            self = .host(try Self.name(inside), port: port)
        }
    }

    /// As ``init(_:)-(ArraySlice<UInt8>)``, from text.
    public init(_ text: String) throws(Mistake) { try self.init(Array(text.utf8)[...]) }

    private static func name(_ octets: ArraySlice<UInt8>) throws(Mistake) -> DomainName {
        // An address without brackets is no name, though its letters would do.
        guard IPAddress(bytes: octets) == nil,
            let name = try? DomainName(mailDomain: octets.last == UInt8(ascii: ".") ? octets.dropLast() : octets),
            name.isHostName
        else { throw .name }
        return name
    }

    private static func port(_ octets: ArraySlice<UInt8>) throws(Mistake) -> UInt16 {
        guard octets.count <= 5, !octets.isEmpty, octets.allSatisfy(\.isDigit),
            let port = UInt16(String(decoding: octets, as: UTF8.self)), port > 0
        else { throw .port }
        return port
    }

    public var description: String {
        switch self {
        case .domain(let name): name.text
        case .host(let name, 25): "[\(name.text)]"
        case .host(let name, let port): "[\(name.text)]:\(port)"
        case .literal(let address, let port):
            "[\(address.isV4 ? "" : "IPv6:")\(address.text)]" + (port == 25 ? "" : ":\(port)")
        }
    }
}
