import DNS
import MailNames
import Testing

@testable import UnboundResolver

@Suite struct UnboundConfigurationTests {
    static func settled(_ change: (inout SettledConfiguration) -> Void) -> SettledConfiguration {
        var settled = SettledConfiguration(
            options: UnboundConfiguration(), forwarders: [], anchor: nil, mayGiveUpProof: false, usesIPv6: false,
            descriptorsMax: 4096)
        change(&settled)
        return settled
    }

    @Test func `Servers are asked at their ports, and with them reserved names are theirs to answer`() throws {
        let text = try Self.settled {
            $0.forwarders = [ServerAddress(.v4(0xC000_0201), port: 5300), ServerAddress(.v6(0x2001_0DB8 << 32, 1))]
            $0.options.zoneServers = [ZoneServers(name("corp.example"), servers: [ServerAddress(.v4(0x0A00_0001))])]
        }.text(validating: true)
        let root = "forward-zone:\n  name: \".\"\n  forward-addr: 192.0.2.1@5300\n  forward-addr: 2001:db8::1@53\n"
        #expect(text.contains(root))
        #expect(text.contains("forward-zone:\n  name: \"corp.example.\"\n  forward-addr: 10.0.0.1@53\n"))
        #expect(text.contains("unblock-lan-zones: yes"))
        #expect(text.contains("module-config: \"validator iterator\""))
    }

    @Test func `Without servers the root is asked, and private names stay at home`() throws {
        let text = try Self.settled { _ in }.text(validating: false)
        #expect(!text.contains("forward-zone"))
        #expect(!text.contains("unblock-lan-zones"))
        #expect(text.contains("do-not-query-localhost: yes"))
        #expect(text.contains("module-config: \"iterator\""))
    }

    @Test func `Nothing is made up from cached denials, which would hide a new record`() throws {
        #expect(try Self.settled { _ in }.text(validating: true).contains("aggressive-nsec: no"))
    }

    @Test func `No more sockets are asked for than the process can have`() throws {
        #expect(try Self.settled { $0.descriptorsMax = 1024 }.text(validating: false).contains("outgoing-range: 256"))
        #expect(try Self.settled { $0.descriptorsMax = 65536 }.text(validating: false).contains("outgoing-range: 1024"))
    }

    @Test(arguments: ["a\"b", "a\nserver:", "a\u{7F}"])
    func `A name can't smuggle options in`(_ text: String) {
        #expect(throws: UnboundResolverError.self) {
            try Self.settled { $0.options.rootHintsFile = text }.text(validating: false)
        }
        guard let zone = try? DomainName(text) else { return }
        #expect(throws: UnboundResolverError.self) {
            try Self.settled { $0.options.insecureZones = [zone] }.text(validating: false)
        }
    }

    @Test func `Name servers are read out of resolv.conf as libc does`() {
        let text = """
            # nameserver 192.0.2.9
            search example.org
            nameserver 192.0.2.1
            nameserver\t2001:db8::1 # with a comment
            nameserver fe80::1%eth0
            nameserver
             options edns0
            """
        #expect(
            UnboundConfiguration.nameServers(resolvConf: text).map(\.description) == ["192.0.2.1", "2001:db8::1"])
    }

    static let anchors: [(String, String?)] = [
        (". IN DS 20326 8 2 E06D44B8", "."), ("; a comment\n\n.\t172800\tIN\tDNSKEY\t257 3 8 AwEA ;{id}", "."),
        ("Example.ORG. 3600 IN ds 1 13 2 00", "example.org"), ("", nil), ("; . IN DS", nil),
        (". IN NS a.example.", nil),
        ("trust-anchors {\n . static-key 257 3 8 \"AwEA\";\n};", nil),
    ]

    @Test(arguments: anchors)
    func `A trust anchor file is one that has a DS or DNSKEY record`(_ text: String, _ zone: String?) {
        #expect(TrustAnchor.zone(text)?.text == zone)
    }

    @Test func `Files that are not there are told at once`() {
        for change in [
            { $0.trustAnchorFile = "/nowhere/root.key" }, { $0.rootHintsFile = "/nowhere/root.hints" },
            { $0.trustAnchorFile = "/proc/self/status" },
        ] as [(inout UnboundConfiguration) -> Void] {
            var configuration = UnboundConfiguration()
            change(&configuration)
            #expect(throws: UnboundResolverError.self) { try UnboundResolver(configuration: configuration) }
        }
    }

    @Test func `A trust anchor that libunbound can't read is told at once`() throws {
        let path = "/tmp/postseal-bad-anchor-\(UInt32.random(in: 0...UInt32.max)).key"
        try TestFile.write(". IN DS 20326 8 2 this-is-not-hexadecimal\n", to: path)
        defer { TestFile.remove(path) }
        var configuration = UnboundConfiguration()
        configuration.trustAnchorFile = path
        let error = #expect(throws: UnboundResolverError.self) { try UnboundResolver(configuration: configuration) }
        #expect(error?.description.contains(path) == true)
    }
}

