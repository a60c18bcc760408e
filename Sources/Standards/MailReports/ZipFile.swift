internal import MailBytes

/// An entry of a zip file, still packed. APPNOTE.TXT of PKWARE describes the form; no RFC does.
struct ZipEntry {
    var name: [UInt8]
    /// 0 for not packed, 8 for deflate.
    var method: Int
    var isEncrypted: Bool
    /// As the directory says it; nil where the entry was found without a directory, and its header does not.
    var checksum: UInt32?
    /// Where the packed octets are; to the end of the file where their number is not known.
    var content: Range<Int>
    /// Sizes that only the form for large files can hold.
    var isZip64 = false

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
    private(set) var entries: [ZipEntry] = []
    private(set) var quirks: [ReportContainerQuirk] = []
    private let bytes: [UInt8]

    private static let entrySignature: UInt32 = 0x0403_4B50
    private static let directorySignature: UInt32 = 0x0201_4B50
    private static let endSignature: UInt32 = 0x0605_4B50
    private static let unknownSize = Int(UInt32.max)

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
    private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int? {
        guard offset >= 0, offset <= bytes.count - count else { return nil }
        var value = 0
        for index in (0..<count).reversed() { value = value << 8 | Int(bytes[offset + index]) }
        return value
    }

    private func number(_ offset: Int, _ count: Int) throws(ReportContainerError) -> Int {
        guard let value = Self.number(bytes, offset, count) else { throw ReportContainerError(.truncated) }
        return value
    }

    private mutating func readDirectory(_ end: Int) throws(ReportContainerError) {
        let count = try number(end + 10, 2)
        let size = try number(end + 12, 4)
        let offset = try number(end + 16, 4)
        guard count != 0xFFFF, size != Self.unknownSize, offset != Self.unknownSize else {
            throw ReportContainerError(.zip64)
        }
        guard count <= MailReportLimits.zipEntriesMax else { throw ReportContainerError(.tooMany) }
        // What stands in front of the file shifts everything.
        let shift = end - size - offset
        guard size <= end, shift >= 0 else { throw ReportContainerError(.damaged) }
        if shift > 0 { quirks.append(.leadingOctets) }
        let comment = try number(end + 20, 2)
        if end + 22 + comment < bytes.count { quirks.append(.trailingOctets) }
        var position = end - size
        for _ in 0..<count {
            guard try number(position, 4) == Int(Self.directorySignature) else { throw ReportContainerError(.damaged) }
            let nameLength = try number(position + 28, 2)
            let nameStart = position + 46
            guard nameStart + nameLength <= bytes.count else { throw ReportContainerError(.truncated) }
            let packed = try number(position + 20, 4)
            let start = try contentStart(try number(position + 42, 4) + shift)
            let isZip64 = packed == Self.unknownSize
            guard isZip64 || start + packed <= bytes.count else { throw ReportContainerError(.truncated) }
            entries.append(
                ZipEntry(
                    name: Array(bytes[nameStart..<(nameStart + nameLength)]), method: try number(position + 10, 2),
                    isEncrypted: try number(position + 8, 2) & 1 != 0,
                    checksum: UInt32(truncatingIfNeeded: try number(position + 16, 4)),
                    content: start..<(isZip64 ? bytes.count : start + packed), isZip64: isZip64))
            position = try nameStart + nameLength + number(position + 30, 2) + number(position + 32, 2)
        }
    }

    /// Where the packed octets of an entry begin, whose header stands here.
    private func contentStart(_ header: Int) throws(ReportContainerError) -> Int {
        guard try number(header, 4) == Int(Self.entrySignature) else { throw ReportContainerError(.damaged) }
        let start = try header + 30 + number(header + 26, 2) + number(header + 28, 2)
        guard start <= bytes.count else { throw ReportContainerError(.truncated) }
        return start
    }

    /// Without a directory: the headers in front of the entries, as far as they say how long those are.
    private mutating func readHeaders() throws(ReportContainerError) {
        var position = 0
        while Self.number(bytes, position, 4) == Int(Self.entrySignature) {
            guard entries.count < MailReportLimits.zipEntriesMax else { throw ReportContainerError(.tooMany) }
            let flags = try number(position + 6, 2)
            let start = try contentStart(position)
            let name = Array(bytes[(position + 30)..<(position + 30 + (try number(position + 26, 2)))])
            // Bit 3: sizes and checksum follow the octets; deflate itself knows its end.
            let isOpen = flags & 8 != 0
            let packed = try number(position + 18, 4)
            let end = isOpen ? bytes.count : start + packed
            guard end <= bytes.count else { throw ReportContainerError(.truncated) }
            entries.append(
                ZipEntry(
                    name: name, method: try number(position + 8, 2), isEncrypted: flags & 1 != 0,
                    checksum: isOpen ? nil : UInt32(truncatingIfNeeded: try number(position + 14, 4)),
                    content: start..<end, isZip64: packed == Self.unknownSize))
            guard !isOpen else { break }
            position = end
        }
        if entries.isEmpty { throw ReportContainerError(.damaged) }
    }

    /// The octets of an entry, unpacked.
    func unpack(_ entry: ZipEntry, _ budget: inout UnpackingBudget) throws(ReportContainerError) -> [UInt8] {
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
