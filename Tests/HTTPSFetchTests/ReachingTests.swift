import DNS
import HTTPSFetch
import MailBytes
import MailNames
import NIOPosix
import TestSupport
import Testing

@Suite("The way to a policy host", .timeLimit(.minutes(10)))
struct ReachingTests {
    private let steps = [ServerStep.send(response("abc"))]

    @Test(
        "No addresses",
        arguments: [
            (["mta-sts.example.org A nxdomain", "mta-sts.example.org AAAA nxdomain"], DNSStatus.nxDomain),
            (["mta-sts.example.org A nodata", "mta-sts.example.org AAAA nodata"], .noError),
            (["mta-sts.example.org A servfail", "mta-sts.example.org AAAA servfail"], .serverFailure),
            (["mta-sts.example.org A bogus", "mta-sts.example.org AAAA nodata"], .bogus),
            (["mta-sts.example.org A nodata", "mta-sts.example.org AAAA timeout"], .timeout),
        ])
    func noAddresses(_ lines: [String], _ status: DNSStatus) async throws {
        let (outcome, notes) = try await fetch(steps, zone: Zone(lines))
        #expect(outcome.failure == .dns(status))
        #expect(outcome.peer == nil && notes.isEmpty)
    }

    @Test("One family is enough, and another address is tried where one takes no connection")
    func inTurn() async throws {
        let failed = Zone(["mta-sts.example.org A 127.0.0.1", "mta-sts.example.org AAAA servfail"])
        #expect(try await fetch(steps, zone: failed).outcome.document != nil)
        let zone = Zone([
            "mta-sts.example.org A 127.0.0.2", "mta-sts.example.org A 127.0.0.1", "mta-sts.example.org A 127.0.0.3",
            "mta-sts.example.org AAAA ::1",
        ])
        let (outcome, _) = try await fetch(steps, zone: zone)
        #expect(outcome.document != nil)
        #expect(outcome.peer?.address.text == "127.0.0.1")
        #expect(outcome.attempts.map(\.address.text) == ["::1", "127.0.0.2"])
        #expect(outcome.attempts.last?.failure == .connect("connection refused"))
    }

    @Test("Nobody listens")
    func refused() async throws {
        let zone = Zone(["mta-sts.example.org A 127.0.0.2", "mta-sts.example.org A 127.0.0.3"])
        let (outcome, _) = try await fetch(steps, zone: zone) { $0.addressesMax = 1 }
        #expect(outcome.failure == .connect("connection refused"))
        #expect(outcome.attempts.map(\.address.text) == ["127.0.0.2"])
        #expect(outcome.reason.hasSuffix("no connection: connection refused"))
    }

    @Test("Private addresses are not connected to")
    func privateAddresses() async throws {
        let zone = Zone([
            "mta-sts.example.org A 127.0.0.1", "mta-sts.example.org A 10.0.0.1", "mta-sts.example.org AAAA ::1",
        ])
        let (outcome, notes) = try await fetch(steps, zone: zone) { $0.allowedNetworks = [] }
        guard case .privateAddress(let addresses) = outcome.failure else { throw Unexpected(text: outcome.reason) }
        #expect(Set(addresses.map(\.text)) == ["127.0.0.1", "10.0.0.1", "::1"])
        #expect(notes.isEmpty)
        // One that may be reached does not take the others with it.
        let (mixed, _) = try await fetch(steps, zone: zone)
        #expect(mixed.document != nil)
        #expect(mixed.refused.map(\.text) == ["10.0.0.1"])
    }

    @Test(
        "Each step has its time",
        arguments: [
            ([ServerStep](), HTTPSFetchStage.response), ([.send("HTTP/1.1 200 OK\r\nX: ")], .response),
            ([.send("HTTP/1.1 200 OK\r\nX: "), .drip("x")], .response),
            ([.drip("HTTP/1.1 100 Continue\r\n\r\n")], .response),
            ([.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")], .body),
            ([.send("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n"), .drip("x")], .body),
            ([.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), .drip("1\r\nx\r\n")], .body),
        ] as [([ServerStep], HTTPSFetchStage)])
    func slow(_ steps: [ServerStep], _ stage: HTTPSFetchStage) async throws {
        let (outcome, _) = try await fetch(steps) {
            if stage == .response { $0.responseTimeout = .milliseconds(100) }
            if stage == .body { $0.bodyTimeout = .milliseconds(100) }
        }
        #expect(outcome.failure == .timeout(stage))
    }

    @Test("All together has its time, too")
    func total() async throws {
        let drip: [ServerStep] = [.send("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n"), .drip("x")]
        let (outcome, _) = try await fetch(drip) { $0.totalTimeout = .milliseconds(500) }
        guard case .timeout = outcome.failure else { throw Unexpected(text: outcome.reason) }
    }

    @Test("A resolver that does not answer")
    func silentResolver() async throws {
        var options = HTTPSFetchOptions.test(1)
        options.dnsTimeout = .milliseconds(20)
        let fetcher = HTTPSFetcher(
            resolver: SilentResolver(), anchors: try Fixtures.anchors(), options: options,
            on: MultiThreadedEventLoopGroup.singleton)
        let outcome = await fetcher.fetch(try .policy(), at: now)
        #expect(outcome.failure == .timeout(.dns))
        #expect(outcome.answers.isEmpty)
    }

    @Test("A fetch that is cancelled ends, and so does its connection")
    func cancelled() async throws {
        let server = try await TestServer([.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")])
        let resource = try HTTPSResource.policy()
        let anchors = try Fixtures.anchors()
        for isSilent in [false, true] {
            let resolver: any DNS.Resolver = isSilent ? SilentResolver() : loopback
            let fetcher = HTTPSFetcher(
                resolver: resolver, anchors: anchors, options: .test(server.port),
                on: MultiThreadedEventLoopGroup.singleton)
            let outcome = await withTaskGroup(of: HTTPSFetchOutcome.self) { group in
                group.addTask { await fetcher.fetch(resource, at: now) }
                if !isSilent {
                    await server.notes.wait { $0.contains { if case .request = $0 { true } else { false } } }
                }
                group.cancelAll()
                return await group.next()
            }
            #expect(outcome?.failure == .cancelled)
            await server.closed()
        }
        await server.close()
    }

    @Test("Many at once, and no connection is left")
    func many() async throws {
        let server = try await TestServer(steps)
        let fetcher = HTTPSFetcher(
            resolver: loopback, anchors: try Fixtures.anchors(), options: .test(server.port),
            on: MultiThreadedEventLoopGroup.singleton)
        let resource = try HTTPSResource.policy()
        let good = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<40 { group.addTask { await fetcher.fetch(resource, at: now).document != nil } }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(good == 40)
        await server.closed()
        await server.close()
    }
}

private struct SilentResolver: DNS.Resolver {
    func answer(_ question: DNSQuestion) async -> DNSAnswer {
        await untilCancelled()
        return DNSAnswer(question: question, status: .timeout)
    }
}
