internal import MailBytes

/// The addresses of a field such as `To`: RFC 5322 §3.4, the obsolete forms of §4.4, and RFC 6532.
///
/// Every sequence of octets has a reading; what had to be put right on the way is in ``defects``.
public struct AddressList: Hashable, Sendable {
    public var addresses: [Address]
    public var defects: Set<AddressDefect>

    public init(addresses: [Address], defects: Set<AddressDefect> = []) {
        self.addresses = addresses
        self.defects = defects
    }

    /// Reads the value of a field.
    public init(parsing value: ArraySlice<UInt8>, limits: AddressLimits = AddressLimits()) {
        self.init(addresses: [])
    }

    public init(parsing value: [UInt8], limits: AddressLimits = AddressLimits()) {
        self.init(parsing: value[...], limits: limits)
    }

    /// All mailboxes, those of groups included, in their order.
    public var mailboxes: [Mailbox] { addresses.flatMap(\.mailboxes) }
}
