import DKIM
import DNS
import Foundation
import MailBytes
import MailCrypto
import MailFormat
import MailNames
import MailReports
import PostsealEngine
import PostsealReports
import TestSupport
import Testing

@testable import PostsealReportIntake

/// An mbox in a folder that is watched.
@Suite struct MboxInFolderTests {
    private static let separator = Array("From a@x.example Fri Nov 20 01:02:03 2026\r\n".utf8)
    private static let good = ["mx.example.com; dmarc=pass header.from=reporter.example"]

    /// Whether the file is there still.
    private static func watch(
        _ intake: Intake, _ messages: [[UInt8]], _ zone: Zone = Zone([]), isPacked: Bool = false
    ) async throws -> Bool {
        let (folder, path) = ("\(intake.folder)/in", "\(intake.folder)/in/box")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let box: [UInt8] = messages.flatMap { separator + $0 + [13, 10] }
        try Data(isPacked ? ReportPacking.gzip(box) : box).write(to: URL(fileURLWithPath: path))
        let watch = ReportFolderWatch(receiver: intake.receiver) { note in
            // What is called a report and is none is named.
            if case .refused = note { return }
            Issue.record("\(note)")
        }
        let reader = ReportMailReader(receivers: ["mx.example.com"], options: InspectionOptions())
        // It goes at a later look, where nobody has written on.
        for hours in 1...2 as ClosedRange<Int64> {
            let later = UnixTime(seconds: Int64(Date().timeIntervalSince1970) + hours * 3600)
            await watch.look(through: [folder], removing: true, reader: reader, now: { later }, resolver: { zone })
        }
        return FileManager.default.fileExists(atPath: path)
    }

    @Test func allItsReportsAreStoredBeforeItGoes() async throws {
        try await Intake.with { intake in
            let mails = try (1...3).map { Intake.mail(try Intake.aggregate(id: "\($0)"), results: Self.good) }
            #expect(try await Self.watch(intake, mails) == false)
            let counts = try await intake.counts()
            #expect(counts.counted + counts.apart == 3)
        }
    }

    @Test(arguments: [[0], [1], [0, 2], [1, 2]])
    func itStaysWhereOneOfItsMessagesHasNoReport(_ others: [Int]) async throws {
        try await Intake.with { intake in
            let mails = try (0..<3).map { number in
                let file = others.contains(number) ? Array("x".utf8) : try Intake.aggregate(id: "\(number)")
                return Intake.mail(file, results: Self.good)
            }
            #expect(try await Self.watch(intake, mails))
            let counts = try await intake.counts()
            #expect(counts.counted + counts.apart == 3 - others.count)
        }
    }

    @Test(arguments: [[], [0], [1], [0, 2]])
    func aPackedOneStaysAsWell(_ others: [Int]) async throws {
        try await Intake.with { intake in
            let mails = try (0..<3).map { number in
                others.contains(number)
                    ? Array("From: a@x.example\r\n\r\nHello\r\n".utf8)
                    : Intake.mail(try Intake.aggregate(id: "\(number)"), results: Self.good)
            }
            #expect(try await Self.watch(intake, mails, isPacked: true) == !others.isEmpty)
            let counts = try await intake.counts()
            #expect(counts.counted + counts.apart == 3 - others.count)
        }
    }

    /// Where lines `From ` are not escaped, a stranger's text can look like a message with results of our own receiver
    /// on it, or like a file that somebody laid there.
    @Test func aTextThatLooksLikeAMessageProvesNothing() async throws {
        try await Intake.with { intake in
            let forged = Intake.mail(try Intake.aggregate(id: "2"), results: Self.good)
            let messages = [
                Intake.mail(try Intake.aggregate(id: "1"), results: Self.good), forged, try Intake.aggregate(id: "3"),
            ]
            _ = try await Self.watch(intake, messages)
            let reports = try await intake.store.reports(ReportQuery())
            #expect(reports.filter(\.isCounted).map(\.reportID) == ["1"])
            #expect(Set(reports.map(\.reportID)) == ["1", "2", "3"])
        }
    }

    @Test func whatStandsAloneInAnMboxIsAMail() async throws {
        try await Intake.with { intake in
            _ = try await Self.watch(intake, [try Intake.aggregate()])
            let counts = try await intake.counts()
            #expect(counts.counted == 0 && counts.apart == 1)
        }
    }

    @Test func signaturesProveEachMessage() async throws {
        try await Intake.with { intake in
            let author = try Intake.reporter
            let key = DKIMSigningKey(
                domain: author, selector: try DomainName("s"), privateKey: try DKIMPrivateKey(pem: SampleKeys.rsaPEM))
            let data = DNSRecordData.text(key.privateKey.publicRecord.strings).presentation
            let zone = Zone(["s._domainkey.reporter.example TXT \(data)"])
            let mails = try (1...2).map { number in
                let file = MailMessage.withNetworkLineEndings(try Intake.aggregate(id: "\(number)"))
                let mail = Intake.mail(file)
                return try DKIMSigner(keys: [key]).sign(MailMessage(parsing: mail), at: Intake.now) + mail
            }
            #expect(try await Self.watch(intake, mails, zone) == false)
            let counts = try await intake.counts()
            #expect(counts.counted == 2 && counts.apart == 0)
        }
    }
}
