import DKIM
import DNS
import MailNames
import MilterProtocol
import MilterServer
import NIOPosix
import PostsealConfiguration
import PostsealEngine
import PostsealObservability
import Sockets
import TestSupport
import Testing

@testable import PostsealDaemon

/// What mail servers hear from a daemon over its sockets.
@Suite("The daemon on its sockets", .timeLimit(.minutes(10)))
struct DaemonServiceTests {
    @Test("Each decision arrives as the mail server carries it out")
    func decisions() async throws {
        var configuration = World.configuration()
        configuration.guardSettings.policy.onRejectRequest = .reject
        configuration.guardSettings.policy.onQuarantineRequest = .quarantine
        try await withDaemon(configuration) { _, address in
            let good = try await judged(World.message(), at: address)
            #expect(good.reply == .accept)
            #expect(good.newFields == ["Authentication-Results"])
            #expect(good.results?.contains("dmarc=pass") == true)

            let held = try await judged(World.message("eve@mild.example"), at: address)
            #expect(held.reply == .accept)
            #expect(held.changes.contains { if case .quarantine = $0 { true } else { false } })

            var spoofed = World.message()
            spoofed.connection = MilterConnection(hostName: "[203.0.113.66]", address: .v4(0xCB00_7142), port: 25)
            let rejected = try await judged(spoofed, at: address)
            #expect(rejected.refusal?.hasPrefix("550 5.7.1 ") == true)
            #expect(rejected.changes.isEmpty)

            let later = try await judged(World.message("eve@slow.example"), at: address)
            #expect(later.refusal?.hasPrefix("451 4.7.") == true)
        }
    }

    @Test("Mail of our own users is signed, and counted as what it is")
    func signed() async throws {
        let key = try DKIMSigningKey(
            domain: DomainName("strict.example"), selector: DomainName("s"),
            privateKey: DKIMPrivateKey(pem: SampleKeys.rsaPEM))
        let data = DNSRecordData.text(key.privateKey.publicRecord.strings).presentation
        var configuration = World.configuration(further: ["s._domainkey.strict.example TXT \(data)"])
        configuration.guardSettings.signing = [
            SigningRule(
                pattern: .exactly(key.domain),
                keys: [SigningRule.Key(selector: key.selector, privateKey: key.privateKey)])
        ]
        try await withDaemon(configuration) { daemon, address in
            let signed = try await judged(World.message(login: "ann"), at: address)
            #expect(signed.newFields == ["DKIM-Signature"])
            var bare = World.message(login: "ann")
            bare.fields.removeFirst()
            #expect(try await judged(bare, at: address).changes.isEmpty)
            let page = daemon.core.metrics.page
            #expect(page.contains("postseal_signatures_total{kind=\"dkim\",algorithm=\"rsa-sha256\"} 1\n"))
            #expect(page.contains("postseal_signing_refusals_total{kind=\"dkim\",reason=\"message\"} 1\n"))
        }
    }

    @Test("More messages than may be are answered as overload says, and leave no place taken")
    func overload() async throws {
        try await withFolder { folder in
            var configuration = World.configuration(milter: .unix("\(folder)/milter"))
            configuration.milter.messagesMax = 0
            try await withDaemon(configuration) { daemon, address in
                #expect(try await judged(World.message(), at: address).refusal?.hasPrefix("451 4.3.2 ") == true)
                configuration.guardSettings.onOverload = .accept
                try await daemon.reload(configuration)
                let accepted = try await judged(World.message(), at: address)
                #expect(accepted.reply == .accept && accepted.results?.contains("none") == true)
                configuration.milter.messagesMax = 1
                try await daemon.reload(configuration)
                // One after the other, each has the place of the one before.
                for _ in 0..<3 {
                    #expect(try await judged(World.message(), at: address).results?.contains("dmarc=pass") == true)
                }
                #expect(daemon.core.inFlight.current == 0)
                #expect(daemon.core.metrics.page.contains("postseal_check_failures_total{cause=\"overload\"} 2\n"))
            }
        }
    }
}

/// What a reload does to a daemon that is at work.
@Suite("Reloading a daemon", .timeLimit(.minutes(10)))
struct DaemonReloadTests {
    @Test("What needs a restart, and sockets that can't be had, leave all as it was")
    func refused() async throws {
        try await withFolder { folder in
            let old = World.configuration(milter: .unix("\(folder)/milter"))
            try await withDaemon(old) { daemon, address in
                var new = old
                new.guardSettings.authservID = "other.example"
                new.log.format = .json
                await #expect(throws: DaemonError("log.format cannot be changed without a restart")) {
                    try await daemon.reload(new)
                }
                new.log.format = old.log.format
                new.milter.listeners = [ListenSocket(.unix("\(folder)/other"))]
                new.http.listeners = [ListenSocket(.unix("\(folder)/none/http"))]
                await #expect(
                    throws: DaemonError("cannot listen on unix:\(folder)/none/http: its directory is not there")
                ) {
                    try await daemon.reload(new)
                }
                #expect(daemon.milterAddresses == [address.description])
                #expect(try await judged(World.message(), at: address).results?.hasPrefix(" mx.example;") == true)
                await #expect(throws: MilterClientError.self) {
                    try await judged(World.message(), at: .unix("\(folder)/other"))
                }
                let page = daemon.core.metrics.page
                #expect(page.contains("postseal_configuration_reloads_total{result=\"failure\"} 2\n"))

                new.http.listeners = [ListenSocket(.unix("\(folder)/http"))]
                try await daemon.reload(new)
                #expect(daemon.httpAddresses == ["unix:\(folder)/http"])
                let moved = try await judged(World.message(), at: .unix("\(folder)/other"))
                #expect(moved.results?.hasPrefix(" other.example;") == true)
            }
        }
    }

    @Test("While messages are on their way, each is judged by one configuration, and none is lost")
    func underLoad() async throws {
        try await withFolder { folder in
            var one = World.configuration(milter: .unix("\(folder)/milter"))
            one.guardSettings.authservID = "one.example"
            var two = one
            two.guardSettings.authservID = "two.example"
            two.milter.connectionsMax = 100
            try await withDaemon(one) { [one, two] daemon, address in
                let seen = try await withThrowingTaskGroup(of: Set<String>.self) { tasks in
                    for _ in 0..<8 { tasks.addTask { try await Self.names(50, address) } }
                    for _ in 0..<10 {
                        try await daemon.reload(two)
                        try await daemon.reload(one)
                    }
                    return try await tasks.reduce(into: Set<String>()) { $0.formUnion($1) }
                }
                #expect(seen.isSubset(of: [" one.example", " two.example"]), "\(seen)")
                #expect(daemon.core.inFlight.current == 0)
            }
        }
    }

    /// Sends so many messages over one connection, and gathers the names under which they were judged.
    private static func names(_ count: Int, _ address: ListenAddress) async throws -> Set<String> {
        let client = try await MilterClient.connect(to: address, on: MultiThreadedEventLoopGroup.singleton)
        var names: Set<String> = []
        for _ in 0..<count {
            let outcome = try await client.send(World.message())
            #expect(outcome.results?.contains("dmarc=pass") == true)
            names.insert(String(outcome.results?.split(separator: ";").first ?? ""))
        }
        await client.quit()
        return names
    }
}
