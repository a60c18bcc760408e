import DNS
import MailBytes
import PostsealEngine
import TestSupport
import Testing

@testable import PostsealReportIntake

/// Who vouches for a mail by its signatures, and by what receivers wrote on it besides.
@Suite struct ReportMailReaderTests {
    private static let reader = ReportMailReader(receivers: ["mx.example.com"], options: InspectionOptions())
    private static let record = "_dmarc.reporter.example TXT \"v=DMARC1; p=reject\""

    private static func signed(
        type: String = "multipart/mixed", by domain: String = "reporter.example"
    ) throws -> (mail: [UInt8], key: String) {
        try Intake.signed(
            Array(
                """
                From: reports@reporter.example\r
                Content-Type: \(type); boundary=x\r
                \r
                --x--\r

                """.utf8), by: domain)
    }

    private static func origin(
        _ mail: [UInt8], _ zone: [String], saying results: String? = nil, isLF: Bool = false
    ) async -> ReportOrigin {
        let field = results.map { "Authentication-Results: mx.example.com; \($0)\r\n" } ?? ""
        let whole = Array(field.utf8) + mail
        return await reader.origin(
            of: isLF ? whole.filter { $0 != .carriageReturn } : whole, resolver: Zone(zone), now: Intake.now)
    }

    @Test func withoutResultsTheSignaturesCount() async throws {
        let mail = Intake.mail(Array("x".utf8))
        #expect(await Self.origin(mail, []) == .unverified)
        let believed = await Self.origin(mail, [], saying: "dmarc=pass header.from=reporter.example")
        #expect(believed == .verified(try Intake.reporter, isSigned: false))
    }

    /// Mailboxes keep lines that end in LF, which are CR LF where they are signed (RFC 6376 §5.3).
    @Test(arguments: [false, true])
    func linesOfAFileEndAsTheyLike(_ isLF: Bool) async throws {
        let (mail, key) = try Self.signed()
        let verified = ReportOrigin.verified(try Intake.reporter, isSigned: true)
        #expect(await Self.origin(mail, [key], isLF: isLF) == verified)
        #expect(await Self.origin(mail, [key, Self.record], isLF: isLF) == verified)
    }

    /// OpenDKIM writes of signatures, and OpenDMARC of DMARC in a field of its own: TLS reports, whatever they come in,
    /// need one (RFC 8460 §3), and so do domains without a record.
    @Test(arguments: [
        "multipart/report; report-type=tlsrpt", "multipart/report; report-type=feedback-report", "multipart/mixed",
    ])
    func signaturesAreLookedAtWhereReceiversDoNotNameThem(_ type: String) async throws {
        let author = try Intake.reporter
        let (mail, key) = try Self.signed(type: type)
        let pass = "dmarc=pass header.from=reporter.example"
        #expect(await Self.origin(mail, [key], saying: pass) == .verified(author, isSigned: true))
        #expect(await Self.origin(mail, [], saying: pass) == .verified(author, isSigned: false))
        let none = "dmarc=none (p=none dis=none) header.from=reporter.example"
        #expect(await Self.origin(mail, [key], saying: none) == .verified(author, isSigned: true))
        #expect(await Self.origin(mail, [], saying: none) == .unverified)
        let fail = "dmarc=fail header.from=reporter.example"
        #expect(await Self.origin(mail, [key], saying: fail) == .unverified)
    }

    /// Where DNS does not answer, what it could say decides whether that is waited for.
    @Test func dnsIsWaitedForWhereItMatters() async throws {
        let author = try Intake.reporter
        let (mail, key) = try Self.signed()
        let noKey = "s._domainkey.reporter.example TXT timeout"
        let noRecord = "_dmarc.reporter.example TXT timeout"
        #expect(await Self.origin(mail, [noKey]) == .undecided(nil))
        #expect(await Self.origin(mail, [noKey, Self.record]) == .undecided(nil))
        #expect(await Self.origin(mail, [noKey, noRecord]) == .undecided(nil))
        // A signature of just that domain passes whatever the record says.
        #expect(await Self.origin(mail, [key, noRecord]) == .verified(author, isSigned: true))
        // A DMARC report counts without a signature, a TLS report waits.
        let pass = "dmarc=pass header.from=reporter.example"
        #expect(await Self.origin(mail, [noKey], saying: pass) == .undecided(author))
        // Nothing here could ever pass.
        #expect(await Self.origin(Intake.mail(Array("x".utf8)), [noRecord]) == .unverified)
        // It would pass if the record asks for relaxed alignment.
        let (above, keyAbove) = try Self.signed(by: "mail.reporter.example")
        #expect(await Self.origin(above, [keyAbove, noRecord]) == .undecided(nil))
        // A stranger's signature helps nobody who has no record.
        let (other, _) = try Self.signed(by: "other.example")
        #expect(await Self.origin(other, ["s._domainkey.other.example TXT timeout"]) == .unverified)
    }

    @Test func whatIsUndecidedIsSettledByWhatIsKnown() throws {
        let author = try Intake.reporter
        #expect(ReportOrigin.undecided(nil).settled == .unverified)
        #expect(ReportOrigin.undecided(author).settled == .verified(author, isSigned: false))
        #expect(ReportOrigin.posted.settled == .posted)
    }
}
