import MailBytes
import MailNames
import MailReports
import Testing

@Suite struct FeedbackReportTests {
    private static let fields = """
        Feedback-Type: auth-failure
        User-Agent: SomeDKIMFilter/1.0
        Version: 1
        Original-Mail-From: <randomuser@example.net>
        Arrival-Date: Wed, 14 Apr 2010 12:15:31 -0700 (PDT)
        Source-IP: 192.0.2.1
        Authentication-Results: mail.example.com;
            dmarc=fail header.from=example.net
        Reported-Domain: Example.NET
        Auth-Failure: dmarc (it failed)
        Identity-Alignment: dkim, spf
        Delivery-Result: reject

        """

    private static func read(_ text: String) throws -> FeedbackReport { try FeedbackReport(parsing: Array(text.utf8)) }

    @Test func `the fields come out as written, and say what they mean`() throws {
        let report = try Self.read(Self.fields)
        #expect(report.quirks.isEmpty)
        #expect(report.isAuthenticationFailure)
        #expect(report.fields.count == 11)
        #expect(report.value("authentication-RESULTS") == "mail.example.com;    dmarc=fail header.from=example.net")
        #expect(report.authFailure == "dmarc" && report.deliveryResult == "reject")
        #expect(report.identityAlignment == ["dkim", "spf"])
        #expect(report.sourceAddress == IPAddress("192.0.2.1"))
        #expect(report.arrivalDate?.rfc3339 == "2010-04-14T19:15:31Z")
        #expect(report.reportedDomains == ["example.net"])
        #expect(report.incidents == 1)
        #expect(try FeedbackReport(parsing: report.fieldOctets).fields == report.fields)
        let withCRLF = try Self.read(Self.fields.replacing("\n", with: "\r\n"))
        #expect(withCRLF == report)
        #expect(try Self.read("\n\n" + Self.fields) == report)
    }

    /// One change of the fields, and what is borne for it.
    @Test(arguments: [
        ("auth-failure", "abuse", FeedbackQuirk.notAuthenticationFailure),
        ("Feedback-Type: auth-failure\n", "", .feedbackTypeMissing),
        ("User-Agent: SomeDKIMFilter/1.0\n", "", .userAgentMissing), ("Version: 1\n", "", .versionMissing),
        ("Version: 1", "Version: 1.0", .badVersion), ("Version: 1", "Version: 1\nVersion: 1", .repeatedField),
        ("Arrival-Date", "Received-Date", .receivedDate), ("14 Apr 2010", "soon", .badDate),
        ("192.0.2.1", "192.0.2.1 (mail.example)", .sourceWithText), ("192.0.2.1", "mail", .badSource),
        ("Version: 1", "Version: 1\nIncidents: many", .badIncidents),
        ("Auth-Failure: dmarc (it failed)\n", "", .authFailureMissing),
        ("dmarc (it", "weather (it", .unknownAuthFailure), ("reject", "burnt", .unknownDeliveryResult),
        ("Identity-Alignment: dkim, spf\n", "", .identityAlignmentMissing),
        ("dkim, spf", "spf/dkim", .badIdentityAlignment),
        ("Version: 1", "Version: 1\nno field\nX: y", .badField),
        ("Version: 1", "Version: 1\nSource-Port: -5", .badSourcePort),
        ("Version: 1", "Version: 1\nSource-Port: 65536", .badSourcePort),
        ("Version: 1", "Version: 1\nSource-Port: +25", .badSourcePort),
        ("Version: 1", "Version: 1\nSource-Port: 25\nSource-Port: 26", .repeatedField),
        ("Reported-Domain: Example.NET\n", "", .reportedDomainMissing),
        ("Version: 1", "Version: 1\nDKIM-Domain: example.net", .signatureFieldMissing),
    ])
    func `what reporters do wrong is borne and named`(from: String, to: String, quirk: FeedbackQuirk) throws {
        let report = try Self.read(Self.fields.replacing(from, with: to, maxReplacements: 1))
        #expect(report.quirks.contains(quirk))
    }

