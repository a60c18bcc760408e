import Glibc
import MailBytes
import MailNames
import PostsealState
import PostsealTransport
import TLSRPT
import TestSupport
import Testing

@Suite("Counts for TLS reports on the disk", .timeLimit(.minutes(10)))
struct TLSReportStoreTests {
    private func counts(
        _ folder: String, _ day: String, limits: TLSReportCounterLimits = TLSReportCounterLimits()
    ) throws -> String {
        let day = try #require(TLSReportDay(text: day))
        let counter = try TLSReportStore.counter(of: day, in: folder, limits: limits)
        let submitter = TLSReportSubmitter(
            organizationName: "S", domain: try DomainName("s.example"), contactLocalPart: "t")
        return counter.documents(for: day, from: submitter)
            .map { "\($0.domain.text) \($0.report.sessions)" }.joined(separator: ", ")
    }

    @Test("What is written is there after any end, once, and each day has its file")
    func restart() async throws {
        try await withFolder { folder in
            let clock = Clock("2026-11-25T23:59:58Z")
            do {
                let desk = try ReportDesk("\(folder)/state", clock)
                try desk.count("a.example", good: 2, bad: 1)
                desk.store.flush()
                try desk.count("a.example", good: 1)
                desk.store.flush()
                desk.store.flush()
                clock.set("2026-11-26T00:00:01Z")
                try desk.count("a.example", good: 5)
                desk.store.flush()
                // Never written: gone with the program.
                try desk.count("a.example", good: 100)
            }
            #expect(try counts("\(folder)/state", "2026-11-25") == "a.example 3/1")
            #expect(try counts("\(folder)/state", "2026-11-26") == "a.example 5/0")
            let desk = try ReportDesk("\(folder)/state", clock)
            try desk.count("a.example", good: 1)
            try desk.count("b.example", bad: 2)
            desk.store.flush()
            #expect(try counts("\(folder)/state", "2026-11-26") == "a.example 6/0, b.example 0/2")
            #expect(desk.reports.values.isEmpty)
            #expect(ReportDesk.mode("\(folder)/state/2026-11-26.counts") == 0o600)
            #expect(ReportDesk.mode("\(folder)/state") == 0o700)
        }
    }

    @Test("A session is on the day in which it ended, not on that in which it was written")
    func midnight() async throws {
        try await withFolder { folder in
            let clock = Clock("2026-11-25T23:59:59Z")
            let desk = try ReportDesk(folder, clock)
            try desk.count("a.example", good: 1)
            clock.set("2026-11-26T00:00:00Z")
            try desk.count("a.example", bad: 1)
            desk.store.flush()
            #expect(try counts(folder, "2026-11-25") == "a.example 1/0")
            #expect(try counts(folder, "2026-11-26") == "a.example 0/1")
        }
    }

    @Test("Whatever is cut off of the last line, the lines before it count, and those that come after it")
    func torn() async throws {
        try await withFolder { folder in
            let clock = Clock("2026-11-25T12:00:00Z")
            let path = "\(folder)/2026-11-25.counts"
            do {
                let desk = try ReportDesk(folder, clock)
                try desk.count("a.example", good: 1)
                desk.store.flush()
            }
            let line = try ReportDesk.read(path)
            for length in 1..<line.count {
                let rest = String(decoding: line + line.prefix(length), as: UTF8.self)
                try ReportDesk.write(rest, to: path)
                let desk = try ReportDesk(folder, clock)
                try desk.count("a.example", good: 1)
                desk.store.flush()
                // The last octet is the line end: without it the line is whole.
                let whole = length == line.count - 1 ? 3 : 2
                #expect(try counts(folder, "2026-11-25") == "a.example \(whole)/0", "cut at \(length)")
            }
        }
    }

    @Test("A file that grows by lines that add up is written anew, and says the same")
    func rewrite() async throws {
        try await withFolder { folder in
            let clock = Clock("2026-11-25T12:00:00Z")
            let desk = try ReportDesk(folder, clock)
            var longest = 0
            for _ in 0..<8 {
                for domain in 0..<2_000 { try desk.count("d\(domain).example", good: 1, bad: 1) }
                desk.store.flush()
                longest = max(longest, try ReportDesk.read("\(folder)/2026-11-25.counts").count)
            }
            #expect(longest < 2 << 20)
            let day = try #require(TLSReportDay(text: "2026-11-25"))
            let counter = try TLSReportStore.counter(of: day, in: folder)
            #expect(counter.domains(on: day).count == 2_000)
            #expect(counter.sessions(on: day) == 32_000)
            #expect(ReportDesk.names(folder).filter { $0.hasSuffix(".new") }.isEmpty)
        }
    }

    @Test("What can't be written is kept, told once, and written later, once")
    func failing() async throws {
        try await withFolder { folder in
            let clock = Clock("2026-11-25T12:00:00Z")
            let desk = try ReportDesk(folder, clock)
            // A folder has the file's name.
            mkdir("\(folder)/2026-11-25.counts", 0o700)
            for _ in 0..<3 {
                try desk.count("a.example", good: 1)
                desk.store.flush()
            }
            #expect(desk.reports.values.count == 1)
            rmdir("\(folder)/2026-11-25.counts")
            desk.store.flush()
            desk.store.flush()
            #expect(try counts(folder, "2026-11-25") == "a.example 3/0")
        }
    }

    @Test("Over a limit, sessions are counted as left out, and that is said")
    func limits() async throws {
        try await withFolder { folder in
            let clock = Clock("2026-11-25T12:00:00Z")
            let limits = TLSReportCounterLimits(domainsMax: 2)
            let desk = try ReportDesk(folder, clock, limits: limits)
            for name in ["a", "b", "c", "d"] { try desk.count("\(name).example", good: 3) }
            desk.store.flush()
            try desk.count("e.example", bad: 1)
            try desk.count("a.example", bad: 1)
            desk.store.flush()
            let day = try #require(TLSReportDay(text: "2026-11-25"))
            #expect(desk.reports.values == [.omitted(day: day, sessions: 6), .omitted(day: day, sessions: 1)])
            #expect(try counts(folder, "2026-11-25", limits: limits) == "a.example 3/1, b.example 3/0")
            #expect(try TLSReportStore.counter(of: day, in: folder, limits: limits).omittedSessions(on: day) == 7)
        }
    }

    @Test("A folder that another has in use, or that can't be made, is told at the start")
    func folders() async throws {
        try await withFolder { folder in
            let clock = Clock("2026-11-25T12:00:00Z")
            let desk = try ReportDesk("\(folder)/x/y", clock)
            #expect(throws: StateFileError.self) { try ReportDesk("\(folder)/x/y", clock) }
            #expect(throws: StateFileError.self) { try ReportDesk("\(folder)/1/2/3", clock) }
            desk.store.flush()
            #expect(desk.store.days.isEmpty)
        }
    }
}
