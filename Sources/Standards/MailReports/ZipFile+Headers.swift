/// A zip file that has lost its directory: the headers in front of the entries say what there is (APPNOTE.TXT §4.3.7).
extension ZipFile {
    /// Finds the entries one behind the other. The last one may be cut off; those in front of it are whole.
    mutating func readHeaders() throws(ReportContainerError) {
        var position = 0
        while begins(Self.entrySignature, at: position) {
            guard entries.count < MailReportLimits.zipEntriesMax else { throw ReportContainerError(.tooMany) }
            guard let (entry, next) = try? entry(at: position) else {
                guard !entries.isEmpty else { throw ReportContainerError(.truncated) }
                let name = bytes.dropFirst(position + 30)
                entries.append(
                    ZipEntry(
                        name: Array(name.prefix((try? number(position + 26, 2)) ?? 0)), method: 0, isEncrypted: false,
                        checksum: nil, content: bytes.count..<bytes.count, isCut: true))
                return
            }
            entries.append(entry)
            guard let next else { return }
            position = next
        }
        if entries.isEmpty { throw ReportContainerError(.damaged) }
    }

    /// The entry whose header stands here, and what is behind it; nil where its end is not known.
    private func entry(at header: Int) throws(ReportContainerError) -> (entry: ZipEntry, next: Int?) {
        let flags = try number(header + 6, 2)
        let name = header + 30
        let extra = try name + number(header + 26, 2)
        let start = try contentStart(header)
        var entry = ZipEntry(
            name: Array(bytes[name..<extra]), method: try number(header + 8, 2), isEncrypted: flags & 1 != 0,
            checksum: nil, content: start..<bytes.count)
        // Bit 3: sizes and checksum follow the octets.
        guard flags & 8 == 0 else {
            // Deflate itself knows its end, so the octets of an entry whose descriptor is missing can be unpacked.
            guard let found = descriptor(behind: start) else { return (entry, nil) }
            entry.content = start..<found.position
            entry.checksum = found.checksum
            return (entry, found.end)
        }
        entry.checksum = UInt32(truncatingIfNeeded: try number(header + 14, 4))
        let packed = try longValues([number(header + 22, 4), number(header + 18, 4)], in: extra..<start)[1]
        entry.isZip64 = packed == Self.unknownSize
        guard !entry.isZip64 else { return (entry, nil) }
        guard packed <= bytes.count - start else { throw ReportContainerError(.truncated) }
        entry.content = start..<(start + packed)
        return (entry, start + packed)
    }

    /// What stands behind an entry whose header does not say its size: APPNOTE.TXT §4.3.9.
    private struct Descriptor {
        var position: Int
        var end: Int
        var checksum: UInt32
    }

    /// The descriptor that says so many packed octets as there are in front of it, which no other octets do but by a
    /// chance of one to the size of the file. It may have a signature; without one, another header has to follow.
    private func descriptor(behind start: Int) -> Descriptor? {
        var index = start
        while let letter = bytes[index...].firstIndex(of: UInt8(ascii: "P")) {
            index = letter + 1
            guard index < bytes.count, bytes[index] == UInt8(ascii: "K") else { continue }
            if begins(Self.descriptorSignature, at: letter) {
                if let found = descriptor(letter, values: letter + 4, start) { return found }
            } else if isHeader(letter) {
                // The checksum, and two sizes of four or eight octets.
                for length in [12, 20] where letter - length >= start {
                    if let found = descriptor(letter - length, values: letter - length, start), found.end == letter {
                        return found
                    }
                }
            }
        }
        return nil
    }

    /// - Parameter values: where the checksum stands.
    private func descriptor(_ position: Int, values: Int, _ start: Int) -> Descriptor? {
        guard let checksum = Self.number(bytes, values, 4), Self.number(bytes, values + 4, 4) == position - start else {
            return nil
        }
        // Sizes have eight octets where the header says so, and where it does not, too: what follows tells.
        let isLong = Self.number(bytes, values + 8, 4) == 0 && position > start && !isHeader(values + 12)
        let end = values + (isLong ? 20 : 12)
        guard end <= bytes.count else { return nil }
        return Descriptor(position: position, end: end, checksum: UInt32(truncatingIfNeeded: checksum))
    }

    private func isHeader(_ offset: Int) -> Bool {
        begins(Self.entrySignature, at: offset) || begins(Self.directorySignature, at: offset)
    }
}
