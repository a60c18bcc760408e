internal import MailBytes
public import MailNames

/// What is fetched: a path of a host, by HTTPS.
public struct HTTPSResource: Hashable, Sendable, CustomStringConvertible {
    /// The host: who is asked for in DNS, named in the handshake and the request, and held against the certificate.
    public let host: DomainName
    /// The path, with a query perhaps; it begins with a slash.
    public let path: String

    /// The most octets of a path.
    static let pathOctetsMax = 2048

    /// Nil where the host is no host name, or the path does not begin with a slash, is too long, or has anything in it
    /// but visible ASCII.
    public init?(host: DomainName, path: String) {
        guard host.isHostName, IPAddress(host.text) == nil, path.hasPrefix("/"), path.utf8.allSatisfy(\.isVisible),
            !path.utf8.contains(UInt8(ascii: "#")), path.utf8.count <= Self.pathOctetsMax
        else { return nil }
        self.host = host
        self.path = path
    }

    /// The URL, without a port.
    public var url: String { "https://\(host.text)\(path)" }

    public var description: String { url }
}
