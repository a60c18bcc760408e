public import MailNames

/// Where a DNS server listens: an address and a port.
public struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
    public var address: IPAddress
    /// The UDP and TCP port.
    public var port: UInt16

    /// The port of DNS.
    public static let portDefault: UInt16 = 53

    public init(_ address: IPAddress, port: UInt16 = portDefault) {
        self.address = address
        self.port = port
    }

    /// Reads `192.0.2.1`, `192.0.2.1:5300`, `2001:db8::1` or `[2001:db8::1]:5300`; nil for anything else, also
    /// for port 0.
    public init?(_ text: String) {
        if let address = IPAddress(text) {
            self.init(address)
            return
        }
        let host: Substring
        let portText: Substring
        if text.hasPrefix("[") {
            let parts = text.dropFirst().split(separator: "]", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].contains(":") else { return nil }
            if parts[1].isEmpty {
                guard let address = IPAddress(String(parts[0])) else { return nil }
                self.init(address)
                return
            }
            guard parts[1].hasPrefix(":") else { return nil }
            (host, portText) = (parts[0], parts[1].dropFirst())
        } else {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            (host, portText) = (parts[0], parts[1])
        }
        guard let address = IPAddress(String(host)), portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(portText), port > 0
        else { return nil }
        self.init(address, port: port)
    }

    /// The form that ``init(_:)`` reads; the port is left out where it is 53.
    public var description: String {
        if port == Self.portDefault { return address.text }
        return address.isV4 ? "\(address.text):\(port)" : "[\(address.text)]:\(port)"
    }

    /// 127.0.0.0/8 or ::1.
    var isLoopback: Bool {
        switch address.unmapped {
        case .v4(let value): value >> 24 == 127
        case .v6(let high, let low): high == 0 && low == 1
        }
    }
}
