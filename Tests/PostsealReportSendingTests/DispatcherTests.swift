import Foundation
import MailBytes
import MailReports
import Synchronization
import TLSRPT
import TestSupport
import Testing

@testable import PostsealReportSending

/// Counts in a database, and mails at the end.
@Suite struct DispatcherTests {
    /// A clock that tests move.
    final class Clock: Sendable {
        private let time: Mutex<UnixTime>

        init(_ time: UnixTime) { self.time = Mutex(time) }

        var now: UnixTime {
            get { time.withLock(\.self) }
            set { time.withLock { $0 = newValue } }
        }
    }

    /// Some nodes over one database.
    struct Cluster {
        var database: SendingDatabase
        var clock = Clock(noon)
        var transport: any ReportTransport = StubTransport()
        var sealing: SealingOutcome?
        var lease = LeaseKeeper(seconds: ReportDispatcher.leaseSeconds)

        var ageMaxSeconds: Int64 = 86_400

        /// What was sent, where it is written down.
        var sent: [StubTransport.Sent] { (transport as? StubTransport)?.sent ?? [] }

        func dispatcher(_ node: String, _ notes: Diary<ReportDispatcher.Note>) throws -> ReportDispatcher {
            var options = ReportDispatcher.Options(
                node: node, builder: Made.builder,
                mails: ReportMailMaker(organization: "Reporter Ltd", contact: "reports@reporter.example"))
            options.schedule = SendingSchedule(settlingSeconds: 600, spreadSeconds: 0, ageMaxSeconds: ageMaxSeconds)
            options.lease = lease
            return ReportDispatcher(
                ledger: try DatabaseVerdictLedger(database), outgoing: try DatabaseOutgoingReports(database),
                transport: transport, sealer: { [sealing] mail, _ in sealing ?? .signed(mail) }, options: options,
                now: { [clock] in clock.now }, note: { notes.add($0) })
        }
    }

    private static func mail(_ sent: StubTransport.Sent) throws -> DMARCAggregateReport {
        let file = ReportFile(reading: sent.mail, name: nil)
        guard case .aggregate(let report)? = file.findings.first?.report, file.findings.count == 1 else {
            Issue.record("there is no report in the mail")
            throw CancellationError()
        }
        #expect(file.findings.first?.quirks.isEmpty == true)
        return report
    }

