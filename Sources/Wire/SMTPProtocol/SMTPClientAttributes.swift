internal import MailBytes
public import MailNames

/// What a trusted server says of the client in front of it, with XCLIENT or XFORWARD of Postfix.
public struct SMTPClientAttributes: Hashable, Sendable {
    /// An attribute's name.
    public enum Name: String, Hashable, Sendable, CaseIterable {
        /// The client's host name.
        case name = "NAME"
        /// Its address.
        case address = "ADDR"
        /// Its port.
        case port = "PORT"
        /// `SMTP` or `ESMTP`.
        case proto = "PROTO"
        /// What it said in HELO or EHLO.
        case helo = "HELO"
        /// The name that it logged in with; XCLIENT alone.
        case login = "LOGIN"
        /// The address that it connected to; XCLIENT alone.
        case destinationAddress = "DESTADDR"
        /// The port that it connected to; XCLIENT alone.
        case destinationPort = "DESTPORT"
        /// The identifier of the message there; XFORWARD alone.
        case identifier = "IDENT"
        /// `LOCAL` or `REMOTE`; XFORWARD alone.
        case source = "SOURCE"
    }

    /// An attribute's value.
    public enum Value: Hashable, Sendable {
        /// Decoded.
        case known([UInt8])
        /// `[UNAVAILABLE]`
        case unavailable
        /// `[TEMPUNAVAIL]`: a look-up failed for now.
        case temporarilyUnavailable
    }

    /// Which of the two commands.
    public enum Command: String, Hashable, Sendable {
        case xclient = "XCLIENT"
        case xforward = "XFORWARD"

        /// The attributes that it has, in the order in which they are announced.
        public var names: [Name] {
            switch self {
            case .xclient: [.name, .address, .port, .proto, .helo, .login, .destinationAddress, .destinationPort]
            case .xforward: [.name, .address, .port, .proto, .helo, .identifier, .source]
            }
        }
    }

    /// What was said, by name.
    public var values: [Name: Value]

    public init(_ values: [Name: Value] = [:]) { self.values = values }

    /// Postfix takes no longer value.
    static let valueOctets = 255

    /// The value of an attribute; nil where it was not said, or said to be unavailable.
    public func known(_ name: Name) -> [UInt8]? {
        if case .known(let value) = values[name] { value } else { nil }
    }

    /// The client's address.
    public var address: IPAddress? { known(.address).flatMap { Self.address($0) } }

    /// The client's port.
    public var port: UInt16? { known(.port).flatMap { UInt16(String(lossy: $0)) } }

    /// Takes over what was said later.
    public mutating func merge(_ later: SMTPClientAttributes) {
        values.merge(later.values) { _, new in new }
    }

    static func address(_ text: [UInt8]) -> IPAddress? {
        let tag = Array("IPV6:".utf8)[...]
        let isTagged = text[...].prefix(tag.count).equalsIgnoringASCIICase(tag)
        return IPAddress(bytes: isTagged ? text[...].dropFirst(tag.count) : text[...])
    }
}

extension SMTPClientAttributes {
    /// Reads what stands behind the command's word.
    init(_ command: Command, _ arguments: ArraySlice<UInt8>) throws(SMTPSyntaxError) {
        self.init()
        let words = arguments.split(separator: .space)
        guard !words.isEmpty else { throw .argument }
        for word in words {
            guard let equals = word.firstIndex(of: UInt8(ascii: "=")),
                let name = Name(rawValue: String(lossy: word[..<equals]).uppercased()), command.names.contains(name)
            else { throw .argument }
            guard values[name] == nil else { throw .twice }
            values[name] = try Self.value(name, word[(equals + 1)...])
        }
    }

    private static func value(_ name: Name, _ text: ArraySlice<UInt8>) throws(SMTPSyntaxError) -> Value {
        switch String(lossy: text).uppercased() {
        case "[UNAVAILABLE]": return .unavailable
        case "[TEMPUNAVAIL]": return .temporarilyUnavailable
        default: break
        }
        guard let value = SMTPXText.decode(text), !value.isEmpty, value.count <= valueOctets,
            !value.contains(where: \.isControl)
        else { throw .argument }
        let isGood: Bool
        switch name {
        case .address, .destinationAddress: isGood = address(value) != nil
        case .port, .destinationPort: isGood = value.allSatisfy(\.isDigit) && UInt16(String(lossy: value)) != nil
        case .proto: isGood = ["SMTP", "ESMTP"].contains(String(lossy: value).uppercased())
        case .source: isGood = ["LOCAL", "REMOTE"].contains(String(lossy: value).uppercased())
        case .name, .helo, .login, .identifier: isGood = true
        }
        guard isGood else { throw .argument }
        return .known(value)
    }

    /// The arguments as they go over the wire, a space in front of each. What the command does not have is left out.
    func wire(_ command: Command) -> [UInt8] {
        var output: [UInt8] = []
        for name in command.names {
            guard let value = values[name] else { continue }
            output.append(.space)
            output += Array(name.rawValue.utf8)
            output.append(UInt8(ascii: "="))
            switch value {
            case .known(let octets): output += SMTPXText.encode(octets)
            case .unavailable: output += Array("[UNAVAILABLE]".utf8)
            case .temporarilyUnavailable: output += Array("[TEMPUNAVAIL]".utf8)
            }
        }
        return output
    }

    /// An address as an attribute has it: IPv6 with a tag in front.
    public static func value(of address: IPAddress) -> Value {
        .known(Array((address.isV4 ? address.text : "IPV6:" + address.text).utf8))
    }
}
