import DNS
import Glibc
import MailNames
import MilterProtocol
import MilterServer
import NIOPosix
import PostsealConfiguration
import PostsealEngine
import Sockets
import TestSupport
import Testing

@testable import PostsealDaemon

/// The domains of the tests: what each asks for, and from where it sends.
enum World {
    static let lines = [
        "strict.example TXT \"v=spf1 ip4:192.0.2.1 -all\"", "_dmarc.strict.example TXT \"v=DMARC1; p=reject\"",
        "mild.example TXT \"v=spf1 -all\"", "_dmarc.mild.example TXT \"v=DMARC1; p=quarantine\"",
        "slow.example TXT timeout", "_dmarc.slow.example TXT timeout",
    ]

    /// A configuration on loopback ports that the system chooses, with DNS that answers at once.
    static func configuration(
        milter: ListenAddress = loopback, http: [ListenSocket] = [], further lines: [String] = []
    ) -> DaemonConfiguration {
        var configuration = DaemonConfiguration(authservID: "mx.example")
        configuration.milter.listeners = [ListenSocket(milter)]
        configuration.http.listeners = http
        configuration.dns.source = .recorded(Zone(Self.lines + lines).answers)
        return configuration
    }

    static let loopback = ListenAddress.tcp(.v4(0x7F00_0001), port: 0)

    /// A message of this author, by way of a client that may send for strict.example and for nobody else.
    static func message(_ author: String = "ann@strict.example", login: String? = nil) -> MilterTransaction {
        MilterTransaction(
            connection: MilterConnection(hostName: "[192.0.2.1]", address: .v4(0xC000_0201), port: 25),
            helo: Array("mail.strict.example".utf8), sender: MilterPath(author),
            recipients: [MilterPath("bob@mx.example")],
            fields: [MilterField("From", author), MilterField("Subject", "x"), MilterField("Date", "y")],
            body: Array("Hello\r\n".utf8),
            macros: login.map { [.mail: [MilterMacro("auth_authen", $0)]] } ?? [:])
    }
}

/// Runs a daemon, which says nothing, and stops it.
func withDaemon(
    _ configuration: DaemonConfiguration, _ body: (Daemon, ListenAddress) async throws -> Void
) async throws {
    var parts = DaemonParts(version: "1")
    parts.threads = 2
    let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
    defer { close(nowhere) }
    parts.logDescriptor = nowhere
    let daemon = try await Daemon.start(configuration, parts: parts)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { await daemon.run() }
        do {
            try await body(daemon, try ListenAddress(try #require(daemon.milterAddresses.first)))
        } catch {
            await daemon.stop(grace: .zero)
            throw error
        }
        await daemon.stop(grace: .seconds(60))
    }
}

/// Shows a message to a daemon, over a connection of its own.
func judged(_ message: MilterTransaction, at address: ListenAddress) async throws -> MilterOutcome {
    let client = try await MilterClient.connect(to: address, on: MultiThreadedEventLoopGroup.singleton)
    let outcome = try await client.send(message)
    await client.quit()
    return outcome
}

extension MilterOutcome {
    /// What is put on top of the header: the names of the fields, from the top.
    var newFields: [String] {
        changes.reversed().compactMap { change in
            guard case .insertHeader(index: 0, let name, _) = change else { return nil }
            return String(decoding: name, as: UTF8.self)
        }
    }

    /// The words of the Authentication-Results field.
    var results: String? {
        for case .insertHeader(_, let name, let value) in changes
        where String(decoding: name, as: UTF8.self) == "Authentication-Results" {
            return String(decoding: value, as: UTF8.self)
        }
        return nil
    }

    /// The text of a refusal.
    var refusal: String? {
        guard case .replyCode(let octets) = reply else { return nil }
        return String(decoding: octets, as: UTF8.self)
    }
}
