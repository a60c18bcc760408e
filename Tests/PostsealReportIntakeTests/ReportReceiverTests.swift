import MailBytes
import MailNames
import MailReports
import PostsealReports
import TestSupport
import Testing

@testable import PostsealReportIntake

/// What comes of octets, by who vouches for them.
@Suite struct ReportReceiverTests {
    static let origins: [(ReportOrigin, isDMARCCounted: Bool, isTLSCounted: Bool)] = [
        (.administrator, true, true), (.posted, false, true), (.unverified, false, false),
    ]

    @Test(arguments: origins)
    func whatNobodyVouchesForIsKeptApart(_ origin: ReportOrigin, _ isDMARC: Bool, _ isTLS: Bool) async throws {
        try await Intake.with { intake in
            let aggregate = await intake.receiver.receive(try Intake.aggregate(), from: origin)
            let tls = await intake.receiver.receive(Intake.tls, from: origin)
            for (reception, isCounted) in [(aggregate, isDMARC), (tls, isTLS)] {
                guard case .done(let taking) = reception else {
                    Issue.record("\(reception)")
                    continue
                }
                #expect(taking.new == 1)
                #expect(taking.isCounted == isCounted)
            }
            let counts = try await intake.counts()
            #expect(counts.counted == [isDMARC, isTLS].count { $0 })
            #expect(counts.apart == [isDMARC, isTLS].count { !$0 })
        }
    }

    @Test func theSameReportComesOnce() async throws {
        try await Intake.with { intake in
            let mail = Intake.mail(try Intake.aggregate())
            // By all ways at once.
            let receptions = await withTaskGroup(of: ReportReception.self) { tasks in
                for _ in 0..<8 { tasks.addTask { await intake.receiver.receive(mail, from: .administrator) } }
                return await tasks.reduce(into: []) { $0.append($1) }
            }
            let takings = receptions.compactMap { reception -> ReportTaking? in
                if case .done(let taking) = reception { taking } else { nil }
            }
            #expect(takings.count == 8)
            #expect(takings.reduce(0) { $0 + $1.new } == 1)
            #expect(takings.reduce(0) { $0 + $1.known } == 7)
        }
    }

    @Test func whatIsNoReportIsSaid() async throws {
        try await Intake.with { intake in
            for text in ["", "hello", "From: a@example.org\r\n\r\nhello", "<feedback><x></feedback>", "{}"] {
                let reception = await intake.receiver.receive(Array(text.utf8), from: .administrator)
                guard case .done(let taking) = reception else {
                    Issue.record("\(text)")
                    continue
                }
                #expect(taking.reports == 0)
                #expect(!taking.refusals.isEmpty)
            }
            let counts = try await intake.counts()
            #expect(counts.counted == 0)
        }
    }

    /// What DNS says is only waited for where it matters.
    @Test(arguments: [
        (nil, Intake.tls, false), ("reporter.example", Intake.tls, false), (nil, Array("no report".utf8), true),
        (nil, nil, false), ("reporter.example", nil, true),
    ])
    func whatIsUndecidedComesAgain(_ domain: String?, _ octets: [UInt8]?, _ isDone: Bool) async throws {
        try await Intake.with { intake in
            let origin = ReportOrigin.undecided(try domain.map { try DomainName($0) })
            let reception = await intake.receiver.receive(try octets ?? Intake.aggregate(), from: origin)
            #expect((reception != .undecided) == isDone)
            let counts = try await intake.counts()
            #expect(counts.apart == 0)
            #expect(counts.counted == (isDone && octets == nil ? 1 : 0))
        }
    }
}
