internal import MailBytes

/// An entry of a zip file, still packed. APPNOTE.TXT of PKWARE describes the form; no RFC does.
struct ZipEntry {
    var name: [UInt8]
    /// 0 for not packed, 8 for deflate.
    var method: Int
    var isEncrypted: Bool
    /// Nil where it is not known.
    var checksum: UInt32?
    /// Where the packed octets are; to the end of the file where their number is not known.
    var content: Range<Int>
    /// A size that only the form for large files can hold, and is not there.
    var isZip64 = false
    /// Whether the file ends within it.
    var isCut = false

    /// Whether this is a folder, or what macOS puts beside a file.
    var isBeside: Bool {
        name.last == UInt8(ascii: "/") || name.starts(with: "__MACOSX/".utf8) || fileName.starts(with: "._".utf8)
            || fileName.elementsEqual(".DS_Store".utf8)
    }

    /// The name without folders.
    var fileName: ArraySlice<UInt8> {
        let slash = name.lastIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
        return slash.map { name[($0 + 1)...] } ?? name[...]
    }
}

/// The entries of a zip file, by its directory at the end, or by their headers where that is missing.
struct ZipFile {
    var entries: [ZipEntry] = []
    var quirks: [ReportContainerQuirk] = []
    let bytes: [UInt8]

    static let entrySignature: UInt32 = 0x0403_4B50
    static let directorySignature: UInt32 = 0x0201_4B50
    static let endSignature: UInt32 = 0x0605_4B50
    static let longEndSignature: UInt32 = 0x0606_4B50
    static let longEndLocatorSignature: UInt32 = 0x0706_4B50
    static let descriptorSignature: UInt32 = 0x0807_4B50
    /// What stands in four octets where more would be needed; of the number of entries, in two.
    static let unknownSize = Int(UInt32.max)
    static let unknownCount = Int(UInt16.max)
    /// The number of the extra field with long values.
    private static let longValuesKind = 1

    init(_ bytes: [UInt8]) throws(ReportContainerError) {
        self.bytes = bytes
        if let end = Self.end(bytes) {
            try readDirectory(end)
        } else {
            quirks.append(.zipDirectoryMissing)
            try readHeaders()
        }
    }

    /// Where the end of the directory stands: at the end of the file, but for a comment or what was put behind.
    static func end(_ bytes: [UInt8]) -> Int? {
        // The comment has 16 bits of length.
        var index = bytes.count - 22
        let least = max(0, index - 65_535)
        while index >= least, index >= 0 {
            if bytes[index] == UInt8(ascii: "P"), number(bytes, index, 4) == Int(endSignature) { return index }
            index -= 1
        }
        return nil
    }

    /// A number of this many octets, the lowest first; nil outside of the file.
    static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int? {
        guard offset >= 0, offset <= bytes.count - count else { return nil }
        var value = 0
        for index in (0..<count).reversed() { value = value << 8 | Int(bytes[offset + index]) }
        return value
    }

    /// As ``number(_:_:_:)``, of the file.
    func number(_ offset: Int, _ count: Int) throws(ReportContainerError) -> Int {
        guard let value = Self.number(bytes, offset, count) else { throw ReportContainerError(.truncated) }
        return value
    }

    /// A number of eight octets. None comes near what a sum of them could not hold.
    func longNumber(_ offset: Int) throws(ReportContainerError) -> Int {
        let (low, high) = (try number(offset, 4), try number(offset + 4, 4))
        guard high < 1 << 24 else { throw ReportContainerError(.zip64) }
        return high << 32 | low
    }

    /// Whether one of the file's parts begins here.
    func begins(_ signature: UInt32, at offset: Int) -> Bool { Self.number(bytes, offset, 4) == Int(signature) }

    /// Where the packed octets of an entry begin, whose header stands here.
    func contentStart(_ header: Int) throws(ReportContainerError) -> Int {
        guard try number(header, 4) == Int(Self.entrySignature) else { throw ReportContainerError(.damaged) }
        let start = try header + 30 + number(header + 26, 2) + number(header + 28, 2)
        guard start <= bytes.count else { throw ReportContainerError(.truncated) }
        return start
    }

    /// The values of which the usual place has no room, each where that says so, in their order: APPNOTE.TXT §4.5.3.
    /// Those that are nowhere stay as they are.
    func longValues(_ values: [Int], in extra: Range<Int>) throws(ReportContainerError) -> [Int] {
        guard values.contains(Self.unknownSize) else { return values }
        var position = extra.lowerBound
        while position + 4 <= extra.upperBound {
            let (kind, size) = (try number(position, 2), try number(position + 2, 2))
            position += 4
            guard size <= extra.upperBound - position else { break }
            if kind == Self.longValuesKind {
                let end = position + size
                var values = values
                for index in values.indices where values[index] == Self.unknownSize && position + 8 <= end {
                    values[index] = try longNumber(position)
                    position += 8
                }
                return values
            }
            position += size
        }
        return values
    }

    /// The octets of an entry, unpacked.
    func unpack(_ entry: ZipEntry, _ budget: inout UnpackingBudget) throws(ReportContainerError) -> [UInt8] {
        guard !entry.isCut else { throw ReportContainerError(.truncated) }
        guard !entry.isEncrypted else { throw ReportContainerError(.encrypted) }
        guard !entry.isZip64 else { throw ReportContainerError(.zip64) }
        let content = bytes[entry.content.clamped(to: 0..<bytes.count)]
        let octets: [UInt8]
        switch entry.method {
        case 0:
            guard content.count <= min(MailReportLimits.documentBytesMax, budget.octetsLeft) else {
                throw ReportContainerError(.tooLarge)
            }
            budget.octetsLeft -= content.count
            octets = Array(content)
        case 8: octets = try Inflation.one(content, .deflate, &budget).octets
        default: throw ReportContainerError(.unsupportedMethod(entry.method))
        }
        if let checksum = entry.checksum, checksum != Inflation.checksum(octets) {
            throw ReportContainerError(.damaged)
        }
        return octets
    }
}
