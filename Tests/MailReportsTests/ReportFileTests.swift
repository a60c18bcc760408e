import MailBytes
import MailNames
import MailReports
import TLSRPT
import Testing

@Suite struct ReportFileTests {
    private static let xml = Samples.aggregateOctets
    private static let gzip = ReportPacking.gzip(xml)
    private static let json = Array(Samples.tls.utf8)

    private static func check(
        _ octets: [UInt8], name: String? = nil, _ words: [String], _ quirks: [ReportContainerQuirk] = [],
        _ location: SourceLocation = #_sourceLocation
    ) {
        let file = ReportFile(reading: octets, name: name)
        #expect(file.words == words, sourceLocation: location)
        #expect(file.findings.first?.containerQuirks == quirks, sourceLocation: location)
    }

    @Test func `a file is what its octets are`() {
        Self.check(Self.xml, name: "a.xml", ["dmarc-aggregate"])
        Self.check(Self.xml, name: "a.xml.gz", ["dmarc-aggregate"], [.mislabelled])
        Self.check(Self.gzip, name: "a.xml.gz", ["dmarc-aggregate"])
        Self.check(Self.gzip, name: "a.zip", ["dmarc-aggregate"], [.mislabelled])
        Self.check(Self.json, name: "a.json", ["tlsrpt"])
        Self.check(ReportPacking.gzip(Self.json), name: "a.json.gz", ["tlsrpt"])
        Self.check([0xEF, 0xBB, 0xBF] + Self.json, ["tlsrpt"])
        Self.check(Array("Feedback-Type: abuse\nVersion: 1\n".utf8), ["dmarc-failure"])
        Self.check(Array("\r\n\nFeedback-Type: abuse\nVersion: 1\n".utf8), ["dmarc-failure"])
        Self.check([], ["not-report"])
        Self.check(Array("This is no report\n".utf8), ["not-report"])
        Self.check(Array("From: a@b.example\n\nhello\n".utf8), ["no-report"])
        Self.check(Array("{}".utf8), ["not-tls-report"])
        Self.check(Array("[1,".utf8), ["not-json"])
        Self.check(Array("<html/>".utf8), ["not-feedback"])
        Self.check(Array(Base64.encode(Self.gzip)), ["dmarc-aggregate"], [.bareBase64])
        var utf16: [UInt8] = [0xFF, 0xFE]
        for unit in Samples.aggregate.utf16 { utf16 += [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
        Self.check(utf16, ["dmarc-aggregate"])
    }

    @Test func `gzip is read with several members and what is behind them`() {
        let half = Self.xml.count / 2
        let members = ReportPacking.gzip(Array(Self.xml[..<half])) + ReportPacking.gzip(Array(Self.xml[half...]))
        Self.check(members, ["dmarc-aggregate"])
        Self.check(Self.gzip + [13, 10], ["dmarc-aggregate"], [.trailingOctets])
        Self.check(Self.gzip + [0x1F, 0x8B, 0], ["dmarc-aggregate"], [.trailingOctets])
        Self.check(ReportPacking.gzip(Self.gzip), ["dmarc-aggregate"], [.packedTwice])
        for count in 3..<Self.gzip.count { Self.check(Array(Self.gzip[..<count]), ["truncated"]) }
        var damaged = Self.gzip
        damaged[damaged.count - 6] ^= 1
        Self.check(damaged, ["damaged"])
    }

    @Test func `several reports behind each other in one text are all read`() {
        let two = Self.xml + Self.xml
        Self.check(two, ["dmarc-aggregate", "dmarc-aggregate"])
        Self.check(ReportPacking.gzip(Self.xml) + ReportPacking.gzip(Self.xml), ["dmarc-aggregate", "dmarc-aggregate"])
        Self.check(Self.xml + Array("<feedback><record></feedback>".utf8), ["dmarc-aggregate", "mismatched-tag"])
        Self.check(Self.xml + Array("nothing more".utf8), ["dmarc-aggregate"])
        // Of other character sets each letter can become several octets, or fewer.
        let latin = Self.xml + [UInt8](repeating: 0xE4, count: 2000)
        Self.check(latin + Self.xml, ["dmarc-aggregate", "dmarc-aggregate"])
        Self.check(latin, ["dmarc-aggregate"])
        var wide: [UInt8] = [0xFF, 0xFE]
        for unit in (Samples.aggregate + Samples.aggregate).utf16 { wide += [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
        Self.check(wide, ["dmarc-aggregate", "dmarc-aggregate"])
        let many = Array((0..<300).map { _ in Self.xml }.joined())
        let file = ReportFile(reading: many)
        #expect(file.findings.count == MailReportLimits.findingsMax && file.words.last == "too-many")
    }

    @Test func `reports beside each other in one element are all read`() {
        let report = Samples.withoutDeclaration(Samples.aggregate)
        let prefixed = report.replacing("<feedback xmlns=", with: "<x:feedback xmlns:x=")
            .replacing("</feedback", with: "</x:feedback")
        let texts = [
            "<feedbacks>\(report)\(report)</feedbacks>", "<a xmlns:a='b'>\(report)\(report)",
            "<a><b>\(report)</b><b>\(report)</b></a>", "<a>\(prefixed)</a><a>\(prefixed)</a>",
            "<xs:schema xmlns:xs='x'>\(report)<xs:schema xmlns:xs='x'>\(report)",
        ]
        for text in texts {
            let file = ReportFile(reading: Array(text.utf8))
            #expect(file.words == ["dmarc-aggregate", "dmarc-aggregate"], "\(text.prefix(20))")
            #expect(file.findings.map(\.quirks) == [["wrapped-root"], ["wrapped-root"]], "\(text.prefix(20))")
        }
        let broken = "<feedbacks>\(report)<feedback><record></feedback></feedbacks>"
        Self.check(Array(broken.utf8), ["dmarc-aggregate", "mismatched-tag"])
        let namespace = "urn:ietf:params:xml:ns:dmarc-2.0"
        let inherited = report.replacing("<feedback xmlns=\"\(namespace)\"", with: "<x:feedback")
            .replacing("</feedback", with: "</x:feedback")
        let file = ReportFile(reading: Array("<x:a xmlns:x='\(namespace)'>\(inherited)\(inherited)</x:a>".utf8))
        let forms = file.findings.map { finding -> DMARCReportForm? in
            guard case .aggregate(let report)? = finding.report else { return nil }
            return report.form
        }
        #expect(forms == [.rfc9990, .rfc9990])
    }

    private static func quirks(_ text: String) -> [[String]] {
        ReportFile(reading: Array(text.utf8)).findings.map(\.quirks)
    }

    @Test func `a report that is quoted behind another one is none`() {
        let report = Samples.withoutDeclaration(Samples.aggregate)
        let inside = report.replacing("\"", with: "'")
        for (quoted, quirks) in [
            ("<!-- \(report) -->", []), ("<?p \(report)?>", []), ("<![CDATA[\(report)]]>", ["trailing-text"]),
            ("<x a=\"\(inside)\"/>", ["trailing-text"]), ("<!ENTITY a \"\(inside)\">", ["trailing-text"]),
        ] {
            #expect(Self.quirks(report + quoted) == [quirks], "\(quoted.prefix(12))")
            #expect(Self.quirks("<w>\(report)<n>\(quoted)</n></w>") == [["wrapped-root"]], "\(quoted.prefix(12))")
            // What is behind it is read.
            #expect(Self.quirks(report + quoted + report).count == 2, "\(quoted.prefix(12))")
        }
    }

    @Test func `what has the name of a report alone is none behind a report`() {
        let report = Samples.withoutDeclaration(Samples.aggregate)
        let note = "<note><feedback>good work</feedback></note>"
        #expect(Self.quirks(report + note) == [["trailing-text"]])
        #expect(Self.quirks("<w>\(report)<n>\(note)</n></w>") == [["wrapped-root"]])
        #expect(Self.quirks(report + note + report) == [["trailing-text"], []])
        Self.check(Array(note.utf8), ["empty"])
        // Many of them are told.
        let many = report + String(repeating: "<feedback/>", count: 100_000)
        Self.check(Array(many.utf8), ["dmarc-aggregate", "empty"])
    }

    @Test func `a report behind an element that held another one is in none`() {
        let report = Samples.withoutDeclaration(Samples.aggregate)
        #expect(Self.quirks("<w>\(report)</w>\(report)x") == [["wrapped-root"], ["trailing-text"]])
        #expect(Self.quirks("\(report)<w>\(report)</w>") == [["trailing-text"], ["wrapped-root"]])
    }

    @Test func `a prefix that an element around the report declares is the report's`() {
        let report = Samples.withoutDeclaration(Samples.old).replacing("</", with: "</r:").replacing("<", with: "<r:")
            .replacing("<r:/r:", with: "</r:")
        let words = Self.quirks("<r:report xmlns:r='http://vendor.example/schema'>\(report)</r:report>")
        let others = Self.quirks("<s:e xmlns:s='s' xmlns:r='http://vendor.example/x'>\(report)\(report)</s:e>")
        #expect(words == [["wrapped-root"]])
        #expect(others == [["wrapped-root"], ["wrapped-root"]])
    }

    @Test func `several TLS reports in one text are all read`() {
        func quirks(_ octets: [UInt8]) -> [[String]] { ReportFile(reading: octets).findings.map(\.quirks) }
        let two = Self.json + Self.json
        let lines = Self.json + [0x0A] + Self.json + [0x0D, 0x0A]
        for octets in [two, lines, Self.json + Array(",\n".utf8) + Self.json, Self.json + [0x1E] + Self.json] {
            for packed in [octets, ReportPacking.gzip(octets)] {
                Self.check(packed, ["tlsrpt", "tlsrpt"])
                #expect(quirks(packed) == [["trailing-text"], []])
            }
        }
        let array = Array("[ ".utf8) + Self.json + Array(" ,\n".utf8) + Self.json
        Self.check(array + Array("]\n".utf8), ["tlsrpt", "tlsrpt"])
        #expect(quirks(array + Array("]\n".utf8)) == [["wrapped-root"], ["wrapped-root"]])
        #expect(quirks(Array("[".utf8) + Self.json + Array("]".utf8)) == [["wrapped-root"]])
        #expect(quirks(Array("[".utf8) + Self.json + Array("]x".utf8)) == [["wrapped-root", "trailing-text"]])
        // What is cut off or broken behind a report hides it not, and is told.
        Self.check(array, ["tlsrpt", "tlsrpt", "not-json"])
        Self.check(Array("[".utf8) + Self.json + Array(",".utf8), ["tlsrpt", "not-json"])
        Self.check(Self.json + Self.json.dropLast(), ["tlsrpt", "not-json"])
        Self.check(Self.json + Array("{\"report-id\":1}".utf8) + Self.json, ["tlsrpt", "not-tls-report", "tlsrpt"])
        // What is no report is none.
        for rest in ["\u{0}\u{0}", "\n-- \nEOF", "\u{1A}", "{}", "[1]", "}"] {
            Self.check(Self.json + Array(rest.utf8), ["tlsrpt"])
            #expect(quirks(Self.json + Array(rest.utf8)) == [["trailing-text"]])
        }
        // An array of other things is refused once, and not each of them.
        let others = "[" + Array(repeating: "{\"a\":1}", count: 300).joined(separator: ",") + "]"
        Self.check(Array(others.utf8), name: "a.json", ["not-tls-report"])
        let broken = "[" + Array(repeating: "{\"report-id\":1}", count: 300).joined(separator: ",") + "]"
        #expect(ReportFile(reading: Array(broken.utf8), name: "a.json").findings.count == 10)
        let units = [0xFEFF] + String(decoding: two, as: UTF8.self).utf16
        let wide = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        Self.check(wide, name: "a.json", ["tlsrpt", "tlsrpt"])
        #expect(quirks(wide) == [["wrong-encoding", "trailing-text"], ["wrong-encoding"]])
    }

    @Test func `zlib without gzip is read`() {
        // RFC 1950 §2.2: two octets, deflate, and Adler-32.
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in Self.xml {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        let sum = high << 16 | low
        let checksum: [UInt8] = (0..<4).map { UInt8(truncatingIfNeeded: sum >> UInt32(24 - $0 * 8)) }
        let zlib: [UInt8] = [0x78, 0xDA] + Array(Self.gzip.dropFirst(10).dropLast(8)) + checksum
        Self.check(zlib, ["dmarc-aggregate"], [.bareZlib])
    }

    @Test func `zip files of all usual kinds are read`() {
        let sample = ZipSample("a.xml", Self.xml)
        Self.check(Samples.zip([sample]), name: "a.zip", ["dmarc-aggregate"])
        Self.check(Samples.zip([ZipSample("a.xml", Self.xml, method: 0)]), ["dmarc-aggregate"])
        Self.check(Samples.zip([ZipSample("a.xml", Self.xml, flags: 8)]), ["dmarc-aggregate"])
        Self.check(Samples.zip([sample], prefix: [1, 2, 3]), ["dmarc-aggregate"], [.leadingOctets])
        Self.check(Samples.zip([sample]) + [0], ["dmarc-aggregate"], [.trailingOctets])
        Self.check(Samples.zip([sample], hasDirectory: false), ["dmarc-aggregate"], [.zipDirectoryMissing])
        Self.check(
            Samples.zip([ZipSample("a.xml", Self.xml, flags: 8)], hasDirectory: false), ["dmarc-aggregate"],
            [.zipDirectoryMissing])
        Self.check(Samples.zip([ZipSample("a.xml.gz", Self.gzip)]), ["dmarc-aggregate"], [.packedTwice])
        let several = [
            ZipSample("d/", [], method: 0), ZipSample("__MACOSX/._a.xml", [1]), ZipSample("d/._a.xml", [1]),
            ZipSample("d/a.xml", Self.xml), ZipSample("b.json", Self.json), ZipSample("readme", Array("text".utf8)),
            ZipSample("c.xml", Array("<a/>".utf8)),
        ]
        Self.check(Samples.zip(several), ["dmarc-aggregate", "tlsrpt", "not-feedback"])
        #expect(ReportFile(reading: Samples.zip(several)).findings.map(\.path) == [["a.xml"], ["b.json"], ["c.xml"]])
    }

    /// As `zip - -` and `zip -fz` write them.
    @Test(arguments: [ZipLength.record, .values, .entries, .all])
    func `small zip files in the form for large ones are read`(length: ZipLength) {
        for samples in [
            [ZipSample("a.xml", Self.xml)], [ZipSample("a.xml", Self.xml), ZipSample("b.json", Self.json)],
        ] {
            let words = Array(["dmarc-aggregate", "tlsrpt"].prefix(samples.count))
            Self.check(Samples.zip(samples, length: length), words)
            Self.check(Samples.zip(samples, prefix: [1, 2, 3], length: length), words, [.leadingOctets])
        }
        let whole = Samples.zip([ZipSample("a.xml", Self.xml)], length: length)
        // Nothing traps, whatever the long values are.
        for index in whole.indices.suffix(240) {
            for octet in [0, 0x7F, 0xFF] as [UInt8] {
                var changed = whole
                changed[index] = octet
                _ = ReportFile(reading: changed)
            }
        }
        for index in whole.indices.dropLast(7).suffix(240) {
            var changed = whole
            changed.replaceSubrange(index..<(index + 8), with: [UInt8](repeating: 0xFF, count: 8))
            _ = ReportFile(reading: changed)
        }
    }

    @Test func `without a directory all entries are found, whose sizes come behind them, too`() {
        let samples = [
            ZipSample("a.xml", Self.xml, flags: 8), ZipSample("b.xml", Self.xml, method: 0, flags: 8),
            ZipSample("c.json", Self.json), ZipSample("d.xml", Self.xml, flags: 8),
        ]
        let words = ["dmarc-aggregate", "dmarc-aggregate", "tlsrpt", "dmarc-aggregate"]
        let descriptor = Samples.number(0x0807_4B50, 4)
        let whole = Samples.zip(samples)
        let directory = whole.count - 22 - samples.reduce(0) { $0 + 46 + $1.name.utf8.count }
        for octets in [Array(whole[..<directory]), Array(whole[..<(directory + 50)])] {
            Self.check(octets, words, [.zipDirectoryMissing])
            var unsigned = octets
            while let range = unsigned.firstRange(of: descriptor) { unsigned.removeSubrange(range) }
            Self.check(unsigned, words, [.zipDirectoryMissing])
        }
        let long = Samples.zip(samples, length: .entries)
        let longDirectory = long.firstRange(of: Samples.number(0x0201_4B50, 4))?.lowerBound ?? 0
        for count in [longDirectory, longDirectory + 4] {
            Self.check(Array(long[..<count]), words, [.zipDirectoryMissing])
        }
        // What is cut off is said, and does not keep the others from being read.
        let second = whole.indices.first { $0 > 0 && whole[$0...].starts(with: Samples.number(0x0403_4B50, 4)) } ?? 0
        for count in [second + 4, second + 29, second + 33] {
            Self.check(Array(whole[..<count]), ["dmarc-aggregate", "truncated"], [.zipDirectoryMissing])
        }
        Self.check(Array(whole[..<(second + 100)]), ["dmarc-aggregate", "unexpected-end"], [.zipDirectoryMissing])
        let closed = Samples.zip([ZipSample("a.xml", Self.xml), ZipSample("b.xml", Self.xml)])
        Self.check(Array(closed.dropLast(200)), ["dmarc-aggregate", "truncated"], [.zipDirectoryMissing])
    }

    @Test func `zip files that are not read are refused with a reason`() {
        Self.check(Samples.zip([]), ["no-report"])
        Self.check(Samples.zip([ZipSample("a.xml", Self.xml, flags: 1)]), ["encrypted"])
        Self.check(Samples.zip([ZipSample("a.xml", Self.xml, wrongChecksum: 1)]), ["damaged"])
        var other = Samples.zip([ZipSample("a.xml", Self.xml, method: 0)])
        for index in other.indices where other[index...].starts(with: Samples.number(0x0201_4B50, 4)) {
            other[index + 10] = 12
        }
        Self.check(other, ["unsupported-method"])
        var huge = Samples.zip([ZipSample("a.xml", Self.xml)])
        let end = huge.count - 22
        huge.replaceSubrange((end + 8)..<(end + 20), with: [UInt8](repeating: 0xFF, count: 12))
        Self.check(huge, ["zip64"])
        let whole = Samples.zip([ZipSample("a.xml", Self.xml), ZipSample("b.xml", Self.xml, method: 0)])
        // Nothing traps, wherever it is cut or changed.
        for count in stride(from: 0, to: whole.count, by: 7) { _ = ReportFile(reading: Array(whole[..<count])) }
        for index in whole.indices.suffix(160) {
            for octet in [0, 0xFF] as [UInt8] {
                var changed = whole
                changed[index] = octet
                _ = ReportFile(reading: changed)
            }
        }
    }
}
