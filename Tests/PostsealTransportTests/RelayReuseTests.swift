import Certificates
import MailNames
import SMTPProtocol
import SMTPTransport
import TestSupport
import Testing
import TransportPolicy

@testable import PostsealTransport

/// Sessions that are kept for the next message, and how many there may be.
@Suite(.timeLimit(.minutes(10))) struct RelayReuseTests {
    private static let host = [
        "example.org MX 10 mx.example.org", "mx.example.org A 127.0.0.1", "example.net MX 10 mx.example.net",
        "mx.example.net A 127.0.0.1",
    ]

    @Test func theNextMessageGoesOverTheSameSession() async throws {
        try await withRelay(Self.host) { world in
            for _ in 0..<10 {
                let got1 = try await world.send(["a@example.org"])
                #expect(got1 == ["250 2.0.0"])
            }
            #expect(world.inbox.messages.count == 10)
            #expect(world.inbox.clients.count == 1)
            #expect(world.reuses.value == 9)
            #expect(world.sessions.value.count == 1, "a session is judged and told of once")
        }
    }

    @Test func eachDestinationHasItsOwn() async throws {
        try await withRelay(Self.host) { world in
            for _ in 0..<3 {
                let got2 = try await world.send(["a@example.org", "b@example.net"])
                #expect(got2 == ["250 2.0.0", "250 2.0.0"])
            }
            #expect(world.inbox.clients.count == 2)
            #expect(world.handler.idleSessions == 2)
        }
    }

    @Test func aSessionTakesSoManyMessages() async throws {
        var setting = RelaySetting()
        setting.options.sessionMessages = 3
        try await withRelay(Self.host, setting) { world in
            for _ in 0..<7 {
                let got3 = try await world.send(["a@example.org"])
                #expect(got3 == ["250 2.0.0"])
            }
            #expect(world.inbox.clients.count == 3)
        }
    }

    @Test func withoutIdleTimeEachMessageHasASession() async throws {
        var setting = RelaySetting()
        setting.options.idleTime = .zero
        try await withRelay(Self.host, setting) { world in
            for _ in 0..<3 {
                let got4 = try await world.send(["a@example.org"])
                #expect(got4 == ["250 2.0.0"])
            }
            #expect(world.inbox.clients.count == 3)
            #expect(world.handler.idleSessions == 0)
        }
    }

    @Test func aSessionThatWaitsForNothingIsClosed() async throws {
        var setting = RelaySetting()
        setting.options.idleTime = .milliseconds(10)
        try await withRelay(Self.host, setting) { world in
            let got5 = try await world.send(["a@example.org"])
            #expect(got5 == ["250 2.0.0"])
            await world.inbox.endings.wait(for: 0)
            let got6 = try await world.send(["a@example.org"])
            #expect(got6 == ["250 2.0.0"])
            #expect(world.inbox.clients.count == 2)
        }
    }

    /// A server that closes what is idle says nothing about the next message.
    @Test func aServerThatClosedMeanwhileCostsNothing() async throws {
        var setting = RelaySetting()
        setting.idleLimit = .seconds(2)
        try await withRelay(Self.host, setting) { world in
            for count in 1...2 {
                let got7 = try await world.send(["a@example.org"])
                #expect(got7 == ["250 2.0.0"])
                await world.inbox.endings.wait { $0.count >= count }
            }
            #expect(world.inbox.messages.count == 2)
            #expect(world.inbox.brokenCount == 0)
        }
    }

    /// RFC 5321 §3.8: 421 may come for any command. Until the text it is no answer for the message.
    @Test(arguments: WorldLeave.allCases)
    func aServerThatLeavesAtTheNextMessageCostsNothing(_ point: WorldLeave) async throws {
        var setting = RelaySetting()
        setting.leavesAt = point
        try await withRelay(Self.host, setting) { world in
            for _ in 0..<4 {
                let answers = try await world.send(["a@example.org", "bad@example.org", "c@example.org"])
                #expect(answers == ["250 2.0.0", "550 5.1.1", "250 2.0.0"])
            }
            #expect(world.inbox.messages == Array(repeating: "a@example.org,c@example.org 21", count: 4))
            #expect(world.inbox.clients.count == 4)
        }
    }

    @Test func aMessageThatNobodyTookLeavesTheSession() async throws {
        try await withRelay(Self.host) { world in
            let got8 = try await world.send(["bad@example.org"])
            #expect(got8 == ["550 5.1.1"])
            let got9 = try await world.send(["late@example.org"])
            #expect(got9 == ["554 5.6.0"])
            let got10 = try await world.send(["a@example.org"])
            #expect(got10 == ["250 2.0.0"])
            #expect(world.inbox.clients.count == 1)
        }
    }

    /// A session is good for what it was judged by, and for nothing else.
    @Test func anotherDemandIsAnotherSession() async throws {
        let plan = try await Self.plan()
        let server = try #require(plan.servers.first)
        let address = try #require(IPAddress("192.0.2.1"))
        let key = SessionPool.Key(server, of: plan, at: address)
        #expect(SessionPool.Key(server, of: plan, at: address) == key)
        var others = [SessionPool.Key(server, of: plan.waived, at: address)]
        others.append(SessionPool.Key(plan.waived.servers[0], of: plan.waived, at: address))
        others.append(SessionPool.Key(plan.requiringTLS.servers[0], of: plan.requiringTLS, at: address))
        var changed = plan
        changed.destination = .domain(try DomainName("example.net"))
        others.append(SessionPool.Key(server, of: changed, at: address))
        var bare = server
        bare.demand = .opportunistic
        others.append(SessionPool.Key(bare, of: plan, at: address))
        others.append(SessionPool.Key(server, of: plan, at: try #require(IPAddress("192.0.2.2"))))
        for other in others { #expect(other != key) }
    }

    private static func plan() async throws -> TransportPlan {
        let record = "_25._tcp.mx.example.org TLSA 1 0 1 \(String(repeating: "ab", count: 32))"
        let zones = SignedZones(host + [record], signed: ["example.org"])
        return await TransportPlanner(resolver: zones, keeper: nil)
            .plan(for: .domain(try DomainName("example.org")), at: relayTime)
    }

    /// Where a server wants none of the recipients, nobody waits for its answer to the text.
    @Test func aServerThatTookNobodyHoldsNobodyUp() async throws {
        try await withRelay(Self.host) { world in
            for _ in 0..<3 {
                let answers = try await world.send(["bad@example.org", "b@example.net"])
                #expect(answers == ["550 5.1.1", "250 2.0.0"])
            }
            #expect(world.inbox.messages == Array(repeating: "b@example.net 21", count: 3))
            #expect(world.inbox.clients.count == 2)
        }
    }

    // MARK: How many

    @Test func soManyConnectionsToADestination() async throws {
        var setting = RelaySetting()
        let gate = Gate()
        setting.gate = gate
        setting.options.connectionsMax = 3
        try await withRelay(Self.host, setting) { world in
            let answers = try await withThrowingTaskGroup(of: [String].self) { tasks in
                for _ in 0..<12 { tasks.addTask { try await world.send(["a@example.org"]) } }
                var answers: [String] = []
                for try await answer in tasks {
                    answers += answer
                    // Those that found no place are back; the others wait for the door.
                    if answers.count == 9 { gate.open() }
                }
                return answers
            }
            #expect(answers.count { $0 == "250 2.0.0" } == 3)
            #expect(answers.count { $0 == "451 4.4.5" } == 9)
            #expect(world.inbox.openMost == 3)
            #expect(world.inbox.messages.count == 3)
            let got11 = try await world.send(["b@example.net"])
            #expect(got11 == ["250 2.0.0"], "others have places of their own")
            let got12 = try await world.send(["a@example.org"])
            #expect(got12 == ["250 2.0.0"], "places come back")
        }
    }

    /// A session that waits makes room for one that is needed.
    @Test func anIdleSessionGivesItsPlaceUp() async throws {
        var setting = RelaySetting()
        setting.options.connectionsMax = 1
        setting.extensions = [.requireTLS]
        let certificate = try #require(Certificate.list(pem: CertificateFixtures.pem("key-ec-certificate")).first)
        setting.anchors = TrustAnchors([certificate])
        try await withRelay(Self.host, signed: ["example.org"], setting) { world in
            let got13 = try await world.send(["a@example.org"])
            #expect(got13 == ["250 2.0.0"])
            let got14 = try await world.send(["a@example.org"], requiringTLS: true)
            #expect(got14 == ["250 2.0.0"])
            let got15 = try await world.send(["a@example.org"])
            #expect(got15 == ["250 2.0.0"])
            #expect(world.inbox.clients.count == 3)
        }
    }

    // MARK: Addresses

    @Test func connectionsComeFromTheSourceAddress() async throws {
        var setting = RelaySetting()
        setting.source4 = "127.0.0.2"
        setting.source6 = "2001:db8::1"
        try await withRelay(Self.host, setting) { world in
            let got16 = try await world.send(["a@example.org"])
            #expect(got16 == ["250 2.0.0"])
            #expect(world.inbox.clients.map(\.text) == ["127.0.0.2"])
            #expect(world.sessions.value.first?.facts?.localAddress?.text == "127.0.0.2")
        }
    }

    @Test func anAddressThatIsNotOursIsSaid() async throws {
        var setting = RelaySetting()
        setting.source4 = "192.0.2.25"
        try await withRelay(Self.host, setting) { world in
            let got17 = try await world.send(["a@example.org"])
            #expect(got17 == ["451 4.4.1"])
            #expect(world.inbox.clients.isEmpty)
        }
    }

    @Test func eachFamilyHasItsSource() async throws {
        var setting = RelaySetting()
        setting.address = "::1"
        setting.source4 = "127.0.0.2"
        setting.source6 = "::1"
        let lines = ["example.org MX 10 mx.example.org", "mx.example.org AAAA ::1"]
        try await withRelay(lines, setting) { world in
            let got18 = try await world.send(["a@example.org"])
            #expect(got18 == ["250 2.0.0"])
            #expect(world.inbox.clients.map(\.text) == ["::1"])
            #expect(world.sessions.value.first?.facts?.localAddress?.text == "::1")
        }
    }

    // MARK: Reload

    /// Whatever the configuration is changed to while mail flows, each message arrives once.
    @Test func nothingIsLostByReloads() async throws {
        try await withRelay(Self.host) { world in
            let done = Mutexed(0)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<8 {
                    tasks.addTask {
                        for _ in 0..<25 {
                            let got19 = try await world.send(["a@example.org", "b@example.net"])
                            #expect(got19 == ["250 2.0.0", "250 2.0.0"])
                            done.change { $0 += 1 }
                        }
                    }
                }
                tasks.addTask {
                    var round = 0
                    while done.value < 200 {
                        round += 1
                        var options = RelayOptions()
                        options.sessionMessages = 1 + round % 5
                        options.connectionsMax = 20 + round % 3
                        try world.replace(options)
                        await Task.yield()
                    }
                }
                try await tasks.waitForAll()
            }
            #expect(world.inbox.messages.count == 400)
            #expect(world.inbox.brokenCount == 0)
            #expect(world.inbox.openMost <= 44)
            #expect(world.handler.idleSessions == 0, "who was replaced keeps nothing")
        }
    }
}
