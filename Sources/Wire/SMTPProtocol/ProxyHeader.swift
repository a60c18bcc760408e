internal import MailBytes
public import MailNames

/// What a load balancer says of a connection in front of its first octet: version 1 or 2 of HAProxy's PROXY protocol.
///
/// It is believed, so only who is configured as such a balancer may send it.
public struct ProxyHeader: Hashable, Sendable {
    /// An end of the connection.
    public struct Endpoint: Hashable, Sendable {
        public var address: IPAddress
        /// The TCP port.
        public var port: UInt16

        public init(address: IPAddress, port: UInt16) {
            self.address = address
            self.port = port
        }
    }

    /// The two ends.
    public struct Ends: Hashable, Sendable {
        /// The client.
        public var source: Endpoint
        /// Where the client connected to.
        public var destination: Endpoint

        public init(source: Endpoint, destination: Endpoint) {
            self.source = source
            self.destination = destination
        }
    }

    /// The client's connection; nil where the balancer speaks for itself (a check of whether we are there), or does not
    /// know. Then the connection's own addresses count.
    public var ends: Ends?

    public init(_ ends: Ends?) { self.ends = ends }
}

/// Why octets are no header of the PROXY protocol. The connection is closed without a word.
public enum ProxyHeaderError: Error, Hashable, Sendable, CustomStringConvertible {
    /// They begin with neither version's signature.
    case signature
    /// A line of version 1 that is not of its form, or too long.
    case line
    /// A version or a command that there is not.
    case version
    /// More octets than are taken.
    case tooLong
    /// Addresses that are not all there, or that are not of the family that was said.
    case addresses

    public var description: String {
        switch self {
        case .signature: "no PROXY protocol header"
        case .line: "PROXY protocol line not of its form"
        case .version: "unknown version or command in a PROXY protocol header"
        case .tooLong: "PROXY protocol header too long"
        case .addresses: "PROXY protocol header without its addresses"
        }
    }
}

extension ProxyHeader {
    static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    /// The specification's own bound, CR LF included.
    static let lineOctets = 107
    /// Addresses and additional fields of version 2. There could be 64 KiB, and nobody sends more than some hundred.
    static let bodyOctets = 4096

    /// Reads a header at the beginning of octets.
    ///
    /// - Returns: the header and how many octets it has; nil if it is not all there.
    /// - Throws: as soon as it can be no header.
    public static func read(
        _ octets: [UInt8]
    ) throws(ProxyHeaderError) -> (header: ProxyHeader, octets: Int)? {
        let line = Array("PROXY ".utf8)
        if octets.starts(with: signature.prefix(octets.count)) {
            return octets.count < 16 ? nil : try version2(octets)
        }
        guard octets.starts(with: line.prefix(octets.count)) else { throw .signature }
        guard let end = octets.prefix(lineOctets).firstIndex(of: .lineFeed) else {
            guard octets.count < lineOctets else { throw .line }
            return nil
        }
        guard end > 0, octets[end - 1] == .carriageReturn else { throw .line }
        return (try version1(octets[..<(end - 1)]), end + 1)
    }

    private static func version1(_ line: ArraySlice<UInt8>) throws(ProxyHeaderError) -> ProxyHeader {
        let words = line.split(separator: .space, omittingEmptySubsequences: false)
        guard words.count >= 2 else { throw .line }
        let family = String(lossy: words[1])
        // What stands behind UNKNOWN is to be ignored.
        if family == "UNKNOWN" { return ProxyHeader(nil) }
        guard family == "TCP4" || family == "TCP6", words.count == 6,
            let source = IPAddress(bytes: words[2]), let destination = IPAddress(bytes: words[3]),
            let sourcePort = port(words[4]), let destinationPort = port(words[5]),
            source.isV4 == (family == "TCP4"), destination.isV4 == source.isV4
        else { throw .line }
        return ProxyHeader(
            Ends(
                source: Endpoint(address: source, port: sourcePort),
                destination: Endpoint(address: destination, port: destinationPort)))
    }

    private static func port(_ digits: ArraySlice<UInt8>) -> UInt16? {
        guard digits.count <= 5, digits.allSatisfy(\.isDigit), digits.count == 1 || digits.first != 0x30 else {
            return nil
        }
        return UInt16(String(lossy: digits))
    }

    private static func version2(_ octets: [UInt8]) throws(ProxyHeaderError) -> (header: ProxyHeader, octets: Int)? {
        guard octets.count >= 16 else { return nil }
        let (version, family) = (octets[12], octets[13])
        let length = Int(octets[14]) << 8 | Int(octets[15])
        guard version >> 4 == 2, version & 15 <= 1 else { throw .version }
        guard length <= bodyOctets else { throw .tooLong }
        guard octets.count >= 16 + length else { return nil }
        let body = octets[16..<(16 + length)]
        // LOCAL: the balancer's own connection.
        guard version & 15 == 1 else { return (ProxyHeader(nil), 16 + length) }
        let addressOctets: Int
        switch family {
        case 0x11: addressOctets = 4
        case 0x21: addressOctets = 16
        // Datagrams, sockets in the file system and what is unspecified: nothing that a client of ours has.
        default: return (ProxyHeader(nil), 16 + length)
        }
        // Additional fields may stand behind the addresses.
        guard body.count >= addressOctets * 2 + 4,
            let source = IPAddress(network: body.prefix(addressOctets)),
            let destination = IPAddress(network: body.dropFirst(addressOctets).prefix(addressOctets))
        else { throw .addresses }
        let ports = body.dropFirst(addressOctets * 2).prefix(4).map { UInt16($0) }
        guard ports.count == 4 else { throw .addresses }
        let ends = Ends(
            source: Endpoint(address: source, port: ports[0] << 8 | ports[1]),
            destination: Endpoint(address: destination, port: ports[2] << 8 | ports[3]))
        return (ProxyHeader(ends), 16 + length)
    }
}

extension ProxyHeader {
    /// The header in version 1.
    public var line: [UInt8] {
        guard let ends, ends.source.address.isV4 == ends.destination.address.isV4 else {
            return Array("PROXY UNKNOWN\r\n".utf8)
        }
        let (source, destination) = (ends.source, ends.destination)
        let family = source.address.isV4 ? "TCP4" : "TCP6"
        return Array(
            "PROXY \(family) \(source.address.text) \(destination.address.text) \(source.port) \(destination.port)\r\n"
                .utf8)
    }

    /// The header in version 2.
    public var binary: [UInt8] {
        guard let ends, ends.source.address.isV4 == ends.destination.address.isV4 else {
            return Self.signature + [0x20, 0x00, 0, 0]
        }
        let addresses = ends.source.address.networkBytes + ends.destination.address.networkBytes
        let ports = [ends.source.port, ends.destination.port].flatMap {
            [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)]
        }
        let length = UInt8(truncatingIfNeeded: addresses.count + ports.count)
        return Self.signature + [0x21, ends.source.address.isV4 ? 0x11 : 0x21, 0, length] + addresses + ports
    }
}