    /// RFC 6591 §3.2, §3.3: what each failure requires.
    @Test(arguments: [
        ("signature", FeedbackQuirk.signatureFieldMissing), ("revoked", .signatureFieldMissing),
        ("bodyhash", .signatureFieldMissing), ("adsp", .adspRecordMissing), ("spf", .spfRecordMissing),
    ])
    func `what a method's failure requires is missed`(failure: String, quirk: FeedbackQuirk) throws {
        let text = Self.fields.replacing("dmarc (it failed)", with: failure)
            .replacing("dmarc=fail", with: "spf=softfail")
        let more = """
            DKIM-Domain: example.net
            DKIM-Identity: @example.net
            DKIM-Selector: s1
            DKIM-ADSP-DNS: "dkim=all"
            SPF-DNS: txt : example.net : "v=spf1 -all"

            """
        #expect(try Self.read(text).quirks == [quirk])
        #expect(try Self.read(text + more).quirks.isEmpty)
        // No record was used, so there is none to show.
        #expect(try Self.read(text.replacing("softfail", with: "none")).quirks.contains(.spfRecordMissing) == false)
    }

    /// RFC 9991 §4: a signature of the reported domain that the message has, and that did not pass.
    @Test(arguments: [
        ("DKIM-Signature: v=1; d=example.net; s=a\r\n", true),
        ("DKIM-Signature: v=1;\r\n\td = x; d=EXAMPLE.\r\n net; s=a\r\n", true),
        ("DKIM-Signature: v=1; d=other.example; s=a\r\n", false), ("Subject: d=example.net\r\n", false),
    ])
    func `a report that says nothing of a signature of its domain misses it`(header: String, isMissing: Bool) throws {
        let parts: [(header: String, body: [UInt8])] = [
            ("Content-Type: message/feedback-report", Array(Self.fields.utf8)),
            ("Content-Type: text/rfc822-headers", Array(header.utf8)),
        ]
        let file = ReportFile(reading: Samples.mail(parts, type: "multipart/report; report-type=feedback-report"))
        #expect(file.findings.first?.quirks == (isMissing ? ["signature-field-missing"] : []))
    }

    @Test func `a byte order mark costs no field`() throws {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let octets = Array(Self.fields.utf8)
        for text in [mark + octets, [0x0D, 0x0A] + mark + [0x0D, 0x0A] + octets] {
            let report = try FeedbackReport(parsing: text)
            #expect(report.quirks == [.byteOrderMark])
            #expect(report.fields == (try Self.read(Self.fields)).fields)
        }
        #expect(ReportFile(reading: mark + octets).words == ["dmarc-failure"])
        let original: (header: String, body: [UInt8]) = ("Content-Type: message/rfc822", Array("Subject: a\r\n".utf8))
        for type in ["message/feedback-report", "text/plain"] {
            let parts: [(header: String, body: [UInt8])] = [("Content-Type: \(type)", mark + octets), original]
            let file = ReportFile(reading: Samples.mail(parts))
            #expect(file.words == ["dmarc-failure"])
            #expect(file.findings.first?.quirks.contains("byte-order-mark") == true)
        }
    }

