internal import MailBytes

/// A network: an address and how many of its leading bits count.
public struct IPPrefix: Hashable, Sendable, CustomStringConvertible {
    /// The address with the bits that do not count set to zero.
    public let address: IPAddress
    /// 0 to 32 for IPv4, 0 to 128 for IPv6.
    public let length: Int

    /// Nil for a length that the address does not have.
    public init?(_ address: IPAddress, length: Int) {
        guard length >= 0, length <= (address.isV4 ? 32 : 128) else { return nil }
        self.address = Self.masked(address, length)
        self.length = length
    }

    /// Reads `192.0.2.0/24`, `2001:db8::/32`, or a single address.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(String(first)) else { return nil }
        guard parts.count == 2 else {
            self.init(address, length: address.isV4 ? 32 : 128)
            return
        }
        guard parts[1].utf8.allSatisfy(\.isDigit), parts[1].utf8.count <= 3, let length = Int(parts[1]) else {
            return nil
        }
        self.init(address, length: length)
    }

    /// Whether an address of the same family lies within.
    public func contains(_ other: IPAddress) -> Bool {
        address.isV4 == other.isV4 && Self.masked(other, length) == address
    }

    public var description: String { "\(address.text)/\(length)" }

    private static func masked(_ address: IPAddress, _ length: Int) -> IPAddress {
        switch address {
        case .v4(let value):
            .v4(length == 0 ? 0 : value & (UInt32.max << UInt32(32 - length)))
        case .v6(let high, let low):
            .v6(
                length == 0 ? 0 : length >= 64 ? high : high & (UInt64.max << UInt64(64 - length)),
                length <= 64 ? 0 : low & (UInt64.max << UInt64(128 - length)))
        }
    }
}
