import DNS
import MailNames
import Testing
import UnboundResolver

extension UnboundResolverTests {
    /// Whether a resolver finds out what its servers can do. Against the world of Integration/dns-resolver.
    @Suite struct SelfTestTests {
        @Test func `Servers that pass DNSSEC on are found to`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(configuration: world.configuration())
            defer { resolver.close() }
            #expect(resolver.lastSelfTest == nil)
            let test = await resolver.selfTest()
            #expect(test.validation == .works && test.isReachable && !test.hasGivenUpProof)
            #expect(test.warning == nil)
            #expect(resolver.lastSelfTest == test)
        }

        @Test func `Behind a server that strips DNSSEC, required validation fails, and says why`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(
                configuration: world.configuration {
                    $0.servers = [world.stripping]
                    $0.validation = .required
                })
            defer { resolver.close() }
            let test = await resolver.selfTest()
            #expect(test.validation == .unavailable && test.isReachable && !test.hasGivenUpProof)
            #expect(test.reason?.isEmpty == false)
            #expect(test.warning?.contains("every domain fails") == true)
            #expect(await resolver.answer(question("www.unsigned.org")).status == .bogus)
        }

        @Test(arguments: [false, true])
        func `Behind a server that is of no use for DNSSEC, answers are taken without proof by default`(
            _ isStripping: Bool
        ) async throws {
            guard let world = DNSWorld.shared else { return }
            // The system's trust anchor is the real root's, which this world's root has nothing to do with.
            let resolver = try UnboundResolver(
                configuration: world.configuration {
                    $0.trustAnchorFile = nil
                    if isStripping { $0.servers = [world.stripping] }
                })
            defer { resolver.close() }
            for text in ["example.org", "www.unsigned.org", "www.bogus.org"] {
                let answer = await resolver.answer(question(text))
                #expect(answer.status == .noError)
                #expect(answer.security == .indeterminate)
            }
            guard let test = resolver.lastSelfTest else { return print("no trust anchor of the system's: not tested") }
            #expect(test.validation == .unavailable && test.isReachable && test.hasGivenUpProof)
            #expect(test.warning?.contains("without proof") == true)
            let again = await resolver.selfTest()
            #expect(again.validation == .unavailable && again.hasGivenUpProof)
        }

        @Test func `A server that has its own zones and refuses all else is asked without proof by default`()
            async throws
        {
            guard let world = DNSWorld.shared, let server = world.zoneServers.first?.servers.first else { return }
            let resolver = try UnboundResolver(
                configuration: world.configuration {
                    $0.trustAnchorFile = nil
                    $0.servers = [server]
                    $0.zoneServers = []
                })
            defer { resolver.close() }
            let answer = await resolver.answer(question("www.counted.org"))
            #expect(answer.addresses.count == 1)
            #expect(answer.security == .indeterminate)
        }

        @Test func `Where nobody answers, that is found out, and nothing is given up`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(
                configuration: world.configuration {
                    $0.trustAnchorFile = nil
                    $0.servers = [world.silent]
                    $0.zoneServers = []
                })
            defer { resolver.close() }
            let (answer, answerTime) = await measure {
                await resolver.answer(question("example.org"), by: .now + .milliseconds(300))
            }
            #expect(answer.status == .timeout)
            #expect(answerTime < .milliseconds(330))
            let (test, time) = await measure { await resolver.selfTest() }
            #expect(!test.isReachable && !test.hasGivenUpProof)
            #expect(test.warning == "no DNS server answers")
            #expect(time < .seconds(4.2))
        }
    }
}
