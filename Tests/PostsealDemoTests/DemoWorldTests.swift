import ARC
import DKIM
import DNS
import MailBytes
import MailFormat
import MailNames
import PostsealConfiguration
import SPF
import Sockets
import Testing

@testable import PostsealDemo
@testable import PostsealEngine

/// The demo's world as one guard sees it, without sockets: each message comes out as its story says.
@Suite struct DemoWorldTests {
    static let now = UnixTime(seconds: 1_794_000_000)

    @Test("Every message of the day comes out as its story says")
    func day() async throws {
        let world = try await DemoWorld(at: Self.now)
        let configuration = try world.configuration(.unix("/milter"), .unix("/http"))
        let mailGuard = MailGuard(settings: configuration.guardSettings)
        for story in world.day {
            let transaction = MailTransaction(
                envelope: MailEnvelope(
                    clientAddress: story.client.address, helo: Array(story.client.helo.utf8),
                    mailFrom: Array(story.mailFrom.utf8), recipients: [Array(story.recipient.utf8)],
                    isAuthenticated: story.login != nil, receivedAt: Self.now),
                message: MailMessage(parsing: story.octets))
            var message = mailGuard.begin(transaction)
            if message.needsBody { message.update(transaction.message.bodyBytes) }
            let verdict = await message.finish(resolver: world.answers)
            let place = Comment("\(story.time) \(verdict.decision.reason)")
            #expect(Self.outcome(verdict) == story.expected.outcome, place)
            #expect(verdict.findings?.spf?.result.rawValue == story.expected.spf, place)
            #expect(Self.dkimWord(verdict.findings) == story.expected.dkim, place)
            #expect(verdict.findings?.arc.result.rawValue == story.expected.arc, place)
            #expect(verdict.findings?.dmarcResultWord == story.expected.dmarc, place)
        }
    }

    static func outcome(_ verdict: GuardVerdict) -> DemoOutcome {
        switch verdict.decision.disposition {
        case .accept where !verdict.signatures.isEmpty: .signed
        case .accept: verdict.decision.isTagged ? .marked : .accepted
        case .quarantine: .quarantined
        case .reject: .refused
        case .tempfail: .deferred
        }
    }

    static func dkimWord(_ findings: Findings?) -> String? {
        guard let findings else { return nil }
        let results = findings.dkim.outcomes.map(\.result)
        return results.contains(.pass) ? "pass" : results.first?.rawValue ?? "none"
    }

    @Test("The day has every outcome, and is in order")
    func shape() async throws {
        let day = try await DemoWorld(at: Self.now).day
        #expect((20...24).contains(day.count))
        #expect(day.map(\.time) == day.map(\.time).sorted())
        #expect(day.first?.time == "06:12" && day.last?.time == "22:40")
        #expect(Set(day.map(\.expected.outcome)).count == DemoOutcome.allCases.count)
    }

    @Test("The zone answers for the demo's names alone")
    func zone() async throws {
        let world = try await DemoWorld(at: Self.now)
        let domains = try DemoZone.domains.map { try DomainName($0) }
        for answer in world.answers.file.arrayValue ?? [] {
            let text = answer["Question"]?.arrayValue?.first?["name"]?.stringValue ?? ""
            let name = try DomainName(presentation: text)
            #expect(domains.contains { name.isEqualOrSubdomain(of: $0) }, "\(text)")
        }
    }
}
