import DNS
import MailNames
import Testing
import UnboundResolver

extension UnboundResolverTests {
    /// What the answers of every kind of zone are, and how far they are proved. Against the world of
    /// Integration/dns-resolver; without it, nothing.
    @Suite struct StateTests {
        struct Case: CustomTestStringConvertible, Sendable {
            var name: String
            var type: DNSRecordType = .a
            var status = DNSStatus.noError
            var security: DNSSECState
            /// Presentation form of the records of the type; nil: not looked at.
            var data: [String]? = []
            var testDescription: String { "\(name) \(type)" }
        }

        static let cases = [
            Case(name: "example.org", security: .secure, data: ["192.0.2.1"]),
            Case(name: "EXAMPLE.Org.", security: .secure, data: ["192.0.2.1"]),
            Case(name: "example.org", type: .aaaa, security: .secure, data: ["2001:db8::1"]),
            Case(
                name: "example.org", type: .mx, security: .secure,
                data: ["10 mail.example.org.", "20 mail.unsigned.org."]),
            Case(name: "example.org", type: .txt, security: .secure, data: [#""v=spf1 mx " "-all""#]),
            Case(
                name: "_25._tcp.mail.example.org", type: .tlsa, security: .secure,
                data: ["3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]),
            Case(name: "www.example.org", security: .secure, data: ["192.0.2.1"]),
            Case(name: "chain0.example.org", security: .secure, data: ["192.0.2.1"]),
            Case(name: "x.wild.example.org", type: .txt, security: .secure, data: [#""wild""#]),
            Case(name: "hashed.org", type: .txt, security: .secure, data: [#""v=spf1 -all""#]),
            Case(name: "1.2.0.192.in-addr.arpa", type: .ptr, security: .secure, data: ["example.org."]),
            Case(name: "example.test", security: .secure, data: ["192.0.2.5"]),
            Case(name: "srv.example.org", type: DNSRecordType(rawValue: 33), security: .secure, data: nil),
            // Nothing there, and proved.
            Case(name: "nobody.example.org", status: .nxDomain, security: .secure),
            Case(name: "nobody.hashed.org", status: .nxDomain, security: .secure),
            Case(name: "mail.example.org", type: .tlsa, security: .secure),
            Case(name: "www.hashed.org", type: .mx, security: .secure),
            Case(name: "nobody", status: .nxDomain, security: .secure),
            // Unsigned, and that is proved.
            Case(name: "www.unsigned.org", security: .insecure, data: ["192.0.2.3"]),
            Case(name: "nobody.unsigned.org", status: .nxDomain, security: .insecure),
            Case(name: "unsigned.org", type: .mx, security: .insecure),
            Case(name: "1.0.0.10.in-addr.arpa", type: .ptr, security: .insecure, data: ["inside.unsigned.org."]),
            // One unsigned link in a chain.
            Case(name: "away.example.org", security: .insecure, data: ["192.0.2.3"]),
            Case(name: "back.unsigned.org", security: .insecure, data: ["192.0.2.1"]),
            // Forged.
            Case(name: "www.bogus.org", status: .bogus, security: .bogus),
            Case(name: "bogus.org", type: .txt, status: .bogus, security: .bogus),
            Case(name: "nobody.bogus.org", status: .bogus, security: .bogus),
            Case(name: "www.stripped.org", status: .bogus, security: .bogus),
            Case(name: "www.expired.org", status: .bogus, security: .bogus),
            Case(name: "www.tampered.org", status: .bogus, security: .bogus),
            Case(name: "toforged.example.org", status: .bogus, security: .bogus),
        ]

        static func check(_ test: Case, _ resolver: UnboundResolver) async {
            let asked = question(test.name, test.type)
            let answer = await resolver.answer(asked)
            #expect(answer.question == asked)
            #expect(answer.status == test.status)
            #expect(answer.security == test.security)
            if let data = test.data { #expect(Set(answer.data.map(\.presentation)) == Set(data)) }
            if test.status == .bogus {
                #expect(answer.records.isEmpty)
                #expect(answer.whyBogus?.isEmpty == false)
            } else {
                #expect(answer.whyBogus == nil)
                #expect(answer.ttlSeconds > 0)
            }
        }

        @Test func `Asking a server, every state of DNSSEC is told from every other`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(configuration: world.configuration())
            defer { resolver.close() }
            for test in Self.cases { await Self.check(test, resolver) }
        }

        @Test func `Asking from the root downwards, every state of DNSSEC is told from every other`() async throws {
            guard let world = DNSWorld.shared else { return }
            guard let hints = world.hints else { return print("no port 53 in this world: not asked from the root") }
            var configuration = UnboundConfiguration()
            configuration.systemServersFile = nil
            configuration.rootHintsFile = hints
            configuration.trustAnchorFile = world.anchor
            let resolver = try UnboundResolver(configuration: configuration)
            defer { resolver.close() }
            // Without servers of the administrator's, reserved names stay at home (RFC 6303, RFC 6761).
            let reserved = ["example.test", "1.0.0.10.in-addr.arpa", "1.2.0.192.in-addr.arpa"]
            for test in Self.cases where !reserved.contains(test.name) { await Self.check(test, resolver) }
            #expect(await resolver.answer(question("example.test")).status == .nxDomain)
        }

        @Test func `Without a trust anchor nothing is proved, and forged records are as good as others`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(configuration: world.configuration { $0.validation = .off })
            defer { resolver.close() }
            for text in ["example.org", "www.unsigned.org", "www.bogus.org", "www.expired.org"] {
                let answer = await resolver.answer(question(text))
                #expect(answer.status == .noError)
                #expect(answer.security == .indeterminate)
                #expect(!answer.addresses.isEmpty)
            }
            #expect(await resolver.selfTest().validation == .off)
        }

        @Test func `A zone that the administrator calls insecure is not validated`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(
                configuration: world.configuration { $0.insecureZones = [name("bogus.org")] })
            defer { resolver.close() }
            let answer = await resolver.answer(question("www.bogus.org"))
            #expect(answer.status == .noError)
            #expect(answer.security == .insecure)
            #expect(await resolver.answer(question("www.expired.org")).status == .bogus)
        }

        @Test func `A TXT answer of 4.3 kB comes over TCP, whole and proved`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(configuration: world.configuration())
            defer { resolver.close() }
            let answer = await resolver.answer(question("large.example.org", .txt))
            #expect(answer.status == .noError)
            #expect(answer.security == .secure)
            #expect(Set(answer.texts.map { $0.prefix(5) }).count == 49)
        }
    }
}