    @Test(arguments: SendingPlace.allCases)
    func `each domain gets one report, however many nodes there are`(_ place: SendingPlace) async throws {
        try await place.withDatabase { database in
            let cluster = Cluster(database: database)
            let ledger = try DatabaseVerdictLedger(database)
            _ = try await ledger.write(
                Made.batch([
                    (Made.verdict(), 3), (Made.verdict(source: 2), 4), (Made.verdict("watch.example"), 5),
                    (Made.verdict("gone.example"), 1), (Made.verdict("silent.example"), 1),
                ]), at: noon)
            let notes = Diary<ReportDispatcher.Note>()
            cluster.clock.now = .afterDay(600)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for node in 0..<3 {
                    let dispatcher = try cluster.dispatcher("mx\(node)", notes)
                    tasks.addTask { for _ in 0..<3 { try await dispatcher.run(PatientZone()) } }
                }
                try await tasks.waitForAll()
            }
            let sent = cluster.sent
            #expect(
                sent.map(\.recipient).sorted() == ["a@watch.example", "b@reports.example", "rua@strict.example"])
            for one in sent {
                let report = try Self.mail(one)
                #expect(report.messages == (one.recipient == "rua@strict.example" ? 7 : 5))
                let text = String(lossy: one.mail.prefix { $0 != 0 })
                #expect(text.contains("From: \"Reporter Ltd\" <reports@reporter.example>\r\n"))
                #expect(text.contains("Auto-Submitted: auto-generated\r\n"))
                #expect(text.contains("\(report.reportID)@reporter.example>\r\n"))
            }
            // Two destinations are two mails, of one report.
            let ids = try sent.map { try Self.mail($0).reportID }
            #expect(Set(ids).count == 2)
            let unwanted = notes.values.count { if case .unwanted = $0 { true } else { false } }
            #expect(unwanted == 2)
            cluster.clock.now = .afterDay(90_000)
            try await cluster.dispatcher("later", notes).run(PatientZone())
            #expect(cluster.sent.count == 3)
        }
    }

    @Test(arguments: SendingPlace.allCases)
    func `a report that waits for several destinations is one`(_ place: SendingPlace) async throws {
        try await place.withDatabase { database in
            let outgoing = try DatabaseOutgoingReports(database)
            let destinations = ["a", "b"].map { name in
                let uri = "mailto:\(name)@a.example"
                return ReportDestination(requested: uri, uri: uri, permission: .granted, reason: "")
            }
            let now = UnixTime.afterDay(600)
            let report = BuiltReport(
                kind: .dmarcAggregate, period: "p", domain: "a.example", day: day, reportID: "id@mx.example",
                fileName: "f", subject: "s", submitter: "mx.example", messages: 1, document: [1], documentLength: 1)
            try await outgoing.add(report, to: destinations, due: now, at: now, by: "mx.example")
            let answers = Array(repeating: TransportOutcome.later(answer: "451 busy"), count: 2)
            let cluster = Cluster(database: database, transport: StubTransport(answers))
            cluster.clock.now = now
            try await cluster.dispatcher("mx", Diary()).run(PatientZone())
            #expect(try await outgoing.waitingFailures() == WaitingFailures(count: 1, answer: "451 busy"))
        }
    }

    @Test(arguments: SendingPlace.allCases)
    func `what fails is tried again, until it is too old`(_ place: SendingPlace) async throws {
        try await place.withDatabase { database in
            let answers: [TransportOutcome] = [.later(answer: "451 busy"), .later(answer: "no connection")]
            let cluster = Cluster(database: database, transport: StubTransport(answers))
            _ = try await DatabaseVerdictLedger(database).write(Made.batch([(Made.verdict(), 3)]), at: noon)
            let notes = Diary<ReportDispatcher.Note>()
            let dispatcher = try cluster.dispatcher("mx", notes)
            let outgoing = try DatabaseOutgoingReports(database)
            cluster.clock.now = .afterDay(600)
            try await dispatcher.run(PatientZone())
            #expect(try await outgoing.reports(OutgoingQuery()).first?.state == .waiting)
            #expect(try await outgoing.waitingFailures() == WaitingFailures(count: 1, answer: "451 busy"))
            cluster.clock.now = .afterDay(600 + 299)
            try await dispatcher.run(PatientZone())
            #expect(try await outgoing.reports(OutgoingQuery()).first?.deliveries.first?.failures == 1)
            cluster.clock.now = .afterDay(600 + 300)
            try await dispatcher.run(PatientZone())
            #expect(try await outgoing.waitingFailures() == WaitingFailures(count: 1, answer: "no connection"))
            cluster.clock.now = .afterDay(600 + 300 + 600)
            try await dispatcher.run(PatientZone())
            #expect(cluster.sent.count == 1)
            #expect(try await outgoing.waitingFailures() == nil)
            let id = try #require(try await outgoing.reports(OutgoingQuery()).first?.id)
            #expect(try await outgoing.attempts(of: id).map(\.answer) == ["451 busy", "no connection", "250 ok"])
        }
    }

    @Test(arguments: [
        (TransportOutcome.refused(answer: "554 no"), OutgoingDelivery.State.failed),
        (.later(answer: "451 later"), .failed),
    ])
    func `what is refused for good, or for too long, is kept and given up`(
        _ answer: TransportOutcome, _ state: OutgoingDelivery.State
    ) async throws {
        try await SendingPlace.sqlite.withDatabase { database in
            let cluster = Cluster(
                database: database, transport: StubTransport(Array(repeating: answer, count: 100)))
            _ = try await DatabaseVerdictLedger(database).write(Made.batch([(Made.verdict(), 3)]), at: noon)
            let dispatcher = try cluster.dispatcher("mx", Diary())
            for hours in 0..<40 {
                cluster.clock.now = .afterDay(600 + Int64(hours) * 3600)
                try await dispatcher.run(PatientZone())
            }
            let outgoing = try DatabaseOutgoingReports(database)
            let report = try #require(try await outgoing.reports(OutgoingQuery()).first)
            #expect(report.state == state && cluster.sent.isEmpty)
            let attempts = try await outgoing.attempts(of: report.id).count
            #expect(answer == .refused(answer: "554 no") ? attempts == 1 : (5...20).contains(attempts))
        }
    }

    @Test func `DNS that is silent puts off, and drops nothing`() async throws {
        try await SendingPlace.sqlite.withDatabase { database in
            let cluster = Cluster(database: database)
            _ = try await DatabaseVerdictLedger(database).write(
                Made.batch([(Made.verdict("slow.example"), 3), (Made.verdict("watch.example"), 1)]), at: noon)
            let notes = Diary<ReportDispatcher.Note>()
            let dispatcher = try cluster.dispatcher("mx", notes)
            let silent = World.lines.map {
                $0.hasPrefix("watch.example._report") ? "watch.example._report._dmarc.reports.example TXT timeout" : $0
            }
            cluster.clock.now = .afterDay(600)
            try await dispatcher.run(PatientZone(silent))
            // The destination that is known has its mail.
            #expect(cluster.sent.map(\.recipient) == ["a@watch.example"])
            cluster.clock.now = .afterDay(1000)
            let talking = World.lines.map {
                $0.hasPrefix("_dmarc.slow")
                    ? "_dmarc.slow.example TXT \"v=DMARC1; p=none; rua=mailto:r@slow.example\"" : $0
            }
            try await dispatcher.run(PatientZone(talking))
            #expect(
                cluster.sent.map(\.recipient).sorted() == [
                    "a@watch.example", "b@reports.example", "r@slow.example",
                ])
        }
    }

    /// The daemon may have been off for days, and reports are spread over the day.
    @Test func `a report is tried for as long as is set from its first failure on`() async throws {
        try await SendingPlace.sqlite.withDatabase { database in
            var cluster = Cluster(database: database)
            cluster.ageMaxSeconds = 3600
            let batch = Made.batch([(Made.verdict("slow.example"), 3)])
            _ = try await DatabaseVerdictLedger(database).write(batch, at: noon)
            let notes = Diary<ReportDispatcher.Note>()
            let dispatcher = try cluster.dispatcher("mx", notes)
            let late: Int64 = 3 * 86_400
            for minutes in stride(from: Int64(0), through: 120, by: 5) {
                cluster.clock.now = .afterDay(late + minutes * 60)
                try await dispatcher.run(PatientZone())
            }
            let postponed = notes.values.count { if case .postponed = $0 { true } else { false } }
            let ended = notes.values.count { if case .notBuilt = $0 { true } else { false } }
            #expect(postponed == 3 && ended == 1)
        }
    }

    @Test(arguments: SendingPlace.allCases)
    func `by a clock that has leapt nothing is done and nothing forgotten`(_ place: SendingPlace) async throws {
        try await place.withDatabase { database in
            // Years ago, so that a server's own clock is the later one.
            let years: Int64 = 6 * 365 * 86_400
            let past = noon.adding(seconds: -years)
            let old = TLSReportDay(containing: past)
            let cluster = Cluster(database: database)
            _ = try await DatabaseVerdictLedger(database).write(Made.batch([(Made.verdict(on: old), 3)]), at: past)
            cluster.clock.now = old.end.adding(seconds: 601)
            let dispatcher = try cluster.dispatcher("mx", Diary())
            #expect(try await dispatcher.run(PatientZone()) == nil)
            let last = cluster.clock.now
            let outgoing = try DatabaseOutgoingReports(database)
            for hour in 0..<24 {
                cluster.clock.now = last.adding(seconds: 1200 * 86_400 + Int64(hour) * 3600)
                #expect(try await cluster.dispatcher("mx", Diary()).run(PatientZone()) == last)
            }
            #expect(try await outgoing.reports(OutgoingQuery()).count == 1)
            // A day that the clock has left behind is not closed by it.
            let ledger = try DatabaseVerdictLedger(database)
            let next = TLSReportDay(containing: last)
            _ = try await ledger.write(Made.batch([(Made.verdict(on: next), 1)], sequence: 2), at: last)
            cluster.clock.now = last.adding(seconds: 1200 * 86_400 + 23 * 3600)
            #expect(try await dispatcher.run(PatientZone()) == last)
            let again = Made.batch([(Made.verdict(on: next), 1)], sequence: 3)
            #expect(try await ledger.write(again, at: last) == .written(moved: 0))
            cluster.clock.now = last.adding(seconds: 1201 * 86_400)
            #expect(try await dispatcher.run(PatientZone()) == nil)
            #expect(try await outgoing.reports(OutgoingQuery()).allSatisfy { $0.day == next })
        }
    }

    @Test(.enabled(if: TestPostgreSQL.isThere))
    func `a node far ahead of a database whose clock is believed does nothing`() async throws {
        try await SendingPlace.postgreSQL.withDatabase { database in
            let ledger = try DatabaseVerdictLedger(database)
            let now = UnixTime(seconds: Int64(time(nil)))
            #expect(try await ledger.doubt(of: now) == nil)
            let last = try #require(try await ledger.doubt(of: now.adding(seconds: 30 * 86_400)))
            #expect((-600...600).contains(last.seconds - now.seconds))
            #expect(try await ledger.doubt(of: now.adding(seconds: 86_400)) == nil)
            // Another node's clock is believed all the time.
            #expect(try await ledger.doubt(of: now.adding(seconds: -5)) == nil)
        }
    }

    /// RFC 9990 §4: what the record says takes the place of what was asked for, also where DNS says so late.
    @Test(arguments: SendingPlace.allCases)
    func `destinations that are named late get the report once each`(_ place: SendingPlace) async throws {
        try await place.withDatabase { database in
            let cluster = Cluster(database: database)
            _ = try await DatabaseVerdictLedger(database).write(Made.batch([(Made.verdict("w.example"), 1)]), at: noon)
            let notes = Diary<ReportDispatcher.Note>()
            let dispatcher = try cluster.dispatcher("mx", notes)
            let record = "_dmarc.w.example TXT \"v=DMARC1; p=none; rua=mailto:a@h.test,mailto:b@h.test\""
            let name = "w.example._report._dmarc.h.test TXT"
            cluster.clock.now = .afterDay(600)
            try await dispatcher.run(PatientZone([record, "\(name) timeout"]))
            #expect(cluster.sent.isEmpty)
            cluster.clock.now = .afterDay(2000)
            let zone = PatientZone([record, "\(name) \"v=DMARC1; rua=mailto:c@h.test,mailto:d@h.test\""])
            try await dispatcher.run(zone)
            try await dispatcher.run(zone)
            #expect(cluster.sent.map(\.recipient).sorted() == ["c@h.test", "d@h.test"])
            let report = try #require(try await DatabaseOutgoingReports(database).reports(OutgoingQuery()).first)
            #expect(report.deliveries.map(\.state.rawValue).sorted() == ["refused", "sent", "sent"])
            #expect(Set(report.deliveries.map(\.place)).count == 3)
        }
    }

    @Test func `a mail that can't be signed waits, and one that nobody here signs goes as it is`() async throws {
        for (sealing, count) in [(SealingOutcome.failed(reason: "no key"), 0), (.unsigned, 1)] {
            try await SendingPlace.sqlite.withDatabase { database in
                let cluster = Cluster(database: database, sealing: sealing)
                _ = try await DatabaseVerdictLedger(database).write(Made.batch([(Made.verdict(), 3)]), at: noon)
                cluster.clock.now = .afterDay(600)
                try await cluster.dispatcher("mx", Diary()).run(PatientZone())
                #expect(cluster.sent.count == count)
                let waiting = try await DatabaseOutgoingReports(database).waitingFailures()
                #expect(waiting?.answer == (count == 0 ? "not signed: no key" : nil))
            }
        }
    }

    @Test func `TLS reports come out of their folder, once`() async throws {
        try await withFolder { folder in
            let database = try SendingDatabase("\(folder)/sending.db")
            let outgoing = try DatabaseOutgoingReports(database)
            let cluster = Cluster(database: database)
            let document = """
                {"organization-name":"x","policies":[{"policy":{"policy-type":"sts","policy-domain":"a.example"},
                "summary":{"total-successful-session-count":5,"total-failure-session-count":2}}]}
                """
            let beside = """
                {"version":1,"kind":"tlsrpt","report_id":"2026-11-25.a.example@reporter.example","domain":"a.example",
                "submitter":"reporter.example","begin":\(day.begin.seconds),"end":\(day.end.seconds),
                "destinations":["mailto:tls@a.example","mailto:tls@A.example",
                "https://tls.a.example/r"],"file_name":"r!a!1!2.json",
                "subject":"Report Domain: a.example Submitter: reporter.example Report-ID: <x>"}
                """
            func lay(_ text: String, _ name: String) throws {
                try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
            }
            func layBoth() throws {
                try lay(document, "x.json")
                try lay(beside, "x.to.json")
            }
            try layBoth()
            try lay("{", "broken.to.json")
            let intake = TLSOutboxIntake(folder: folder)
            let schedule = SendingSchedule(spreadSeconds: 0)
            var outcome = try await intake.run(into: outgoing, schedule: schedule, at: .afterDay(600), by: "mx")
            #expect(outcome.taken == ["2026-11-25.a.example@reporter.example"])
            #expect(outcome.unreadable == ["broken.to.json"] && intake.waiting == 1)
            // A run that ended before the files were gone.
            try layBoth()
            outcome = try await intake.run(into: outgoing, schedule: schedule, at: .afterDay(601), by: "mx")
            #expect(outcome.taken.isEmpty && outcome.conflicting.isEmpty && intake.waiting == 1)
            // With other sessions, under the same identifier: it stays, whoever's it is.
            try lay(document.replacing("count\":5", with: "count\":6"), "x.json")
            try lay(beside, "x.to.json")
            outcome = try await intake.run(into: outgoing, schedule: schedule, at: .afterDay(602), by: "mx")
            #expect(outcome.taken.isEmpty && outcome.overdue == ["x.to.json"] && intake.waiting == 2)
            outcome = try await intake.run(into: outgoing, schedule: schedule, at: .afterDay(602), by: "mx2")
            #expect(outcome.overdue.isEmpty && outcome.conflicting == ["x.to.json"] && intake.waiting == 2)
            cluster.clock.now = .afterDay(700)
            try await cluster.dispatcher("mx", Diary()).run(PatientZone())
            let sent = cluster.sent
            #expect(sent.map(\.recipient).sorted() == ["https://tls.a.example/r", "tls@a.example"])
            let mail = try #require(sent.first { $0.recipient == "tls@a.example" }).mail
            let text = String(lossy: mail)
            for field in [
                "TLS-Report-Domain: a.example", "TLS-Report-Submitter: reporter.example", "TLS-Required: No",
                "report-type=tlsrpt", "Content-Type: application/tlsrpt+gzip",
            ] { #expect(text.contains(field), "\(field)") }
            let posted = try #require(sent.first { $0.recipient != "tls@a.example" }).mail
            #expect(ReportPacking.gunzip(posted, length: document.utf8.count) == Array(document.utf8))
            #expect(try await outgoing.reports(OutgoingQuery()).first?.messages == 7)
        }
    }

    /// A report, and where it goes.
    private static func report(_ kind: OutgoingReportKind) -> (BuiltReport, ReportDestination) {
        let report = BuiltReport(
            kind: kind, period: "p", domain: "a.example", day: day, reportID: "id@reporter.example",
            fileName: "f", subject: "s", submitter: "reporter.example", messages: 1, document: [1],
            documentLength: 1)
        let destination = ReportDestination(
            requested: "mailto:a@a.example", uri: "mailto:a@a.example", permission: .granted, reason: "")
        return (report, destination)
    }

    /// RFC 8460 §5.5: after a day it is over, also for the report of a node that went away in the midst of sending.
    @Test(arguments: [(OutgoingReportKind.tlsrpt, 0), (.dmarcAggregate, 1)])
    func `a TLS report that was left behind is not sent days later`(
        _ kind: OutgoingReportKind, _ count: Int
    ) async throws {
        try await SendingPlace.sqlite.withDatabase { database in
            let outgoing = try DatabaseOutgoingReports(database)
            let cluster = Cluster(database: database)
            let (report, destination) = Self.report(kind)
            try await outgoing.add(report, to: [destination], due: .afterDay(0), at: .afterDay(0), by: "mx")
            _ = try #require(try await outgoing.claim(by: "gone", at: .afterDay(0), lease: 0))
            cluster.clock.now = .afterDay(86_401)
            try await cluster.dispatcher("mx", Diary()).run(PatientZone())
            #expect(cluster.sent.count == count)
            #expect(try await outgoing.reports(OutgoingQuery()).first?.state == (count == 0 ? .failed : .sent))
        }
    }

    /// RFC 8460 §5.5 has them tried for 24 hours; how long others are tried is a setting.
    @Test(arguments: [(OutgoingReportKind.tlsrpt, Int64(24)), (.dmarcAggregate, 72)])
    func `a TLS report is tried for a day from its first attempt`(
        _ kind: OutgoingReportKind, _ hours: Int64
    ) async throws {
        try await SendingPlace.sqlite.withDatabase { database in
            let outgoing = try DatabaseOutgoingReports(database)
            var cluster = Cluster(
                database: database, transport: StubTransport(Array(repeating: .later(answer: "503"), count: 100)))
            cluster.ageMaxSeconds = 72 * 3600
            let (report, destination) = Self.report(kind)
            // It waits for its time of day first.
            let first = UnixTime.afterDay(4 * 3600)
            try await outgoing.add(report, to: [destination], due: first, at: .afterDay(0), by: "mx")
            let dispatcher = try cluster.dispatcher("mx", Diary())
            for minutes in stride(from: Int64(0), through: 80 * 60, by: 5) {
                cluster.clock.now = first.adding(seconds: minutes * 60)
                try await dispatcher.run(PatientZone())
            }
            let kept = try #require(try await outgoing.reports(OutgoingQuery()).first)
            #expect(kept.state == .failed)
            let last = try #require(try await outgoing.attempts(of: kept.id).last?.began)
            // The pauses are four hours at the most.
            let age = last.seconds - first.seconds
            #expect((hours - 4) * 3600 < age && age <= hours * 3600, "\(age)")
        }
    }
}
