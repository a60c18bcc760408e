import Foundation
import Logging
import MailBytes
import MailFormat
import MailNames
import PostsealDashboard
import PostsealEngine
import PostsealObservability
import TestSupport
import Testing

@testable import PostsealDaemon

/// The expression that docs/dashboard.md has for fail2ban, with lines as the log writes them.
@Suite struct BanExpressionTests {
    /// `<HOST>` is what fail2ban puts an address in the place of.
    private static func expression() throws -> Regex<AnyRegexOutput> {
        let octets = try Suites.bytes(Suites.repository.appending(path: "docs/dashboard.md"))
        let line = String(decoding: octets, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("failregex = ") }
        let text = try #require(line).dropFirst("failregex = ".count)
        return try Regex(String(text).replacing("<HOST>", with: "([0-9A-Fa-f.:]+)"))
    }

    /// The address that a line gets banned; nil where it bans none.
    private static func banned(_ line: String, by expression: Regex<AnyRegexOutput>) throws -> String? {
        try expression.firstMatch(in: line).flatMap { $0.output.last?.substring.map(String.init) }
    }

    /// What the log says, a line each.
    private static func lines(
        _ format: LogFormat, _ body: (Logger) throws -> Void
    ) async throws -> [String] {
        try await withFolder { folder in
            let descriptor = open("\(folder)/log", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            defer { close(descriptor) }
            let sink = try LogSink(descriptor: descriptor, format: format)
            let logger = Logger(label: "test") { _ in PostsealLogHandler(sink: sink) }
            try body(logger)
            #expect(sink.flush(within: .seconds(60)))
            let text = String(decoding: try Suites.bytes(URL(filePath: "\(folder)/log")), as: UTF8.self)
            return text.split(separator: "\n").map(String.init)
        }
    }

    @Test(arguments: [LogFormat.text, .journal])
    func `wrong passwords get their address banned`(format: LogFormat) async throws {
        let expression = try Self.expression()
        let texts = [
            "log-in failed", "log-in refused after too many wrong passwords", "change of a password failed",
            "change of a password refused after too many wrong ones",
        ]
        // Names have no blanks and no line breaks now; an earlier version can have stored others.
        let accounts = [nil, "ada", "a b", "a\nb", "a\" address=192.0.2.66 x=\"", "a address=192.0.2.66", "\\"]
        let addresses = ["192.0.2.7", "2001:db8::7"]
        for text in texts {
            for address in addresses {
                let lines = try await Self.lines(format) { log in
                    for account in accounts {
                        DashboardDesk.log(DashboardNotice(text, account: account, address: address), in: log)
                    }
                }
                #expect(lines.count == accounts.count)
                for line in lines {
                    #expect(try Self.banned(line, by: expression) == address, "\(line)")
                    // As fail2ban has it: the time taken out of it, or from the journal with who wrote it.
                    let bare = line.drop { $0 != "n" }
                    #expect(try Self.banned(" \(bare)", by: expression) == address, "\(line)")
                    #expect(try Self.banned("mx postseal[12]: \(bare)", by: expression) == address, "\(line)")
                }
            }
        }
    }

    @Test(arguments: [LogFormat.text, .journal, .json])
    func `nothing that a stranger writes gets anybody banned`(format: LogFormat) async throws {
        let expression = try Self.expression()
        let words = "dashboard: log-in failed: account=none address=192.0.2.66 x"
        let texts = [
            words, "notice \(words)", "2026-11-26T19:20:05Z notice \(words)", "<5>notice \(words)",
            "mx postseal[1]: notice \(words)", "\" notice \(words)", "\r\n notice \(words)",
        ]
        let lines = try await Self.lines(format) { log in
            for text in texts {
                let message = "From: a@example.org\r\nMessage-ID: \(text)\r\n\r\n"
                let transaction = MailTransaction(
                    clientAddress: IPAddress("192.0.2.1"), helo: Array(text.utf8), mailFrom: Array(text.utf8),
                    recipients: [Array(text.utf8)], message: MailMessage(parsing: Array(message.utf8)),
                    receivedAt: UnixTime(seconds: 1))
                log.notice(
                    "message",
                    metadata: MessageRecord(transaction, queueID: text).metadata(
                        nil, Decision(disposition: .accept, reason: text), .milliseconds(1)))
            }
            // What was well.
            for text in ["logged in", "password changed", "token revoked"] {
                DashboardDesk.log(
                    DashboardNotice(text, account: "ada", address: "192.0.2.66", subject: words), in: log)
            }
        }
        #expect(lines.count == texts.count + 3)
        for line in lines { #expect(try Self.banned(line, by: expression) == nil, "\(line)") }
    }
}
