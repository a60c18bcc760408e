import Glibc
import MailBytes
import MailNames
import PostsealTransport
import TLSRPT
import TestSupport
import Testing

@Suite("TLS reports of a day that is over", .timeLimit(.minutes(10)))
struct TLSReportCompilerTests {
    private static let zone = [
        "_smtp._tls.a.example TXT \"v=TLSRPTv1; rua=mailto:tls@a.example,https://a.example/tls\"",
        "_smtp._tls.bad.example TXT \"v=TLSRPTv1;\"", "_smtp._tls.slow.example TXT servfail",
        "b.example A 192.0.2.1",
    ]
    private static let stem = "2026-11-25.a.example@sender.example"

    private func day() throws -> TLSReportDay { try #require(TLSReportDay(text: "2026-11-25")) }

    @Test("Whoever asks for a report gets one, with where it goes; who does not gets none; who can't be asked waits")
    func close() async throws {
        try await withFolder { folder in
            let clock = Clock("2026-11-25T12:00:00Z")
            let resolver = ChangingResolver(Self.zone)
            let desk = try ReportDesk(folder, clock)
            try desk.count("a.example", good: 3, bad: 2)
            for other in ["b.example", "bad.example", "slow.example"] { try desk.count(other, good: 1) }
            await desk.compiler.run(try desk.settings(), resolver: resolver)
            clock.set("2026-11-26T00:00:30Z")
            await desk.compiler.run(try desk.settings(), resolver: resolver)
            #expect(resolver.asked.isEmpty && desk.files.isEmpty, "the day is not over, or has just ended")

            clock.set("2026-11-26T00:01:00Z")
            await desk.compiler.run(try desk.settings(), resolver: resolver)
            #expect(desk.files == ["\(Self.stem).json", "\(Self.stem).to.json"])
            #expect(ReportDesk.mode("\(folder)/outbox/\(Self.stem).json") == 0o600)
            let report = try desk.report(Self.stem)
            #expect(report.organizationName == "Sender" && report.contactInfo == "tls@sender.example")
            #expect(report.reportID == Self.stem && report.sessions == "3/2" && report.quirks.isEmpty)
            #expect(report.begin.rfc3339 == "2026-11-25T00:00:00Z" && report.end.rfc3339 == "2026-11-25T23:59:59Z")
            #expect(report.policies.first?.failures.first?.failedSessions == 2)
            let to = try JSONValue(parsing: try ReportDesk.read("\(folder)/outbox/\(Self.stem).to.json"))
            #expect(
                to["destinations"]?.arrayValue?.compactMap(\.stringValue)
                    == ["mailto:tls@a.example", "https://a.example/tls"])
            #expect(to["file_name"]?.stringValue == "sender.example!a.example!1795564800!1795651199.json")
            #expect(to["report_id"]?.stringValue == Self.stem && to["domain"]?.stringValue == "a.example")
            #expect(
                desk.notes.values == [
                    .built(day: try day(), domain: try DomainName("a.example")),
                    .unwanted(day: try day(), domain: try DomainName("b.example")),
                    .unwanted(day: try day(), domain: try DomainName("bad.example")),
                    .waiting(day: try day(), domains: 1, example: try DomainName("slow.example")),
                ])
        }
    }

    @Test("A report that would be too large is shortened, and the administrator is told how much was summed up")
    func large() async throws {
        try await withFolder { folder in
            let clock = Clock("2026-11-25T12:00:00Z")
            let resolver = ChangingResolver(Self.zone)
            let desk = try ReportDesk(folder, clock)
            for domain in ["a.example", "b.example"] {
                for number in 0..<100 {
                    desk.store.count(try ReportDesk.session(domain, isGood: false, host: "mx\(number)"))
                }
            }
            clock.set("2026-11-26T00:02:00Z")
            var settings = try desk.settings()
            settings.reportOctetsMax = 4000
            await desk.compiler.run(settings, resolver: resolver)
            #expect(try ReportDesk.read("\(folder)/outbox/\(Self.stem).json").count <= 4000)
            let report = try desk.report(Self.stem)
            #expect(report.sessions == "0/100")
            let failures = try #require(report.policies.first).failures
            #expect(failures.reduce(0) { $0 + $1.failedSessions } == 100)
            let summed = TLSReport.Summed(details: 101 - failures.count, sessions: 101 - failures.count)
            let (day, domain) = (try day(), try DomainName("a.example"))
            // Of a domain that wants no report there is nothing to tell.
            #expect(
                desk.notes.values.filter { if case .summed = $0 { true } else { false } }
                    == [.summed(day: day, domain: domain, summed)])
        }
    }

    @Test("A domain that can't be asked is asked again later, alone, over restarts, and nothing is made twice")
    func later() async throws {
        try await withFolder { folder in
            let clock = Clock("2026-11-25T12:00:00Z")
            let resolver = ChangingResolver(Self.zone)
            do {
                let desk = try ReportDesk(folder, clock)
                try desk.count("a.example", good: 1)
                try desk.count("slow.example", bad: 7)
                clock.set("2026-11-26T00:02:00Z")
                await desk.compiler.run(try desk.settings(), resolver: resolver)
                await desk.compiler.run(try desk.settings(), resolver: resolver)
                #expect(resolver.asked == ["_smtp._tls.a.example", "_smtp._tls.slow.example"])
            }
            // Somebody has sent the one that was there.
            for end in ["json", "to.json"] { unlink("\(folder)/outbox/\(Self.stem).\(end)") }
            let desk = try ReportDesk(folder, clock)
            resolver.change(["_smtp._tls.slow.example TXT \"v=TLSRPTv1; rua=mailto:x@slow.example\""])
            await desk.compiler.run(try desk.settings(), resolver: resolver)
            let stem = "2026-11-25.slow.example@sender.example"
            #expect(desk.files == ["\(stem).json", "\(stem).to.json"])
            #expect(try desk.report(stem).sessions == "0/7")
            #expect(desk.store.days.isEmpty)
            #expect(ReportDesk.names(folder) == ["2026-11-25.closed", "clock", "lock", "outbox"])
            #expect(desk.notes.values.last == .closed(day: try day(), reports: 1, unwanted: 0))
        }
    }

    /// The three moments at which a program can end: before a domain is noted as done, behind that, and between the
    /// names of the two files.
    @Test("Each report comes once, wherever the program is stopped", arguments: [0, 1, 2])
    func stopped(at moment: Int) async throws {
        try await withFolder { folder in
            let clock = Clock("2026-11-25T12:00:00Z")
            let resolver = ChangingResolver(Self.zone)
            let box = "\(folder)/outbox"
            do {
                let desk = try ReportDesk(folder, clock)
                try desk.count("a.example", good: 4)
                try desk.count("slow.example", good: 1)
                clock.set("2026-11-26T00:02:00Z")
                await desk.compiler.run(try desk.settings(), resolver: resolver)
            }
            for end in ["to.json", "json"].prefix(moment == 2 ? 1 : 2) {
                rename("\(box)/\(Self.stem).\(end)", "\(box)/.\(Self.stem).\(end).new")
            }
            if moment == 0 { try ReportDesk.write("\n+a.exam", to: "\(folder)/2026-11-25.done") }
            let asked = resolver.asked.count
            let desk = try ReportDesk(folder, clock)
            await desk.compiler.run(try desk.settings(), resolver: resolver)
            #expect(desk.files == ["\(Self.stem).json", "\(Self.stem).to.json"])
            #expect(try desk.report(Self.stem).sessions == "4/0")
            #expect(resolver.asked.count - asked == (moment == 0 ? 2 : 1), "who is done is not asked again")
        }
    }

    @Test("A report that can't get its name has it as soon as it can", arguments: ["json", "to.json"])
    func obstructed(_ end: String) async throws {
        try await withFolder { folder in
            let clock = Clock("2026-11-25T12:00:00Z")
            let resolver = ChangingResolver(Self.zone)
            let desk = try ReportDesk(folder, clock)
            try desk.count("a.example", good: 4)
            // No file can take the name of a folder.
            let obstacle = "\(folder)/outbox/\(Self.stem).\(end)"
            mkdir(obstacle, 0o700)
            clock.set("2026-11-26T00:02:00Z")
            await desk.compiler.run(try desk.settings(), resolver: resolver)
            await desk.compiler.run(try desk.settings(), resolver: resolver)
            rmdir(obstacle)
            await desk.compiler.run(try desk.settings(), resolver: resolver)
            #expect(desk.files == ["\(Self.stem).json", "\(Self.stem).to.json"])
            #expect(try desk.report(Self.stem).sessions == "4/0")
        }
    }

    @Test("What nobody sends and what can't be looked up is given up after its time")
    func age() async throws {
        try await withFolder { folder in
            let clock = Clock("2026-11-25T12:00:00Z")
            let resolver = ChangingResolver(Self.zone)
            let desk = try ReportDesk(folder, clock)
            try desk.count("a.example", good: 1)
            try desk.count("slow.example", good: 1)
            var settings = try desk.settings()
            settings.keptSeconds = 3 * 86_400
            clock.set("2026-11-28T23:00:00Z")
            await desk.compiler.run(settings, resolver: resolver)
            #expect(desk.files.count == 2 && desk.store.days.count == 1)
            clock.set("2026-11-29T00:00:30Z")
            await desk.compiler.run(settings, resolver: resolver)
            #expect(desk.files.isEmpty && desk.store.days.isEmpty)
            #expect(desk.notes.values.contains(.givenUp(day: try day(), domains: 1)))
            #expect(desk.notes.values.contains(.removed(reports: 1)))
        }
    }

    @Test("By a clock that has leapt nothing is given up, until it has gone on for a day")
    func leap() async throws {
        try await withFolder { folder in
            let clock = Clock("2026-11-25T12:00:00Z")
            let resolver = ChangingResolver(Self.zone)
            do {
                let desk = try ReportDesk(folder, clock)
                try desk.count("a.example", good: 1)
                try desk.count("slow.example", good: 1)
                clock.set("2026-11-26T00:05:00Z")
                await desk.compiler.run(try desk.settings(), resolver: resolver)
                try desk.count("b.example", good: 1)
                desk.store.flush()
            }
            clock.set("2029-11-25T12:00:00Z")
            for _ in 0..<2 {
                // As after a restart.
                let desk = try ReportDesk(folder, clock)
                for _ in 0..<2 { await desk.compiler.run(try desk.settings(), resolver: resolver) }
                #expect(desk.files.count == 2 && desk.store.days.map(\.text) == ["2026-11-25", "2026-11-26"])
                let doubts = desk.notes.values.count { if case .clockDoubted = $0 { true } else { false } }
                #expect(doubts == 1)
            }
            let desk = try ReportDesk(folder, clock)
            for day in 25...26 {
                for hour in 0..<24 {
                    clock.set("2029-11-\(day)T\(hour < 10 ? "0" : "")\(hour):30:00Z")
                    await desk.compiler.run(try desk.settings(), resolver: resolver)
                }
            }
            #expect(desk.files.isEmpty && desk.store.days.isEmpty)
        }
    }

    @Test("Where a clock was ahead over midnight, the rest of the day counts for the next one, over restarts")
    func ahead() async throws {
        try await withFolder { folder in
            let clock = Clock("2026-11-25T12:00:00Z")
            let resolver = ChangingResolver(Self.zone)
            do {
                let desk = try ReportDesk(folder, clock)
                try desk.count("a.example", good: 3)
                try desk.count("slow.example", good: 1)
                clock.set("2026-11-26T00:05:00Z")
                await desk.compiler.run(try desk.settings(), resolver: resolver)
                #expect(try desk.report(Self.stem).sessions == "3/0")
                #expect(TLSReportStore.isClosed(try day(), in: folder))
                clock.set("2026-11-25T13:00:00Z")
                try desk.count("a.example", good: 2)
                desk.store.flush()
            }
            let desk = try ReportDesk(folder, clock)
            try desk.count("a.example", bad: 1)
            desk.store.flush()
            #expect(try TLSReportStore.counter(of: try day(), in: folder).domains(on: try day()).count == 2)
            clock.set("2026-11-27T00:05:00Z")
            await desk.compiler.run(try desk.settings(), resolver: resolver)
            #expect(try desk.report(Self.stem).sessions == "3/0")
            #expect(try desk.report("2026-11-26.a.example@sender.example").sessions == "2/1")
            // It is not remembered for ever.
            for days in ["2026-12-03", "2026-12-10", "2026-12-17", "2026-12-24", "2026-12-31", "2027-01-07"]
                + ["2027-01-14", "2027-01-21", "2027-01-28"]
            {
                clock.set("\(days)T00:05:00Z")
                await desk.compiler.run(try desk.settings(), resolver: resolver)
            }
            #expect(ReportDesk.names(folder) == ["clock", "lock", "outbox"])
        }
    }

    @Test("Where there is too much, the oldest goes first, and never what is counted today")
    func size() async throws {
        try await withFolder { folder in
            let clock = Clock("2026-11-24T12:00:00Z")
            let resolver = ChangingResolver(Self.zone)
            let desk = try ReportDesk(folder, clock)
            var settings = try desk.settings()
            settings.octetsMax = 1_700
            for date in ["2026-11-24", "2026-11-25", "2026-11-26"] {
                clock.set("\(date)T12:00:00Z")
                try desk.count("a.example", good: 1)
                desk.store.flush()
            }
            await desk.compiler.run(settings, resolver: resolver)
            #expect(desk.files == ["\(Self.stem).json", "\(Self.stem).to.json"])
            #expect(desk.store.days.map(\.text) == ["2026-11-26"])
            settings.octetsMax = 1
            await desk.compiler.run(settings, resolver: resolver)
            #expect(desk.files.isEmpty)
            #expect(desk.store.days.map(\.text) == ["2026-11-26"])
        }
    }
}