@Suite struct LaneTests {
    static func inquiry(_ text: String, _ lane: Lane) -> (inquiry: Inquiry, ticket: Ticket) {
        let ticket = Ticket(question(text), by: .now + .seconds(60), finish: { _ in })
        return (Inquiry(question(text), ticket, lane: lane, whenBack: { _ in }), ticket)
    }

    @Test func `Names below one domain share a lane`() {
        #expect(Lane.domain(of: name("a.b.example.org")) == Lane.domain(of: name("example.org")))
        #expect(Lane.domain(of: name("example.org")) != Lane.domain(of: name("example.net")))
        #expect(Lane.domain(of: .root) == .root)
    }

    @Test func `Inquiries leave in the order in which they came`() {
        let lane = Lane(name("example.org"))
        for number in 0..<300 {
            lane.wait(Self.inquiry("n\(number).example.org", lane).inquiry) { _ in }
        }
        var left: [String] = []
        while let inquiry = lane.next() { left.append(inquiry.question.name.text) }
        #expect(left == (0..<300).map { "n\($0).example.org" })
        #expect(lane.isIdle)
    }

    @Test func `Who has left a lane, or is in one that was cleared, is not kept alive by it`() {
        let lane = Lane(name("example.org"))
        weak var left: Inquiry?
        weak var cleared: Inquiry?
        do {
            let first = Self.inquiry("a.example.org", lane).inquiry
            let second = Self.inquiry("b.example.org", lane).inquiry
            (left, cleared) = (first, second)
            lane.wait(first) { _ in }
            lane.wait(second) { _ in }
            #expect(lane.next() === first)
        }
        #expect(left == nil)
        #expect(cleared != nil)
        lane.clear()
        #expect(cleared == nil)
    }

    @Test func `A lane forgets those whose askers have gone, when there are many`() {
        let lane = Lane(name("example.org"))
        var dropped = 0
        for number in 0..<5000 {
            let (inquiry, ticket) = Self.inquiry("n\(number).example.org", lane)
            ticket.settle(.timeout)
            lane.wait(inquiry) { _ in dropped += 1 }
        }
        #expect(dropped > 3000)
    }
}

@Suite struct ProofCheckTests {
    static let works = ResolverSelfTest(validation: .works, isReachable: true)
    static let unavailable = ResolverSelfTest(validation: .unavailable, isReachable: true, reason: "no signatures")
    static let unknown = ResolverSelfTest(validation: .unknown, isReachable: false)

    @Test func `Where proof is a matter of course, nothing is checked and nothing given up`() {
        var check = ProofCheck(anchorZone: .root, mayGiveUp: false)
        #expect(!check.isDue)
        check.begin()
        #expect(!check.holdsQuestions)
        #expect(!check.conclude(Self.unavailable, at: .now).hasGivenUpProof)
        #expect(!check.isGivenUp && !check.isDue)
    }

    @Test func `The first check holds questions back, and later ones do not`() {
        var check = ProofCheck(anchorZone: .root, mayGiveUp: true)
        #expect(check.isDue)
        check.begin()
        #expect(check.holdsQuestions && !check.isDue)
        _ = check.conclude(Self.unknown, at: .now - .seconds(60))
        #expect(!check.holdsQuestions && !check.isGivenUp && check.isDue)
        check.begin()
        #expect(!check.holdsQuestions)
    }

    @Test func `Proof that is given up is taken up again when it works, and then left alone`() {
        var check = ProofCheck(anchorZone: .root, mayGiveUp: true)
        var heard: [ResolverSelfTest] = []
        check.listeners.append { heard.append($0) }
        check.begin()
        let result = check.conclude(Self.unavailable, at: .now)
        check.tell(result)
        check.tell(result)
        #expect(result.hasGivenUpProof && check.isGivenUp && heard == [result])
        #expect(!check.isDue)
        _ = check.conclude(Self.unavailable, at: .now - .seconds(60))
        #expect(check.isDue)
        check.begin()
        #expect(!check.conclude(Self.works, at: .now - .seconds(60)).hasGivenUpProof)
        #expect(!check.isGivenUp && !check.isDue)
    }

    @Test func `A time-out says nothing about a proof that was given up`() {
        var check = ProofCheck(anchorZone: .root, mayGiveUp: true)
        _ = check.conclude(Self.unavailable, at: .now)
        #expect(check.conclude(Self.unknown, at: .now).hasGivenUpProof)
    }
}
