import DKIM
import DMARC
import MailFormat
import PostsealEngine
import TestSupport
import Testing

/// RFC 6376 §3.6.1, RFC 8460 §3: what a key is for.
@Suite struct KeyServiceTests {
    @Test(arguments: [
        ("multipart/report; report-type=tlsrpt; boundary=x", "tlsrpt", true),
        ("multipart/report; report-type=\"TLSRPT\"; boundary=x", "tlsrpt", true),
        ("multipart/report; report-type=tlsrpt; boundary=x", "email", true),
        ("multipart/report; report-type=tlsrpt; boundary=x", "other", false),
        ("multipart/report; report-type=feedback-report; boundary=x", "tlsrpt", false),
        ("multipart/mixed; report-type=tlsrpt; boundary=x", "tlsrpt", false), ("text/plain", "tlsrpt", false),
        ("text/plain", "email", true),
    ])
    func keysForTLSReportsSignTheseAlone(_ type: String, _ service: String, _ passes: Bool) async throws {
        let key = World.key("strict.example", "reports")
        let line = World.record(key).replacing("v=DKIM1;", with: "v=DKIM1; s=\(service);")
        #expect(line.contains("s=\(service)"))
        let fields = ["From: Ann <ann@strict.example>", "Content-Type: \(type)"]
        let letter = try Letter(fields: fields).signed(by: [key])
        var inspection = MessageInspection(letter.transaction, options: InspectionOptions())
        inspection.update(letter.whole.bodyBytes)
        let findings = await inspection.finish(resolver: World.zone(adding: [line]))
        #expect(findings.dkim.outcomes.map(\.result) == [passes ? .pass : .permerror])
        #expect(findings.dmarc?.result == (passes ? .pass : .fail))
    }
}
