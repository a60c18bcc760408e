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

@Suite struct ReportMailTests {
    private static let xml = Samples.aggregateOctets
    private static let gzip = ReportPacking.gzip(xml)

    private static func part(_ header: String, _ octets: [UInt8]) -> (header: String, body: [UInt8]) {
        (header, octets)
    }

    private static func encoded(_ header: String, _ octets: [UInt8]) -> (header: String, body: [UInt8]) {
        (header + "\r\nContent-Transfer-Encoding: base64", Base64.encode(octets))
    }

    @Test func `a report in uuencode within a letter is read`() {
        let letter = "Report:\r\n\r\nbegin 644 a.xml.gz\r\n\(Samples.uuencoded(Self.gzip))end\r\n"
        let mail = ReportFile(reading: Samples.mail([Self.part("Content-Type: text/plain", Array(letter.utf8))]))
        #expect(mail.words == ["dmarc-aggregate"])
        #expect(mail.findings.first?.quirks == ["bare-uuencode"])
        #expect(mail.findings.first?.path == ["part 2", "a.xml.gz"])
        let cut = ReportFile(reading: Array(letter.replacing("end\r\n", with: "").utf8))
        #expect(cut.words == ["dmarc-aggregate"])
        #expect(cut.findings.first?.quirks == ["bare-uuencode", "bad-transfer-encoding"])
        for text in ["begin 644 a letter\r\nlike this", "begin 64 a\r\n!!\r\nend\r\n", "begin 644 a"] {
            let part = Self.part("Content-Type: text/plain", Array(text.utf8))
            #expect(ReportFile(reading: Samples.mail([part])).words == ["no-report"])
        }
    }

    @Test func `what is within opaque S MIME is read`() {
        let entity = Array("Content-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n".utf8)
        let content = entity + Base64.encode(Self.gzip)
        let half = content.count / 2
        let (first, second) = (Array(content[..<half]), Array(content[half...]))
        let type = "Content-Type: application/pkcs7-mime; smime-type=signed-data"
        // DER, and BER as programs write it that do not know lengths beforehand.
        let der = Samples.signed(Samples.der(0x04, content), isDefinite: true)
        let ber = Samples.signed(
            [0x24, 0x80] + Samples.der(0x04, first) + Samples.der(0x04, second) + [0, 0], isDefinite: false)
        let mixed = Samples.signed(
            Samples.der(0x24, Samples.der(0x04, first) + Samples.der(0x04, second)), isDefinite: false)
        for octets in [der, ber, mixed] {
            let file = ReportFile(reading: Samples.mail([Self.encoded(type, octets)]))
            #expect(file.words == ["dmarc-aggregate"])
            #expect(file.findings.first?.quirks == [])
        }
        // A file that is signed as it is, and a feedback report, whose sender is that of the mail around it.
        let bare = Samples.signed(Samples.der(0x04, Self.xml), isDefinite: true)
        #expect(ReportFile(reading: bare, name: "a.xml.p7m").words == ["dmarc-aggregate"])
        let fields = Array("Content-Type: message/feedback-report\r\n\r\n".utf8) + Self.feedback
        let signed = Samples.signed(Samples.der(0x04, fields), isDefinite: true)
        let found = ReportFile(reading: Samples.mail([Self.encoded(type, signed)])).findings.first?.report
        guard case .failure(let report)? = found else {
            Issue.record("\(String(describing: found))")
            return
        }
        #expect(report.sender?.address == "a@b.example")
        // Wherever it is cut off or changed, nothing traps.
        for count in der.indices { _ = ReportFile(reading: Array(der[..<count])) }
        for index in ber.indices.prefix(60) {
            for octet in [0, 0x7F, 0x80, 0x84, 0xFF] as [UInt8] {
                var changed = ber
                changed[index] = octet
                _ = ReportFile(reading: changed)
            }
        }
        // A detached signature, and something within something without end.
        #expect(ReportFile(reading: Samples.mail([Self.encoded(type, Array(der.prefix(30)))])).words == ["no-report"])
        var nested = content
        for _ in 0..<20 {
            let header = Array("Content-Type: application/pkcs7-mime\r\n\r\n".utf8)
            nested = header + Samples.signed(Samples.der(0x04, nested), isDefinite: true)
        }
        #expect(ReportFile(reading: nested).words.contains("too-nested"))
    }

