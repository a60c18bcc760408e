public import MailBytes

/// The header fields of a message or body part, in their order, over the octets they came in.
public struct HeaderSection: Sendable {
    /// The octets that the ranges of the fields refer to: often the whole message.
    public let bytes: [UInt8]
    public let fields: [HeaderField]
    /// A hash of each field's name in lower case, in the order of the fields.
    private let nameKeys: [UInt64]
    /// Where there are many fields: their positions in the order of the keys, so that looking names up stays cheap.
    private let sorted: [Int]
    private static let sortedFrom = 64

    /// Fields over octets that the caller has parsed or put together; ranges must lie within `bytes`.
    public init(bytes: [UInt8], fields: [HeaderField]) {
        self.init(
            bytes: bytes, fields: fields, nameKeys: fields.map { Self.key(bytes[$0.name.clamped(to: 0..<bytes.count)]) }
        )
    }

    /// As ``init(bytes:fields:)``, with the keys that the parser made on its way.
    init(bytes: [UInt8], fields: [HeaderField], nameKeys: [UInt64]) {
        self.bytes = bytes
        self.fields = fields
        self.nameKeys = nameKeys
        sorted =
            fields.count < Self.sortedFrom
            ? []
            : fields.indices.sorted { (nameKeys[$0], $0) < (nameKeys[$1], $1) }
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
        var positions: [Int] = []
        guard !sorted.isEmpty else {
            for position in nameKeys.indices where nameKeys[position] == key && isNamed(position, name) {
                positions.append(position)
            }
            return positions
        }
        var index = firstSorted(key)
        while index < sorted.count, nameKeys[sorted[index]] == key {
            if isNamed(sorted[index], name) { positions.append(sorted[index]) }
            index += 1
        }
        return positions
    }

    private func isNamed(_ position: Int, _ name: ArraySlice<UInt8>) -> Bool {
        bytes[fields[position].name].equalsIgnoringASCIICase(name)
    }

    /// The first place in `sorted` whose key is not below this one.
    private func firstSorted(_ key: UInt64) -> Int {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if nameKeys[sorted[middle]] < key { low = middle + 1 } else { high = middle }
        }
        return low
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
        var key = keySeed
        for byte in name { extend(&key, byte) }
        return key
    }

    /// Another one in each process: names that all have one hash cannot be made up beforehand.
    static let keySeed = UInt64(truncatingIfNeeded: "field names".hashValue)

    @inline(__always)
    static func extend(_ key: inout UInt64, _ byte: UInt8) {
        key = (key ^ UInt64(byte.asciiLowercased)) &* 0x100_0000_01B3
    }
}