    @Test func `fields behind an empty line are read, and a message behind one is not`() throws {
        let whole = try Self.read(Self.fields).fields
        for (place, gap) in [("Source-IP", "\n"), ("Reported-Domain", "\n\n\n"), ("Authentication-Results", "\n")] {
            let text = Self.fields.replacing("\n\(place):", with: "\n\(gap)\(place):")
            for text in [text, text.replacing("\n", with: "\r\n")] {
                let report = try Self.read(text)
                #expect(report.quirks == [.badField])
                #expect(report.fields == whole)
            }
        }
        let every = Self.fields.replacing("\n", with: "\n\n").replacing("\n\n  ", with: "\n  ")
            .replacing("\n\nReported-Domain", with: "\nReported-Domain")
        #expect(try Self.read(every).fields == whole)
        for header in [
            "Received: from a\nSource-IP: 192.0.2.9\n", "Authentication-Results: a;\n dmarc=pass\nFrom: a@b.example\n",
            "Authentication-Results: a; dmarc=pass", "Authentication-Results: a; dmarc=pass\n\nVersion: 1\n",
            "Source-IP\n", "no field\nVersion: 1\n",
            // The author of a message names his program as reporters do theirs, and writes whatever he likes behind it.
            "User-Agent: Mutt/2.2\nReported-Domain: victim.example\n", "Version: 1\nDelivery-Result: delivered\n",
            "Authentication-Results: a; dmarc=pass\nUser-Agent: b\nDKIM-Domain: victim.example\n",
        ] {
            let report = try Self.read(Self.fields + "\n" + header)
            #expect(report.quirks == [.badField])
            #expect(report.fields == whole)
        }
        let quoted = try Self.read(
            Self.fields + "\nSource-Port: 25\nFrom: a@b.example\nReported-Domain: victim.example\n")
        #expect(quoted.sourcePort == 25 && quoted.fields.count == whole.count + 1)
        // Many of them take no more time than one.
        let many = Self.fields + String(repeating: "\n\nReported-URI: a:b", count: 200_000)
        #expect(throws: FeedbackReportError.self) { try Self.read(many) }
        #expect(try Self.read(Self.fields + String(repeating: "\n", count: 4_000_000)).quirks.isEmpty)
    }

    @Test func `what is none is refused`() {
        for (text, problem) in [
            ("", FeedbackReportError.Problem.noFields), ("\n\n", .noFields), ("text", .noFields),
            ("A: b\n", .notFeedback),
            ("Feedback-Type:\n", .notFeedback),
            (String(repeating: "A: b\n", count: MailReportLimits.feedbackFieldsMax + 1), .tooManyFields),
        ] {
            do throws(FeedbackReportError) {
                _ = try FeedbackReport(parsing: Array(text.utf8))
                Issue.record("was read: \(text.prefix(20))")
            } catch {
                #expect(error.problem == problem)
            }
        }
    }

    @Test func `sources are read in the ways they are written`() throws {
        for (text, expected) in [
            ("192.0.2.1", "192.0.2.1"), ("[192.0.2.1]", "192.0.2.1"), ("[IPv6:2001:db8::1]", "2001:db8::1"),
            ("2001:DB8::1", "2001:db8::1"), ("192.0.2.1 (a (b) c)", "192.0.2.1"), ("192.0.2.1 a", "192.0.2.1"),
        ] {
            let report = try Self.read(Self.fields.replacing("192.0.2.1", with: text))
            #expect(report.sourceAddress?.text == expected)
        }
        #expect(try Self.read(Self.fields.replacing("dkim, spf", with: "none")).identityAlignment == [])
        for (text, port) in [
            ("0", 0), ("65535", 65535), ("(a) 00025 (b)", 25), ("-5", nil), ("99999", nil), ("x", nil), ("", nil),
        ] as [(String, Int?)] {
            #expect(try Self.read(Self.fields + "Source-Port: \(text)\n").sourcePort == port)
        }
    }

