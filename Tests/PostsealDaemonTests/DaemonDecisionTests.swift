import Foundation
import MilterProtocol
import PostsealConfiguration
import PostsealEngine
import PostsealObservability
import Sockets
import Testing

@testable import PostsealDaemon

/// What a decision is to the mail server, and which keys a reload cannot change.
@Suite struct DaemonDecisionTests {
    @Test("Accepting and quarantining take the message") func taken() {
        #expect(MilterVerdict(Decision(disposition: .accept, reason: "")) == .accept)
        #expect(MilterVerdict(Decision(disposition: .quarantine, reason: "")) == .accept)
    }

    @Test("Refusals say the engine's own words") func refused() throws {
        let words = SMTPReply(code: 550, enhancedCode: "5.7.1", text: "no")
        let text = try MilterReplyText(code: 550, enhanced: "5.7.1", lines: ["no"])
        #expect(MilterVerdict(Decision(disposition: .reject, reply: words, reason: "")) == .reply(text))
        #expect(MilterVerdict(Decision(disposition: .reject, reason: "")) == .reject)
        #expect(MilterVerdict(Decision(disposition: .tempfail, reason: "")) == .tempfail)
    }

    @Test("A place is taken and given back; more than may be get none") func places() {
        let all = MessagesInFlight(gauge: Metrics(version: "1", startedAt: LogSink.systemTime()).messagesInFlight)
        var first = all.enter(max: 1)
        #expect(first != nil && all.enter(max: 1) == nil && all.current == 1)
        first = nil
        #expect(all.current == 0 && all.enter(max: 1) != nil)
    }

    @Test("What needs a restart is named, and what does not is not") func fixedKeys() {
        let old = DaemonConfiguration(authservID: "mx.example")
        var new = old
        new.guardSettings.policy.isDryRun = true
        new.milter.messagesMax = 7
        new.milter.connectionsMax = 7
        new.milter.timeout = .seconds(1)
        new.http.listeners = [ListenSocket(.unix("/run/http"))]
        new.log.level = .debug
        #expect(new.keysFixed(since: old).isEmpty)
        new.log.format = .json
        #expect(new.keysFixed(since: old) == ["log.format"])
    }

    @Test("That reports come in now, or no more, is said to need a restart, and nothing else")
    func intake() throws {
        let old = DaemonConfiguration(authservID: "mx.example")
        var new = old
        new.reports.folders = ["/srv/reports"]
        #expect(
            new.obstacle(since: old)
                == "reports (reports.addresses, folders, lmtp, posts) are taken in only after a restart")
        #expect(old.obstacle(since: new)?.contains("are not taken in any more only after a restart") == true)
        var other = new
        other.reports.folders = ["/srv/others"]
        #expect(other.obstacle(since: new) == nil)
        other.reports.store = .file("/srv/r.db")
        #expect(other.obstacle(since: new) == "reports.store cannot be changed without a restart")
    }

    @Test("The documents say what needs a restart") func documents() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs")
        for name in ["daemon.md", "postseal.yaml"] {
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
                .replacing("`", with: "").replacing("\n# ", with: " ")
                .split(whereSeparator: \.isWhitespace).joined(separator: " ")
            for key in RestartKey.allCases { #expect(text.contains(key.rawValue), "\(name): \(key)") }
        }
    }
}
