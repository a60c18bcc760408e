internal import MailBytes

/// What is signed within opaque S/MIME (RFC 8551 §3.5.2): the content of a CMS SignedData (RFC 5652 §5.1, §5.2). The
/// signature is not looked at: whose a report is, is proved by the mail around it.
///
/// BER as well as DER, since programs that sign while they write do not know lengths beforehand. It walks down one way
/// and never back, so it takes no longer than the octets are.
struct SignedContent {
    private var cursor: ByteCursor

    /// Limit: octets that are looked into. Reports of the largest reporters have a few megabytes.
    private static let octetsMax = 16 << 20

    /// The content; nil if the octets are no SignedData, or have none.
    static func content(of octets: [UInt8]) -> [UInt8]? {
        guard octets.first == Tag.sequence, octets.count <= octetsMax else { return nil }
        var reader = SignedContent(cursor: ByteCursor(octets))
        return reader.content()
    }

    private enum Tag {
        static let integer: UInt8 = 0x02
        static let octets: UInt8 = 0x04
        static let object: UInt8 = 0x06
        static let constructedOctets: UInt8 = 0x24
        static let sequence: UInt8 = 0x30
        static let set: UInt8 = 0x31
        static let explicit: UInt8 = 0xA0
    }

    /// id-signedData, 1.2.840.113549.1.7.2.
    private static let signedData: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02]

    private mutating func content() -> [UInt8]? {
        guard enter(Tag.sequence), value(Tag.object)?.elementsEqual(Self.signedData) == true, enter(Tag.explicit),
            enter(Tag.sequence), value(Tag.integer) != nil, value(Tag.set) != nil, enter(Tag.sequence),
            value(Tag.object) != nil, enter(Tag.explicit)
        else { return nil }
        if cursor.peek == Tag.octets { return value(Tag.octets).map(Array.init) }
        guard let length = header(Tag.constructedOctets) else { return nil }
        let end = length.map { cursor.position + $0 } ?? cursor.end
        var content: [UInt8] = []
        // RFC 5652 §5.2: in BER the string may be of several.
        while cursor.position < end, cursor.peek == Tag.octets {
            guard let part = value(Tag.octets) else { return nil }
            content.append(contentsOf: part)
        }
        return content
    }

    /// Goes into a value; how far it reaches is not needed.
    private mutating func enter(_ tag: UInt8) -> Bool { header(tag) != nil }

    /// The octets of a value, behind which reading goes on; nil without a length, or where it is cut off.
    private mutating func value(_ tag: UInt8) -> ArraySlice<UInt8>? {
        guard case .some(.some(let length)) = header(tag), length <= cursor.remaining else { return nil }
        let start = cursor.position
        cursor.advance(by: length)
        return cursor.slice(start..<cursor.position)
    }

    /// Moves past a tag and a length.
    ///
    /// - Returns: The length, within it nil if it is indefinite; nil if there is no such value.
    private mutating func header(_ tag: UInt8) -> Int?? {
        guard cursor.skip(tag), let first = cursor.next() else { return nil }
        if first == 0x80 { return .some(nil) }
        guard first > 0x80 else { return Int(first) }
        guard first <= 0x84 else { return nil }
        var length = 0
        for _ in 0x80..<first {
            guard let byte = cursor.next() else { return nil }
            length = length << 8 | Int(byte)
        }
        return length
    }
}