    @Test func `a report is found in its mail, with what it is about`() throws {
        let parts: [(header: String, body: [UInt8])] = [
            ("Content-Type: text/plain", Array("For people".utf8)),
            ("Content-Type: message/feedback-report", Array(Self.fields.utf8)),
            ("Content-Type: text/rfc822-headers", Array("Subject: a\r\n".utf8)),
        ]
        let file = ReportFile(reading: Samples.mail(parts, type: "multipart/report; report-type=feedback-report"))
        #expect(file.words == ["dmarc-failure"])
        guard case .failure(let report)? = file.findings.first?.report else { return }
        #expect(report.quirks.isEmpty)
        #expect(report.text == "For people")
        #expect(report.original == FeedbackOriginal(isHeaderOnly: true, octets: Array("Subject: a\r\n".utf8)))
        #expect(report.sender?.address == "a@b.example")
        // Elsewhere than it should be, and in another order.
        let odd = ReportFile(
            reading: Samples.mail([
                (
                    "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64",
                    Base64.encode(Self.fields.utf8)
                )
            ]))
        #expect(odd.words == ["dmarc-failure"])
        #expect(
            odd.findings.first?.quirks == ["wrong-multipart", "wrong-media-type", "encoded-fields", "original-missing"])
    }

    @Test func `reports in the message that a report is about are not taken for reports`() {
        let inner = Samples.mail([("Content-Type: text/xml", Samples.aggregateOctets)])
        let parts: [(header: String, body: [UInt8])] = [
            ("Content-Type: message/feedback-report", Array(Self.fields.utf8)), ("Content-Type: message/rfc822", inner),
        ]
        let outer = Samples.mail(parts, type: "multipart/report; report-type=feedback-report")
        // The boundaries have to differ.
        let text = String(decoding: outer, as: UTF8.self)
        let changed = text.replacing("boundary=x", with: "boundary=y", maxReplacements: 1)
            .replacing("--x\r\nContent-Type: message/f", with: "--y\r\nContent-Type: message/f")
            .replacing("--x\r\nContent-Type: message/r", with: "--y\r\nContent-Type: message/r")
        #expect(ReportFile(reading: Array((changed + "--y--\r\n").utf8)).words == ["dmarc-failure"])
    }

    @Test func `a failure is written as RFC 9991 has it, and read again`() throws {
        var failure = DMARCFailure(
            userAgent: "Postseal/1.0", reportedDomain: try DomainName("example.com"),
            identityAlignment: ["dkim", "spf"],
            authenticationResults: "mx.example.net; dmarc=fail (p=reject dis=reject) header.from=example.com")
        failure.sourceAddress = IPAddress("2001:db8::1")
        failure.mailFrom = ""
        failure.recipients = ["a@example.net"]
        failure.arrivalDate = UnixTime(seconds: 1_700_000_000)
        failure.reportingMTA = try DomainName("mx.example.net")
        failure.deliveryResult = "reject"
        failure.incidents = 3
        failure.dkimDomain = try DomainName("example.com")
        failure.dkimSelector = try DomainName("s1")
        failure.dkimIdentity = "@example.com"
        failure.spfRecords = [.init(domain: try DomainName("example.com"), text: "v=spf1 exp=\"x\\\" -all")]
        let original = FeedbackOriginal(isHeaderOnly: true, octets: Array("From: a@example.com\r\nSubject: x\r\n".utf8))
        let report = FeedbackReport(failure, text: "One message failed.\r\n", original: original)
        #expect(report.problems.isEmpty)
        let head = ReportMailHead(
            from: "dmarc@mx.example.net", to: "ruf@example.com", date: UnixTime(seconds: 1_700_000_100),
            messageID: "1@mx.example.net", fields: [FeedbackField("Auto-Submitted", "auto-generated")])
        let mail = report.mail(head, subject: "DMARC failure of example.com\r\nBcc: x@y.example")
        #expect(!String(decoding: mail, as: UTF8.self).contains("\r\nBcc"))
        let file = ReportFile(reading: mail)
        guard case .failure(let again)? = file.findings.first?.report else {
            Issue.record("no report: \(file.words)")
            return
        }
        #expect(again.quirks.isEmpty)
        #expect(again.fields == report.fields)
        #expect(again.original == original)
        #expect(again.incidents == 3)
        #expect(again.sourceAddress == failure.sourceAddress)
        #expect(again.sender?.messageID == "1@mx.example.net")
    }
}
