/// Reads DER (X.690 §10): definite, shortest lengths alone.
///
/// Offsets count from the start of `bytes`, so that an error names the place.
package struct DERReader {
    package let bytes: [UInt8]
    package private(set) var position: Int
    package let end: Int

    package enum Tag {
        package static let integer: UInt8 = 0x02
        package static let bitString: UInt8 = 0x03
        package static let octetString: UInt8 = 0x04
        package static let null: UInt8 = 0x05
        package static let objectIdentifier: UInt8 = 0x06
        package static let utf8String: UInt8 = 0x0C
        package static let sequence: UInt8 = 0x30
        package static let set: UInt8 = 0x31
    }

    package init(_ bytes: [UInt8], in range: Range<Int>? = nil) {
        self.bytes = bytes
        let range = (range ?? 0..<bytes.count).clamped(to: 0..<bytes.count)
        position = range.lowerBound
        end = range.upperBound
    }

    package var isAtEnd: Bool { position >= end }
    /// The tag of the next element; nil at the end.
    package var nextTag: UInt8? { position < end ? bytes[position] : nil }

    /// The content of the next element, which must have this tag.
    package mutating func read(_ tag: UInt8) throws(KeyError) -> Range<Int> {
        guard nextTag == tag, position + 1 < end else { throw .malformed(offset: position) }
        var index = position + 1
        var length = Int(bytes[index])
        index += 1
        if length >= 0x80 {
            let octets = length & 0x7F
            // Limit: three length octets are 16 MB, more than any key.
            guard (1...3).contains(octets), octets <= end - index else { throw .malformed(offset: position + 1) }
            length = 0
            for _ in 0..<octets {
                length = length << 8 | Int(bytes[index])
                index += 1
            }
            let shortest = length >= 0x80 && (octets == 1 || length >> (8 * (octets - 1)) > 0)
            guard shortest else { throw .malformed(offset: position + 1) }
        }
        guard length <= end - index else { throw .malformed(offset: position + 1) }
        position = index + length
        return index..<position
    }

    /// The next element, whatever it is: its tag and its content.
    package mutating func readAny() throws(KeyError) -> (tag: UInt8, content: Range<Int>) {
        guard let tag = nextTag else { throw .malformed(offset: position) }
        return (tag, try read(tag))
    }

    /// The next element with its tag and length octets, which must have this tag.
    package mutating func readWhole(_ tag: UInt8) throws(KeyError) -> Range<Int> {
        let start = position
        return start..<(try read(tag)).upperBound
    }

    /// A reader over the content of the next element, which must have this tag.
    package mutating func enter(_ tag: UInt8) throws(KeyError) -> DERReader {
        DERReader(bytes, in: try read(tag))
    }

    /// The octets of a positive INTEGER without the sign octet.
    package mutating func readPositiveInteger() throws(KeyError) -> Range<Int> {
        let start = position
        let range = try read(Tag.integer)
        guard let first = range.first.map({ bytes[$0] }), first < 0x80 else { throw .malformed(offset: start) }
        guard first == 0 else { return range }
        guard range.count > 1, bytes[range.lowerBound + 1] >= 0x80 else { throw .malformed(offset: start) }
        return range.lowerBound + 1..<range.upperBound
    }

    /// Throws if anything is left.
    package func expectEnd() throws(KeyError) {
        guard isAtEnd else { throw .trailingOctets(offset: position) }
    }
}

/// Writes DER.
enum DERWriter {
    /// One element.
    static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        var output = [tag]
        let length = content.count
        if length < 0x80 {
            output.append(UInt8(length))
        } else {
            var octets: [UInt8] = []
            var rest = length
            while rest > 0 {
                octets.insert(UInt8(truncatingIfNeeded: rest), at: 0)
                rest >>= 8
            }
            output.append(0x80 | UInt8(truncatingIfNeeded: octets.count))
            output.append(contentsOf: octets)
        }
        output.append(contentsOf: content)
        return output
    }
}

/// The algorithm identifiers of keys (RFC 8017 §A.1, RFC 8410 §3).
enum KeyAlgorithm {
    /// 1.2.840.113549.1.1.1
    static let rsaIdentifier: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]
    /// 1.3.101.112
    static let ed25519Identifier: [UInt8] = [0x2B, 0x65, 0x70]
    /// 1.2.840.10045.2.1
    static let ecIdentifier: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]

    static let rsa = DERWriter.element(
        DERReader.Tag.sequence,
        DERWriter.element(DERReader.Tag.objectIdentifier, rsaIdentifier) + [DERReader.Tag.null, 0])
    static let ed25519 = DERWriter.element(
        DERReader.Tag.sequence, DERWriter.element(DERReader.Tag.objectIdentifier, ed25519Identifier))

    /// What a person calls the algorithm.
    static func name(_ identifier: ArraySlice<UInt8>) -> String {
        switch Array(identifier) {
        case rsaIdentifier: "RSA"
        case ed25519Identifier: "Ed25519"
        case ecIdentifier: "EC"
        case [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0A]: "RSA-PSS"
        case [0x2B, 0x65, 0x71]: "Ed448"
        case [0x2A, 0x86, 0x48, 0xCE, 0x38, 0x04, 0x01]: "DSA"
        default: "unknown"
        }
    }
}