    @Test func `reports are found in parts of whatever type`() {
        let text = Self.part("Content-Type: text/plain", Array("unused".utf8))
        let cases: [((header: String, body: [UInt8]), [String])] = [
            (Self.encoded("Content-Type: application/gzip; name=a.xml.gz", Self.gzip), []),
            (Self.encoded("Content-Type: application/zip; name=a.xml.gz", Self.gzip), []),
            (Self.encoded("Content-Type: application/octet-stream", Self.gzip), []),
            (Self.encoded("Content-Type: application/zip", Self.gzip), ["mislabelled"]),
            (Self.encoded("Content-Type: image/png", Samples.zip([ZipSample("a", Self.xml)])), ["mislabelled"]),
            (Self.encoded("Content-Type: image/png; name=x.png", Self.gzip), ["mislabelled"]),
            (Self.encoded("Content-Type: image/png; name=a.xml.gz", Self.gzip), []),
            (Self.encoded("X: y", Self.gzip), []), (Self.part("Content-Type: text/xml", Self.xml), []),
            (Self.part("Content-Type: text/plain", Self.xml), []),
            (
                Self.part("Content-Type: application/gzip", Array(Base64.encode(Self.gzip))),
                ["mislabelled", "bare-base64"]
            ),
            (Self.encoded("Content-Type: text/xml", Self.xml + [0x0A]), []),
        ]
        for (part, quirks) in cases {
            for parts in [[part], [text, part]] {
                let file = ReportFile(reading: Samples.mail(parts))
                #expect(file.words == ["dmarc-aggregate"], "\(part.header)")
                #expect(file.findings.first?.quirks == quirks, "\(part.header)")
            }
        }
    }

    @Test func `the character set of a part is that of XML which names none: RFC 7303 §3_2`() {
        func name(_ charset: String, _ start: String, _ octets: [UInt8]) -> (String?, [String]) {
            var text = Array((start + Samples.withoutDeclaration(Samples.aggregate)).utf8)
            let place = text.firstRange(of: "Sample Reporter".utf8) ?? 0..<0
            text.replaceSubrange(place, with: octets)
            let file = ReportFile(reading: Samples.mail([Self.encoded("Content-Type: text/xml\(charset)", text)]))
            guard case .aggregate(let report)? = file.findings.first?.report else { return (nil, file.words) }
            return (report.organizationName, file.findings.first?.quirks ?? [])
        }
        #expect(name("; charset=windows-1252", "<?xml version=\"1.0\"?>", [0x4D, 0xFC]) == ("Mü", []))
        #expect(name("; charset=\"ISO-8859-15\"", "", [0xA4]) == ("€", []))
        let declared = "<?xml version=\"1.0\" encoding=\"iso-8859-15\"?>"
        #expect(name("; charset=us-ascii", declared, [0xA4]) == ("€", []))
        #expect(name("; charset=koi8-r", "", [0xA4]) == ("\u{FFFD}", ["invalid-text"]))
        #expect(name("", "", [0xA4]) == ("\u{FFFD}", ["invalid-text"]))
    }

    @Test func `a mail that is the report alone`() {
        let header = "From: a@b.example\r\nContent-Type: application/gzip\r\n"
        let whole = Array("\(header)Content-Transfer-Encoding: base64\r\n\r\n".utf8) + Base64.encode(Self.gzip)
        #expect(ReportFile(reading: whole).words == ["dmarc-aggregate"])
        #expect(ReportFile(reading: Array("\(header)\r\n".utf8) + Self.gzip).words == ["dmarc-aggregate"])
        #expect(ReportFile(reading: Array("Subject: x\n\n".utf8) + Self.xml).words == ["dmarc-aggregate"])
        let quoted = Samples.old.replacing("=", with: "=3D").replacing("\n", with: "=20=\r\n\r\n")
        let printable = "Subject: x\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: text/xml\r\n\r\n"
        #expect(ReportFile(reading: Array((printable + quoted).utf8)).words == ["dmarc-aggregate"])
    }

