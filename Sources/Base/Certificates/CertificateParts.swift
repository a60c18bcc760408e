internal import MailBytes
internal import MailCrypto

/// Where things are in a certificate, found without libcrypto: the octets of the key and the names have to be exactly
/// those that stand there.
///
/// RFC 5280 §4.1: DER. Longer forms of lengths are refused, so that nothing can be read in two ways.
struct CertificateParts {
    private(set) var subjectPublicKeyInfo = 0..<0
    private(set) var issuer = 0..<0
    private(set) var subject = 0..<0
    private(set) var notBefore: UnixTime?
    private(set) var notAfter: UnixTime?
    private(set) var dnsNames: [[UInt8]] = []
    private(set) var commonName: [UInt8]?

    private typealias Tag = DERReader.Tag

    private enum Context {
        static let version: UInt8 = 0xA0
        static let extensions: UInt8 = 0xA3
        static let dnsName: UInt8 = 0x82
    }

    /// 2.5.4.3
    private static let commonNameIdentifier: [UInt8] = [0x55, 0x04, 0x03]
    /// 2.5.29.17
    private static let subjectAltNameIdentifier: [UInt8] = [0x55, 0x1D, 0x11]
    private static let boolean: UInt8 = 0x01

    init(reading der: [UInt8]) throws(CertificateError) {
        do throws(KeyError) {
            try read(der)
        } catch {
            switch error {
            case .malformed(let offset), .trailingOctets(let offset): throw .malformed(offset: offset)
            default: throw .malformed(offset: 0)
            }
        }
    }

    private mutating func read(_ der: [UInt8]) throws(KeyError) {
        var file = DERReader(der)
        var certificate = try file.enter(Tag.sequence)
        try file.expectEnd()
        var body = try certificate.enter(Tag.sequence)
        _ = try certificate.read(Tag.sequence)
        _ = try certificate.read(Tag.bitString)
        try certificate.expectEnd()

        if body.nextTag == Context.version { _ = try body.read(Context.version) }
        _ = try body.read(Tag.integer)
        _ = try body.read(Tag.sequence)
        issuer = try body.readWhole(Tag.sequence)
        var validity = try body.enter(Tag.sequence)
        notBefore = Self.time(der, try validity.readAny())
        notAfter = Self.time(der, try validity.readAny())
        try validity.expectEnd()
        subject = try body.readWhole(Tag.sequence)
        try readSubject(DERReader(der, in: subject))
        subjectPublicKeyInfo = try body.readWhole(Tag.sequence)
        while !body.isAtEnd {
            let (tag, content) = try body.readAny()
            if tag == Context.extensions { try readExtensions(DERReader(der, in: content)) }
        }
    }

    /// RFC 5280 §4.1.2.4: a sequence of sets of attributes. The last common name is the most specific one.
    private mutating func readSubject(_ reader: DERReader) throws(KeyError) {
        var reader = reader
        var sequence = try reader.enter(Tag.sequence)
        while !sequence.isAtEnd {
            var set = try sequence.enter(Tag.set)
            while !set.isAtEnd {
                var attribute = try set.enter(Tag.sequence)
                let identifier = try attribute.read(Tag.objectIdentifier)
                let (tag, value) = try attribute.readAny()
                guard reader.bytes[identifier].elementsEqual(Self.commonNameIdentifier) else { continue }
                commonName = Self.string(tag, reader.bytes[value])
            }
        }
    }

    /// RFC 5280 §4.2.1.6. Of a second subject alternative name, which is forbidden, the names count too: leaving
    /// them out could only make the common name count instead.
    private mutating func readExtensions(_ reader: DERReader) throws(KeyError) {
        var reader = reader
        var list = try reader.enter(Tag.sequence)
        while !list.isAtEnd {
            var entry = try list.enter(Tag.sequence)
            let identifier = try entry.read(Tag.objectIdentifier)
            if entry.nextTag == Self.boolean { _ = try entry.read(Self.boolean) }
            let value = try entry.read(Tag.octetString)
            guard reader.bytes[identifier].elementsEqual(Self.subjectAltNameIdentifier) else { continue }
            var content = DERReader(reader.bytes, in: value)
            var names = try content.enter(Tag.sequence)
            try content.expectEnd()
            while !names.isAtEnd {
                let (tag, name) = try names.readAny()
                guard tag == Context.dnsName else { continue }
                guard dnsNames.count < CertificateLimits.namesMax else { throw .malformed(offset: name.lowerBound) }
                dnsNames.append(Array(reader.bytes[name]))
            }
        }
    }

    /// The text of a directory string in UTF-8. Of the wide kinds only what is ASCII is of use as a host's name.
    private static func string(_ tag: UInt8, _ octets: ArraySlice<UInt8>) -> [UInt8] {
        let width = tag == 0x1E ? 2 : tag == 0x1C ? 4 : 1
        guard width > 1 else { return Array(octets) }
        var output: [UInt8] = []
        for (index, byte) in octets.enumerated() {
            if index % width == width - 1 {
                output.append(byte)
            } else if byte != 0 {
                return []
            }
        }
        return output
    }

    /// UTCTime or GeneralizedTime, as RFC 5280 §4.1.2.5 has them: to the second, in UTC.
    private static func time(_ der: [UInt8], _ element: (tag: UInt8, content: Range<Int>)) -> UnixTime? {
        var cursor = ByteCursor(der, in: element.content)
        func two() -> Int? {
            guard let first = cursor.next(), let second = cursor.next(), first.isDigit, second.isDigit else {
                return nil
            }
            return Int(first - 0x30) * 10 + Int(second - 0x30)
        }
        let century: Int?
        switch element.tag {
        case 0x17: century = nil
        case 0x18:
            guard let read = two() else { return nil }
            century = read
        default: return nil
        }
        guard let yearOfCentury = two(), let month = two(), let day = two(), let hour = two(), let minute = two(),
            let second = two(), cursor.skip(UInt8(ascii: "Z")), cursor.isAtEnd
        else { return nil }
        // RFC 5280 §4.1.2.5.1: 50 and more is of the twentieth century.
        let year = (century ?? (yearOfCentury >= 50 ? 19 : 20)) * 100 + yearOfCentury
        return CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second).unixTime
    }
}
