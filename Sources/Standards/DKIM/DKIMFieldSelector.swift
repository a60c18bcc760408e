internal import MailBytes
public import MailFormat

/// Picks the fields that `h=` names, as RFC 6376 §5.4.2 wants it: of fields with one name the lowest first, each
/// once, and nothing where there is none left.
///
/// A value for one signature: it remembers what was taken.
public struct DKIMFieldSelector: Sendable {
    private let header: HeaderSection
    /// The field that must not be picked: the signature's own (RFC 6376 §3.5).
    private let own: Int?
    /// Up to 64 fields: which are taken.
    private var taken: UInt64 = 0
    /// More fields: for each name that was asked for, the fields that are left, the lowest last.
    private var left: [[UInt8]: [Int]] = [:]

    /// - Parameter own: the position in `header.fields` of the field that holds the signature.
    public init(_ header: HeaderSection, except own: Int? = nil) {
        self.header = header
        self.own = own
    }

    /// The next field of this name; nil if there is none left.
    public mutating func next(_ name: ArraySlice<UInt8>) -> HeaderField? {
        header.fields.count <= UInt64.bitWidth ? scan(name) : lookUp(name)
    }

    private mutating func scan(_ name: ArraySlice<UInt8>) -> HeaderField? {
        var index = header.fields.count
        while index > 0 {
            index &-= 1
            let field = header.fields[index]
            guard field.name.count == name.count, taken & (1 << UInt64(index)) == 0, index != own,
                header.bytes[field.name].equalsIgnoringASCIICase(name)
            else { continue }
            taken |= 1 << UInt64(index)
            return field
        }
        return nil
    }

    private mutating func lookUp(_ name: ArraySlice<UInt8>) -> HeaderField? {
        // Keys in lower case: two spellings in h= share the fields. The table hashes with a key of the process, so
        // that names cannot be made to collide.
        let key = name.map(\.asciiLowercased)
        if let position = left[key]?.popLast() { return header.fields[position] }
        guard left[key] == nil else { return nil }
        var positions = header.positions(named: name)
        positions.removeAll { $0 == own }
        let first = positions.popLast()
        left[key] = positions
        return first.map { header.fields[$0] }
    }
}