    @Test func `several reports in one mail, and mails in mails`() {
        let report = Self.encoded("Content-Type: application/gzip", Self.gzip)
        let tls = Self.part("Content-Type: application/tlsrpt+json", Array(Samples.tls.utf8))
        let bad = Self.part("Content-Type: text/xml", Array("<feedback><record></feedback>".utf8))
        #expect(
            ReportFile(reading: Samples.mail([report, bad, tls])).words
                == ["dmarc-aggregate", "mismatched-tag", "tlsrpt"])
        let inner = Samples.mail([report])
        let outer = Array("Subject: f\r\nContent-Type: message/rfc822\r\n\r\n".utf8) + inner
        #expect(ReportFile(reading: outer).words == ["dmarc-aggregate"])
        let encoded = Samples.mail([Self.encoded("Content-Type: message/rfc822", inner)])
        #expect(ReportFile(reading: encoded).words == ["dmarc-aggregate"])
        #expect(ReportFile(reading: encoded).findings.first?.containerQuirks == [.encodedMessage])
        #expect(ReportFile(reading: Samples.zip([ZipSample("a.eml", inner)])).words == ["dmarc-aggregate"])
    }

    private static let feedback = Array("Feedback-Type: auth-failure\nVersion: 1\nUser-Agent: a/1\n".utf8)
    private static let original = Array("From: a@b.example\nSubject: x\n\nhello\n".utf8)

    @Test func `several feedback reports in one mail are all read`() {
        let fields = Self.part("Content-Type: message/feedback-report", Self.feedback)
        let original = Self.part("Content-Type: message/rfc822", Self.original)
        let text = Self.part("Content-Type: text/plain", Array("unused".utf8))
        let both = ReportFile(reading: Samples.mail([text, fields, original, text, fields, original]))
        #expect(both.words == ["dmarc-failure", "dmarc-failure"])
        for finding in both.findings {
            guard case .failure(let report)? = finding.report else {
                Issue.record("\(finding)")
                continue
            }
            #expect(report.original != nil && report.text == "unused")
        }
        let aggregate = Self.encoded("Content-Type: application/gzip", Self.gzip)
        let mixed = ReportFile(reading: Samples.mail([fields, original, aggregate]))
        #expect(mixed.words == ["dmarc-failure", "dmarc-aggregate"])
    }

    @Test func `a letter that begins like a feedback report hides no other`() {
        let letter = Self.part("Content-Type: text/plain", Self.feedback)
        let aggregate = Self.encoded("Content-Type: application/gzip", Self.gzip)
        #expect(ReportFile(reading: Samples.mail([letter, aggregate])).words == ["dmarc-aggregate"])
        // Beside a message it is what it looks like.
        let original = Self.part("Content-Type: message/rfc822", Self.original)
        #expect(ReportFile(reading: Samples.mail([letter, original])).words == ["dmarc-failure"])
        let report = Samples.mail([letter], type: "multipart/report; report-type=feedback-report")
        #expect(ReportFile(reading: report).words == ["dmarc-failure"])
    }

    @Test func `pictures and web pages beside a report are left alone`() {
        let parts = [
            Self.part("Content-Type: text/html", Array("<html><body>x</body></html>".utf8)),
            Self.encoded("Content-Type: image/png; name=a.png", [0x89, 0x50, 0x4E, 0x47, 1, 2, 3]),
            Self.part("Content-Type: application/pdf", Array("%PDF".utf8)),
            Self.encoded("Content-Type: application/gzip", Self.gzip),
        ]
        #expect(ReportFile(reading: Samples.mail(parts)).words == ["dmarc-aggregate"])
        #expect(ReportFile(reading: Samples.mail(Array(parts.dropLast()))).words == ["no-report"])
    }

    @Test func `a TLS report goes into a mail and comes out of it`() throws {
        let domain = try DomainName("company-y.example")
        let submitter = TLSReportSubmitter(
            organizationName: "Company-X", domain: try DomainName("company-x.example"), contactLocalPart: "a")
        var counter = TLSReportCounter()
        let policy = TLSAppliedPolicy(type: .noPolicyFound, domain: domain)
        let outcome = TLSSessionOutcome(
            domain: domain, policies: [TLSSessionPolicyOutcome(policy: policy, isSuccess: true)])
        counter.count(outcome, at: UnixTime(seconds: 1_459_468_800))
        let day = try #require(counter.days.first)
        let document = try #require(counter.documents(for: day, from: submitter).first)
        let mail = document.mail(
            ReportMailHead(
                from: "a@company-x.example", to: "tls@company-y.example", date: UnixTime(seconds: 1_459_555_200),
                messageID: "1@company-x.example"))
        let file = ReportFile(reading: mail)
        #expect(file.words == ["tlsrpt"])
        #expect(file.findings.first?.containerQuirks == [])
        let text = String(decoding: mail, as: UTF8.self)
        #expect(text.contains("\r\nTLS-Report-Domain: company-y.example\r\n"))
        #expect(text.contains("multipart/report; report-type=tlsrpt;"))
    }
}
