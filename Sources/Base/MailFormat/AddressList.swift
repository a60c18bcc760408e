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
        self.init(bytes: Array(value), in: 0..<value.count, limits: limits)
    }

    /// Reads a field's value. Whatever the octets are, there is a result; what was wrong with them is in ``defects``.
    public init(parsing value: [UInt8], limits: AddressLimits = AddressLimits()) {
        self.init(parsing: value[...], limits: limits)
    }

    /// Reads a field of a message.
    public init(_ field: HeaderField, in header: HeaderSection, limits: AddressLimits = AddressLimits()) {
        self.init(bytes: header.bytes, in: field.value, limits: limits)
    }

    private init(bytes: [UInt8], in range: Range<Int>, limits: AddressLimits) {
        var parser = AddressParser(bytes: bytes, in: range, limits: limits)
        parser.parse()
        self.init(addresses: parser.addresses, defects: parser.defects)
    }

    /// All mailboxes, those of groups included, in their order.
    public var mailboxes: [Mailbox] { addresses.flatMap(\.mailboxes) }
}
