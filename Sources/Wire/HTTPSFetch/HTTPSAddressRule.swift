public import MailNames

/// Which addresses may be connected to.
///
/// Whoever publishes a name says where it leads. A name that leads into our own network would make us a tool against
/// it; so only the public internet is reached, and what is named expressly.
public struct HTTPSAddressRule: Hashable, Sendable {
    /// Networks that may be reached in any case.
    public var allowed: [IPPrefix]

    public init(allowed: [IPPrefix] = []) { self.allowed = allowed }

    /// What is wrong with an address, in a word or two; nil for one that may be connected to.
    public func refusal(of address: IPAddress) -> String? {
        if allowed.contains(where: { $0.contains(address) }) { return nil }
        return switch address {
        case .v4: Self.refusal(address, Self.networksV4)
        case .v6(let high, let low):
            // RFC 6052 §2.1: the well-known prefix has an IPv4 address behind it, which is the one that is reached.
            if high == 0x0064_FF9B_0000_0000, low >> 32 == 0 {
                refusal(of: .v4(UInt32(truncatingIfNeeded: low)))
            } else {
                Self.refusal(address, Self.networksV6) ?? (Self.isGlobalUnicast(high) ? nil : "not global unicast")
            }
        }
    }

    private static func refusal(_ address: IPAddress, _ networks: [(prefix: IPPrefix, name: String)]) -> String? {
        networks.first { $0.prefix.contains(address) }?.name
    }

    /// RFC 4291 §2.4 has much else for unicast; what was handed out is `2000::/3`.
    private static func isGlobalUnicast(_ high: UInt64) -> Bool { high >> 61 == 1 }

    // RFC 6890 §2.2.2 and the registries that it made: networks that are not globally reachable, or no host's address.
    static let networksV4 = networks([
        ("0.0.0.0/8", "this network"), ("10.0.0.0/8", "private"), ("100.64.0.0/10", "shared by a provider"),
        ("127.0.0.0/8", "loopback"), ("169.254.0.0/16", "link-local"), ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"), ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"), ("192.168.0.0/16", "private"), ("198.18.0.0/15", "benchmarks"),
        ("198.51.100.0/24", "documentation"), ("203.0.113.0/24", "documentation"), ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    ])

    static let networksV6 = networks([
        ("::/128", "unspecified"), ("::1/128", "loopback"), ("::ffff:0.0.0.0/96", "IPv4-mapped"),
        ("64:ff9b:1::/48", "local translation"), ("100::/64", "discard only"), ("2001::/23", "protocol assignments"),
        ("2001:db8::/32", "documentation"), ("2002::/16", "6to4"), ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"), ("fc00::/7", "unique local"), ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"), ("ff00::/8", "multicast"),
    ])

    private static func networks(_ table: [(text: String, name: String)]) -> [(prefix: IPPrefix, name: String)] {
        table.compactMap { entry in IPPrefix(entry.text).map { ($0, entry.name) } }
    }
}
