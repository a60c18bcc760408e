public import MailBytes

/// The header fields of a message or body part, in their order, over the octets they came in.
public struct HeaderSection: Sendable {
    /// The octets that the ranges of the fields refer to: often the whole message.
    public let bytes: [UInt8]
    public let fields: [HeaderField]
    /// A hash of each field's name in lower case, in the order of the fields.
    private let nameKeys: [UInt64]
    /// Where there are many fields: the fields of each name, so that looking names up stays cheap.
    private let index: [UInt64: [Int]]
    private static let indexedFrom = 64

    /// Fields over octets that the caller has parsed or put together; ranges must lie within `bytes`.
    public init(bytes: [UInt8], fields: [HeaderField]) {
        self.bytes = bytes
        self.fields = fields
        nameKeys = fields.map { Self.key(bytes[$0.name.clamped(to: 0..<bytes.count)]) }
        var index: [UInt64: [Int]] = [:]
        if fields.count >= Self.indexedFrom {
            for (position, key) in nameKeys.enumerated() { index[key, default: []].append(position) }
        }
        self.index = index
    }

    /// The name's octets as they came.
    public func name(of field: HeaderField) -> ArraySlice<UInt8> { bytes[field.name] }

    /// The value's octets as they came, with folds and leading white space.
    public func value(of field: HeaderField) -> ArraySlice<UInt8> { bytes[field.value] }

    /// A cursor over the value.
    public func cursor(of field: HeaderField) -> ByteCursor { ByteCursor(bytes, in: field.value) }

    /// The positions in `fields` of all fields with this name, from the top; the case of letters does not count.
    public func positions(named name: ArraySlice<UInt8>) -> [Int] {
        let key = Self.key(name)
        let candidates = index.isEmpty ? nil : index[key] ?? []
        if let candidates { return candidates.filter { bytes[fields[$0].name].equalsIgnoringASCIICase(name) } }
        var positions: [Int] = []
        for position in nameKeys.indices
        where nameKeys[position] == key && bytes[fields[position].name].equalsIgnoringASCIICase(name) {
            positions.append(position)
        }
        return positions
    }

    /// As ``positions(named:)-(ArraySlice<UInt8>)``.
    public func positions(named name: String) -> [Int] { positions(named: Array(name.utf8)[...]) }

    /// All fields with this name, from the top.
    public func fields(named name: String) -> [HeaderField] { positions(named: name).map { fields[$0] } }

    /// The topmost field with this name.
    public func first(named name: String) -> HeaderField? { positions(named: name).first.map { fields[$0] } }

    /// The value with its line breaks taken out and white space at both ends removed: RFC 5322 §2.2.3.
    public func unfolded(_ field: HeaderField) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(field.value.count)
        for byte in bytes[field.value].trimmingWhitespace
        where byte != .carriageReturn && byte != .lineFeed { output.append(byte) }
        return output
    }

    /// FNV-1a over the name in lower case. Collisions only cost a comparison.
    private static func key(_ name: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte.asciiLowercased)) &* 0x100_0000_01B3 }
        return hash
    }
}

