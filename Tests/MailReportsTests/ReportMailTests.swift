import MailBytes
import MailNames
import MailReports
import TLSRPT
import Testing

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
        let late = String(repeating: "A line of greeting, as long as they are.\r\n", count: 30) + letter
        let below = ReportFile(reading: Samples.mail([Self.part("Content-Type: text/plain", Array(late.utf8))]))
        #expect(below.words == ["dmarc-aggregate"])
        let named = letter.replacing("a.xml.gz", with: String(repeating: "n", count: 3000))
        #expect(ReportFile(reading: Array(named.utf8)).findings.first?.path.last?.utf8.count == 255)
        for text in [
            "begin 644 a letter\r\nlike this", "begin 644 report.xml\r\nEnd of it.\r\n", "begin 64 a\r\n!!\r\nend\r\n",
            "begin 644 a",
        ] {
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
        // Nobody looks at that signature: a name within it is nobody's.
        let inner = Array("From: noreply@other.example\r\n".utf8) + fields
        let named = Samples.signed(Samples.der(0x04, inner), isDefinite: true)
        guard
            case .failure(let claimed)? = ReportFile(reading: Samples.mail([Self.encoded(type, named)])).findings.first?
                .report
        else {
            Issue.record("nothing within it")
            return
        }
        #expect(claimed.sender?.address == "a@b.example")
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

    /// An mbox of mails with a report each, and of letters.
    private static func mbox(_ mails: [[UInt8]]) -> [UInt8] {
        mails.flatMap { Array("From a@b.example Wed Apr  1 00:00:00 2026\n".utf8) + $0 + Array("\n\n".utf8) }
    }

    @Test func `every mail of an mbox is read that is packed or sent`() {
        let report = Samples.mail([Self.encoded("Content-Type: application/gzip", Self.gzip)])
        let letter = Array("From: a@b.example\r\n\r\nHello\r\n".utf8)
        let box = Self.mbox([report, letter, report])
        let packed = ReportFile(reading: ReportPacking.gzip(box), name: "2026-04.mbox.gz")
        // A letter among them is told, so that nobody takes the file for stored.
        #expect(packed.words == ["dmarc-aggregate", "dmarc-aggregate", "no-report"])
        #expect(packed.findings.map(\.path) == [["mail 1", "part 2"], ["mail 3", "part 2"], ["mail 2"]])
        let whole = ReportFile(reading: ReportPacking.gzip(Self.mbox([report, report])))
        #expect(whole.words == ["dmarc-aggregate", "dmarc-aggregate"])
        let sent = ReportFile(reading: Samples.mail([Self.encoded("Content-Type: application/mbox", box)]))
        #expect(sent.words == ["dmarc-aggregate", "dmarc-aggregate", "no-report"])
        let letters = ReportPacking.gzip(Self.mbox([letter, letter]))
        #expect(ReportFile(reading: letters).words == ["no-report"])
        let single = ReportFile(reading: ReportPacking.gzip(Self.mbox([report])))
        #expect(single.findings.map(\.path) == [["part 2"]])
    }

    @Test func `an mbox of more mails than are read is said to be one`() {
        let report = Samples.mail([Self.encoded("Content-Type: application/gzip", Self.gzip)])
        let letter = Array("From: a@b.example\r\n\r\nHello\r\n".utf8)
        let letters = Array(repeating: letter, count: MailReportLimits.boxedMailsMax)
        let file = ReportFile(reading: ReportPacking.gzip(Self.mbox([report] + letters)))
        #expect(file.words == ["dmarc-aggregate", "too-many"])
    }

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
