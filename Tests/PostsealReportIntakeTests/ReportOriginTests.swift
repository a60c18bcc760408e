import DNS
import MailBytes
import MailFormat
import MailNames
import PostsealEngine
import PostsealReports
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
        // Without a record the signatures decide, and so they do where DNS did not answer.
        (["mx.example.com; dmarc=none header.from=reporter.example"], nil),
        (["mx.example.com; dmarc=temperror header.from=reporter.example"], nil),
        (["mx.example.com; dmarc=bestguesspass header.from=reporter.example"], nil),
        // A pass without a domain proves nobody.
        (["mx.example.com; dmarc=pass"], false),
        // Others can write what they like.
        (["mx.evil.example; dmarc=pass header.from=reporter.example"], nil),
        (["evil.mx.example.com; dmarc=pass header.from=reporter.example"], nil),
        // Where another field is on top, or one that nobody can read, ours may be forged.
        (["mx.evil.example; spf=none", "mx.example.com; dmarc=pass header.from=reporter.example"], nil),
        (["; dmarc=fail", "mx.example.com; dmarc=pass header.from=reporter.example"], nil),
        (
            [
                "mx.example.com; spf=pass smtp.mailfrom=\"x@y; dmarc=fail header.from=reporter.example",
                "mx.example.com; dmarc=pass header.from=reporter.example",
            ], nil
        ),
        (["mx.example.com; dmarc=pass header.from=reporter.example; dmarc=fail header.from=other.example"], nil),
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
        ("dmarc=none header.from=reporter.example; dkim=pass header.i=@reporter.example header.s=s", true),
        ("dmarc=permerror header.from=reporter.example; dkim=pass header.i=\"a@b\"@reporter.example", true),
        ("dkim=pass header.i=@reporter.example header.d=other.example; dmarc=pass header.from=reporter.example", false),
        ("dkim=pass header.i=@other.example; dmarc=none header.from=reporter.example", nil),
        ("dkim=pass header.d=other.example; dmarc=none header.from=reporter.example", nil),
        ("dkim=fail header.d=reporter.example; dmarc=none header.from=reporter.example", nil),
        ("dkim=pass header.d=mail.reporter.example; dmarc=pass header.from=reporter.example", true),
        ("dkim=pass header.d=other.example; dmarc=pass header.from=reporter.example", false),
        ("dkim=none; dmarc=pass header.from=reporter.example", false),
    ])
    func signaturesAreNamed(_ results: String, _ isSigned: Bool?) throws {
        let mail = Intake.mail(Array("x".utf8), results: ["mx.example.com; \(results)"])
        let author = try Intake.reporter
        let wanted = isSigned.map { ReportOrigin.verified(author, isSigned: $0) }
        #expect(ReportOrigin(MailMessage(parsing: mail), trusting: ["mx.example.com"]) == wanted)
    }

    /// RFC 8460 §3: TLS reports by mail have a signature, or they are ignored.
    @Test func withoutASignatureNoTLSReportCounts() throws {
        let author = try Intake.reporter
        let (signed, unsigned) = (
            ReportOrigin.verified(author, isSigned: true), ReportOrigin.verified(author, isSigned: false)
        )
        #expect(signed.standing(of: ["tlsrpt"]) == .proven)
        #expect(unsigned.standing(of: ["tlsrpt"]) == .apart)
        #expect(unsigned.standing(of: ["tlsrpt", "dmarc-aggregate"]) == .apart)
        #expect(unsigned.standing(of: ["dmarc-aggregate", "dmarc-failure"]) == .proven)
        // RFC 8460 §3 has no proof for what is posted.
        #expect(ReportOrigin.posted.standing(of: ["tlsrpt"]) == .unproven)
        #expect(ReportOrigin.posted.standing(of: ["tlsrpt", "dmarc-aggregate"]) == .apart)
    }

    /// OpenDKIM and OpenDMARC write a field each. What is below another's, or where the mail came in, may be forged.
    @Test(arguments: [
        ("Authentication-Results: mx.example.com; dkim=pass header.d=reporter.example", true),
        ("DKIM-Filter: x\r\nAuthentication-Results: mx.example.com; dkim=pass header.i=@reporter.example", true),
        ("Authentication-Results: other.example; dkim=pass header.d=reporter.example", false),
        (
            "Authentication-Results: other.example; spf=none\r\n"
                + "Authentication-Results: mx.example.com; dkim=pass header.d=reporter.example", false
        ),
        (
            "Received: from a by b; x\r\n"
                + "Authentication-Results: mx.example.com; dkim=pass header.d=reporter.example", false
        ),
    ])
    func signaturesStandInARowWithDMARC(_ below: String, _ isSigned: Bool) throws {
        let author = try Intake.reporter
        for (result, otherwise) in [("pass", ReportOrigin.verified(author, isSigned: false)), ("none", nil)] {
            let top = "Authentication-Results: mx.example.com; dmarc=\(result) header.from=reporter.example"
            let mail = MailMessage(parsing: Array("Received: x\r\n\(top)\r\n\(below)\r\n\r\n".utf8))
            let wanted = isSigned ? .verified(author, isSigned: true) : otherwise
            #expect(ReportOrigin(mail, trusting: ["mx.example.com", "other.example"]) == wanted)
        }
    }
}
