import MailNames
import MilterServer
import Sockets
import Synchronization
import Testing

@testable import PostsealDemo

/// Takes what is printed.
final class Paper: Sendable {
    private let text = Mutex<[String]>([])

    var lines: [String] { text.withLock { $0 } }

    func write(_ line: String) { text.withLock { $0.append(line) } }
}

/// The demo as it is run, with the real daemon and real sockets.
@Suite struct DemoRunTests {
    static func options() throws -> DemoOptions {
        var options = try DemoOptions(
            version: "test", milter: "tcp:127.0.0.1:0", http: "tcp:127.0.0.1:0",
            dashboard: "tcp:127.0.0.1:0")
        options.isOnce = true
        options.trapsSignals = false
        return options
    }

    @Test("Over the milter's socket, too, every message comes out as its story says; the text fits 100 columns")
    func once() async throws {
        let paper = Paper()
        let isGood = try await Demo(try Self.options()) { paper.write($0) }.run()
        let lines = paper.lines
        #expect(isGood, "\(lines.filter { $0.contains("NOT ") })")
        #expect(lines.allSatisfy { $0.count <= DemoStyle.columns }, "\(lines.filter { $0.count > 100 })")
        #expect(!lines.contains { $0.unicodeScalars.contains("\u{1B}") })
        for text in ["550 5.7.1", "451 4.7.1", "forged Authentication-Results removed", "24 messages"] {
            #expect(lines.contains { $0.contains(text) }, "\(text)")
        }
    }

    @Test("A port that is taken is said in one sentence")
    func portInUse() async throws {
        let paper = Paper()
        var options = try Self.options()
        options.http = .tcp(.v4(0xC000_024D), port: 80)
        await #expect(throws: (any Error).self) { try await Demo(options) { paper.write($0) }.run() }
        #expect(paper.lines.isEmpty)
    }

    static let places: [(text: String, isGood: Bool)] = [
        ("tcp:127.0.0.1:8891", true), ("tcp:[::1]:0", true), ("unix:/tmp/x.sock", true), ("8891", false),
        ("tcp:localhost:1", false), ("tcp:127.0.0.1:99999", false), ("", false),
    ]

    @Test("Addresses", arguments: places)
    func addresses(_ example: (text: String, isGood: Bool)) {
        let milter = try? DemoOptions(version: "test", milter: example.text)
        let http = try? DemoOptions(version: "test", http: example.text)
        #expect((milter != nil) == example.isGood)
        #expect((http != nil) == example.isGood)
    }

    @Test("What to type next fits the sockets")
    func invitation() throws {
        let tcp = DemoPlaces(milter: try .init("tcp:127.0.0.1:8891"), http: try .init("tcp:127.0.0.1:8027"))
        #expect(tcp.postfixAddress == "inet:127.0.0.1:8891")
        #expect(tcp.curl("", tcp.url("/metrics")) == "curl http://127.0.0.1:8027/metrics")
        let unix = DemoPlaces(milter: try .init("unix:/run/m.sock"), http: try .init("unix:/run/h.sock"))
        #expect(unix.postfixAddress == "unix:/run/m.sock")
        #expect(unix.curl("", unix.url("/metrics")) == "curl --unix-socket /run/h.sock http://localhost/metrics")
        let six = DemoPlaces(milter: try .init("tcp:[::1]:8891"), http: try .init("tcp:[::1]:8027"))
        #expect(six.postfixAddress == "inet:[::1]:8891" && six.url("/") == "http://[::1]:8027/")
        let paper = Paper()
        DemoPrinter(style: DemoStyle(hasColours: false)) { paper.write($0) }.invite(tcp, postseal: "postseal")
        #expect(paper.lines.allSatisfy { $0.count <= DemoStyle.columns }, "\(paper.lines)")
    }
}
