internal import MailBytes
public import MailNames

/// What a mail server tells about the connection that a message comes in on.
public struct MilterConnection: Hashable, Sendable {
    /// The kind of address, by its letter on the wire (`SMFIA_*` of libmilter).
    public enum Family: UInt8, Hashable, Sendable {
        /// `U`: none is known; the message was handed in on a command line, say.
        case unknown = 0x55
        /// `L`: a socket of the same machine.
        case unix = 0x4C
        /// `4`
        case inet = 0x34
        /// `6`
        case inet6 = 0x36
    }

    /// The client's name, as the mail server found it; often its address in brackets, or `unknown`.
    public var hostName: [UInt8]
    public var family: Family
    /// The client's port; 0 if there is none.
    public var port: UInt16
    /// The client's address in the mail server's words, or the path of a socket; empty for ``Family/unknown``.
    public var addressText: [UInt8]

    public init(hostName: [UInt8] = [], family: Family = .unknown, port: UInt16 = 0, addressText: [UInt8] = []) {
        self.hostName = hostName
        self.family = family
        self.port = port
        self.addressText = addressText
    }

    /// A connection from an IP address.
    public init(hostName: String, address: IPAddress, port: UInt16) {
        self.init(
            hostName: Array(hostName.utf8), family: address.isV4 ? .inet : .inet6, port: port,
            addressText: Array(address.text.utf8))
    }

    /// The client's IP address; nil where it has none, or none that can be read. Sendmail puts `IPv6:` before it.
    public var address: IPAddress? {
        guard family == .inet || family == .inet6 else { return nil }
        let prefix = Array("ipv6:".utf8)
        let hasPrefix = addressText.prefix(prefix.count).elementsEqual(prefix) { $0.asciiLowercased == $1 }
        return IPAddress(bytes: addressText.dropFirst(hasPrefix ? prefix.count : 0))
    }
}

extension MilterConnection {
    /// Reads what stands behind the code; nil if it is not of its form.
    init?(data: ArraySlice<UInt8>) {
        var reader = MilterDataReader(data)
        guard let hostName = reader.string(), let letter = reader.byte() else { return nil }
        self.init(hostName: Array(hostName), family: Family(rawValue: letter) ?? .unknown)
        // Nothing that follows a letter nobody knows can be read.
        guard family != .unknown else { return }
        guard let port = reader.number16(), let address = reader.string(), reader.isAtEnd else { return nil }
        self.port = port
        addressText = Array(address)
    }

    /// Appends what stands behind the code.
    func append(to output: inout [UInt8]) {
        output.append(string: hostName)
        output.append(family.rawValue)
        guard family != .unknown else { return }
        output.append(number16: port)
        output.append(string: addressText)
    }
}
