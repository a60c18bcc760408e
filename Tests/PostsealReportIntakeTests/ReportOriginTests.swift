import DKIM
import DNS
import MailBytes
import MailCrypto
import MailFormat
import MailNames
import PostsealEngine
import TestSupport
import Testing

@testable import PostsealReportIntake

/// Who vouches for a mail in which a report comes.
@Suite struct ReportOriginTests {
    /// What is expected: nil where nothing is said, else whether it is verified.
    static let results: [([String], Bool?)] = [
        ([], nil),
        (["mx.example.com; dmarc=pass header.from=reporter.example"], true),
        (["mx.example.com; spf=pass smtp.mailfrom=x.example; dmarc=pass header.from=reporter.example"], true),
        (["MX.Example.COM 1; dmarc=pass (p=none) header.from=reporter.example"], true),
        (["mx.example.com; dmarc=fail header.from=reporter.example"], false),
        (["mx.example.com; dmarc=none header.from=reporter.example"], false),
        // A pass without a domain proves nobody.
        (["mx.example.com; dmarc=pass"], false),
        // Others can write what they like.
        (["mx.evil.example; dmarc=pass header.from=reporter.example"], nil),
        (["evil.mx.example.com; dmarc=pass header.from=reporter.example"], nil),
        // The topmost of ours is the one that was written last.
        (
            ["mx.example.com; dmarc=fail header.from=a.example", "mx.example.com; dmarc=pass header.from=a.example"],
            false
        ),
        // Where ours says nothing of DMARC, nothing below it is believed.
        (
            ["mx.example.com; spf=pass smtp.mailfrom=a.example", "mx.example.com; dmarc=pass header.from=a.example"],
            nil
        ),
        (["mx.example.com; none"], nil),
        (["mx.example.com; dmarc=pass header.from=reporter.example;;; nonsense"], true),
    ]

    @Test(arguments: results)
    func whatReceiversWroteCounts(_ fields: [String], _ expected: Bool?) throws {
        let mail = Intake.mail(Array("x".utf8), results: fields)
        let verified = ReportOrigin.verified(try Intake.reporter, isSigned: false)
        let wanted = expected.map { $0 ? verified : .unverified }
        #expect(ReportOrigin(MailMessage(parsing: mail), trusting: ["mx.example.com"]) == wanted)
    }

    /// Beside what is said of DMARC: a domain without a record, and whose signature it was.
    @Test(arguments: [
        ("dmarc=none header.from=reporter.example; dkim=pass header.d=reporter.example", true),
        ("dkim=pass header.d=reporter.example; dmarc=none header.from=reporter.example", true),
        ("dkim=pass header.d=other.example; dmarc=none header.from=reporter.example", nil),
        ("dkim=fail header.d=reporter.example; dmarc=none header.from=reporter.example", nil),
        ("dkim=pass header.d=reporter.example; dmarc=fail header.from=reporter.example", nil),
        ("dkim=pass header.d=mail.reporter.example; dmarc=pass header.from=reporter.example", true),
        ("dkim=pass header.d=other.example; dmarc=pass header.from=reporter.example", false),
        ("dkim=none; dmarc=pass header.from=reporter.example", false),
    ])
    func signaturesAreNamed(_ results: String, _ isSigned: Bool?) throws {
        let mail = Intake.mail(Array("x".utf8), results: ["mx.example.com; \(results)"])
        let author = try Intake.reporter
        let wanted = isSigned.map { ReportOrigin.verified(author, isSigned: $0) } ?? .unverified
        #expect(ReportOrigin(MailMessage(parsing: mail), trusting: ["mx.example.com"]) == wanted)
    }

    /// RFC 8460 §3: TLS reports by mail have a signature, or they are ignored.
    @Test func withoutASignatureNoTLSReportCounts() throws {
        let author = try Intake.reporter
        #expect(ReportOrigin.verified(author, isSigned: true).counts(["tlsrpt"]))
        #expect(!ReportOrigin.verified(author, isSigned: false).counts(["tlsrpt"]))
        #expect(!ReportOrigin.verified(author, isSigned: false).counts(["tlsrpt", "dmarc-aggregate"]))
        #expect(ReportOrigin.verified(author, isSigned: false).counts(["dmarc-aggregate", "dmarc-failure"]))
    }

    @Test func withoutResultsTheSignaturesCount() async throws {
        let reader = ReportMailReader(receivers: ["mx.example.com"], options: InspectionOptions())
        let nothing = RecordedAnswers()
        let unsigned = await reader.origin(of: Intake.mail(Array("x".utf8)), resolver: nothing, now: Intake.now)
        #expect(unsigned == .unverified)
        let believed = await reader.origin(
            of: Intake.mail([], results: ["mx.example.com; dmarc=pass header.from=reporter.example"]),
            resolver: nothing, now: Intake.now)
        #expect(believed == .verified(try Intake.reporter, isSigned: false))
    }

    /// OpenDKIM writes of signatures, and OpenDMARC of DMARC in a field of its own: TLS reports are looked at then.
    @Test(arguments: [("tlsrpt", true, true), ("tlsrpt", false, false), ("feedback-report", true, false)])
    func signaturesOfTLSReportsAreLookedAtWhereReceiversDoNotNameThem(
        _ type: String, _ isPublished: Bool, _ isSigned: Bool
    ) async throws {
        let author = try Intake.reporter
        let key = DKIMSigningKey(
            domain: author, selector: try DomainName("s"), privateKey: try DKIMPrivateKey(pem: SampleKeys.rsaPEM))
        let mail = Array(
            """
            From: reports@reporter.example\r
            Content-Type: multipart/report; report-type=\(type); boundary=x\r
            \r
            --x--\r

            """.utf8)
        let signature = try DKIMSigner(keys: [key]).sign(MailMessage(parsing: mail), at: Intake.now)
        let results = "Authentication-Results: mx.example.com; dmarc=pass header.from=reporter.example\r\n"
        let data = DNSRecordData.text(key.privateKey.publicRecord.strings).presentation
        let zone = Zone(isPublished ? ["s._domainkey.reporter.example TXT \(data)"] : [])
        let reader = ReportMailReader(receivers: ["mx.example.com"], options: InspectionOptions())
        let origin = await reader.origin(of: Array(results.utf8) + signature + mail, resolver: zone, now: Intake.now)
        #expect(origin == .verified(author, isSigned: isSigned))
    }
}
