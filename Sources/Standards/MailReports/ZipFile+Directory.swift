/// The directory at the end of a zip file: APPNOTE.TXT §4.3.12 to §4.3.16.
extension ZipFile {
    /// What the end of a zip file says of the directory in front of it.
    private struct DirectoryEnd {
        var count: Int
        var size: Int
        var offset: Int
        /// Where the directory ends.
        var position: Int
    }

    /// - Parameter end: where the end of the directory stands.
    mutating func readDirectory(_ end: Int) throws(ReportContainerError) {
        let directory = try directoryEnd(end)
        guard directory.count <= MailReportLimits.zipEntriesMax else { throw ReportContainerError(.tooMany) }
        // What stands in front of the file shifts everything.
        let shift = directory.position - directory.size - directory.offset
        guard directory.size <= directory.position, shift >= 0 else { throw ReportContainerError(.damaged) }
        if shift > 0 { quirks.append(.leadingOctets) }
        let comment = try number(end + 20, 2)
        if end + 22 + comment < bytes.count { quirks.append(.trailingOctets) }
        var position = directory.position - directory.size
        for _ in 0..<directory.count { try readEntry(&position, shift: shift) }
    }

    private func directoryEnd(_ end: Int) throws(ReportContainerError) -> DirectoryEnd {
        var directory = DirectoryEnd(
            count: try number(end + 10, 2), size: try number(end + 12, 4), offset: try number(end + 16, 4),
            position: end)
        if let record = try longEnd(end) {
            directory.position = record
            if directory.count == Self.unknownCount { directory.count = try longNumber(record + 32) }
            if directory.size == Self.unknownSize { directory.size = try longNumber(record + 40) }
            if directory.offset == Self.unknownSize { directory.offset = try longNumber(record + 48) }
        } else if directory.count == Self.unknownCount || directory.size == Self.unknownSize
            || directory.offset == Self.unknownSize
        {
            throw ReportContainerError(.zip64)
        }
        return directory
    }

    /// The record with long values, which is in front of the end where a program needed them, or did not know yet
    /// whether it would (`zip` that reads from a pipe): it ends the directory, and its locator follows it.
    private func longEnd(_ end: Int) throws(ReportContainerError) -> Int? {
        let (locatorLength, recordLength) = (20, 56)
        let locator = end - locatorLength
        guard begins(Self.longEndLocatorSignature, at: locator) else { return nil }
        // It may be longer, so that only the locator knows; but that counts from the beginning of the archive.
        for record in [try longNumber(locator + 8), locator - recordLength] {
            if record <= locator - recordLength, begins(Self.longEndSignature, at: record) { return record }
        }
        return nil
    }

    private mutating func readEntry(_ position: inout Int, shift: Int) throws(ReportContainerError) {
        guard try number(position, 4) == Int(Self.directorySignature) else { throw ReportContainerError(.damaged) }
        let name = position + 46
        let extra = try name + number(position + 28, 2)
        let next = try extra + number(position + 30, 2) + number(position + 32, 2)
        guard extra <= bytes.count else { throw ReportContainerError(.truncated) }
        let values = try longValues(
            [number(position + 24, 4), number(position + 20, 4), number(position + 42, 4)],
            in: extra..<(extra + number(position + 30, 2)))
        let packed = values[1]
        let start = try contentStart(values[2] + shift)
        let isZip64 = packed == Self.unknownSize
        guard isZip64 || packed <= bytes.count - start else { throw ReportContainerError(.truncated) }
        entries.append(
            ZipEntry(
                name: Array(bytes[name..<extra]), method: try number(position + 10, 2),
                isEncrypted: try number(position + 8, 2) & 1 != 0,
                checksum: UInt32(truncatingIfNeeded: try number(position + 16, 4)),
                content: start..<(isZip64 ? bytes.count : start + packed), isZip64: isZip64))
        position = next
    }
}
