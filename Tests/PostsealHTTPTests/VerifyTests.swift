import HTTPTypes
import MailBytes
import MailFormat
import MailNames
import PostsealEngine
import PostsealObservability
import Testing

@testable import PostsealHTTP

@Suite struct VerifyTests {
    private func pieces(_ octets: [UInt8], of size: Int) -> [[UInt8]] {
        stride(from: 0, to: octets.count, by: size).map { Array(octets[$0..<min($0 + size, octets.count)]) }
    }

    @Test(arguments: try Samples.all().map(\.name))
    func `gives the object that the command prints, whatever the pieces`(name: String) async throws {
        let sample = try #require(try Samples.all().first { $0.name == name })
        let verifier = try EngineVerifier()
        let expected = await verifier.expected(sample.octets, sample.envelope)
        #expect(expected["file"] == .null)
        let forms = [sample.octets, MailMessage.withNetworkLineEndings(sample.octets)]
        for (octets, size) in forms.flatMap({ form in [1, 2, 3, 61, 1000, 1 << 20].map { (form, $0) } }) {
            let answer = try await routes(verifier)
                .ask(.post, "/v1/verify?" + sample.query, pieces: pieces(octets, of: size))
            #expect(answer.status == .ok)
            #expect(answer.contentType == "application/json")
            #expect(answer.text == expected.text + "\n")
        }
    }

    @Test func `explains if asked to`() async throws {
        let sample = try #require(try Samples.all().first)
        let verifier = try EngineVerifier()
        let expected = await verifier.expected(sample.octets, sample.envelope, explaining: true)
        #expect(expected["trace"]?.arrayValue?.isEmpty == false)
        for word in ["explain=true", "explain=yes", "explain=1", "explain", "explain="] {
            let answer = try await routes(verifier)
                .ask(.post, "/v1/verify?\(sample.query)&\(word)", pieces: [sample.octets])
            #expect(answer.text == expected.text + "\n")
        }
        let plain = try await routes(verifier)
            .ask(.post, "/v1/verify?\(sample.query)&explain=false", pieces: [sample.octets])
        #expect(plain.value["trace"] == nil)
    }

    static let messages = [
        "A: 1\r\n\r\nbody\r\n", "A: 1\n\nbody\n", "A: 1\r\n", "A: 1", "\r\nbody", "\n\n\n", "A: 1\n\r\nbody\r",
        "A: 1\r\n\r\n", "no field\r\nB: 2\r\n\r\nbody", "A: 1\r\nno field\r\nmore\r\n\r\nbody\n\nend",
        "A: 1\r\r\n\r\nx",
        "From x@y Mon\nA: 1\n\nbody", "A: 1\r\n \r\nB: 2\r\n\r\n\r\n\r\n", "\r\r\n\r\nx", "x\r", "\r", "\n", "A:\r\n\r",
    ]

    @Test(arguments: messages)
    func `header and body are those of the whole message, whatever the pieces`(text: String) async throws {
        let octets = Array(text.utf8)
        let message = MailMessage(parsing: MailMessage.withNetworkLineEndings(octets))
        for size in 1...octets.count {
            let verifier = RecordingVerifier()
            let answer = try await routes(verifier).ask(.post, "/v1/verify", pieces: pieces(octets, of: size))
            #expect(answer.status == .ok)
            #expect(verifier.now.headers == [Array(message.bytes[..<message.body.lowerBound])])
            #expect(verifier.now.bodies == [Array(message.bodyBytes)])
            #expect(verifier.now.finished == 1 && verifier.now.abandoned == 0)
        }
    }

    @Test func `a body that nobody needs is counted and not looked at`() async throws {
        let verifier = RecordingVerifier(needsBody: false)
        var settings = HTTPServiceSettings()
        settings.messageOctetsMax = 20
        let routes = routes(verifier, settings: settings)
        let good = try await routes.ask(.post, "/v1/verify", pieces: [Array("A: 1\n\n".utf8), Array("body".utf8)])
        #expect(good.status == .ok)
        let bad = try await routes.ask(
            .post, "/v1/verify", pieces: [Array("A: 1\n\n".utf8), Array("body that goes on".utf8)])
        #expect(bad.status.code == 413)
        #expect(verifier.now.bodies == [[], []])
        #expect(verifier.now.abandoned == 1)
    }

    @Test func `the envelope comes from the query, and from fields where that is silent`() async throws {
        let verifier = RecordingVerifier()
        let fields = [
            ("IP", "192.0.2.1"), ("helo", "field.example"), ("From", "<f@field.example>"), ("Rcpt", "<a@x.example>"),
            ("Rcpt", "b@x.example"),
        ]
        let message = [Array("A: 1\n\n".utf8)]
        let routes = routes(verifier)
        _ = try await routes.ask(.post, "/v1/verify", fields: fields, pieces: message)
        _ = try await routes.ask(
            .post, "/v1/verify?ip=2001%3adb8::1&mail-from=q%2Bx+y%40q.example&rcpt=%3cc@x.example%3E", fields: fields,
            pieces: message)
        _ = try await routes.ask(.post, "/v1/verify?mail-from=&ip=[IPv6:2001:db8::2]", pieces: message)
        _ = try await routes.ask(.post, "/v1/verify?", fields: [("From", "<>"), ("IP", "")], pieces: message)
        let envelopes = verifier.now.envelopes
        #expect(envelopes.map { $0.clientAddress?.text } == ["192.0.2.1", "2001:db8::1", "2001:db8::2", nil])
        #expect(envelopes.map(\.helo) == ["field.example", "field.example", "", ""].map { Array($0.utf8) })
        #expect(envelopes.map(\.mailFrom) == ["f@field.example", "q+x+y@q.example", "", ""].map { Array($0.utf8) })
        #expect(
            envelopes.map(\.recipients)
                == [["a@x.example", "b@x.example"], ["c@x.example"], [], []].map { list in
                    list.map { Array($0.utf8) }
                })
        #expect(envelopes.allSatisfy { $0.receivedAt == EngineVerifier.moment })
    }

    static let badRequests: [(target: String, fields: [(String, String)], status: Int)] = [
        ("?ip=300.1.2.3", [], 400), ("", [("IP", "localhost")], 400), ("?ip=1.2.3.4&ip=1.2.3.4", [], 400),
        ("?helo=a&helo=b", [], 400), ("?mailfrom=a", [], 400), ("?=a", [], 400), ("?ip=%zz", [], 400),
        ("?helo=%0d%0a", [], 400), ("?mail-from=a%00b", [], 400), ("?rcpt=%7f", [], 400), ("?explain=maybe", [], 400),
        ("?helo=%", [], 400), ("?helo=%4", [], 400), ("?helo=" + String(repeating: "x", count: 5000), [], 400),
        ("?" + String(repeating: "rcpt=a&", count: 1001), [], 400),
        ("", [("Content-Type", "multipart/form-data; boundary=x")], 415), ("", [("Content-Encoding", "gzip")], 415),
        ("", [("Content-Type", "Application/JSON")], 415), ("", [("Content-Length", "99999999999")], 413),
    ]

    @Test(arguments: badRequests.indices)
    func `refuses what is no envelope or no message`(index: Int) async throws {
        let example = Self.badRequests[index]
        let verifier = RecordingVerifier()
        let answer = try await routes(verifier).ask(
            .post, "/v1/verify" + example.target, fields: example.fields, pieces: [Array("A: 1\n\n".utf8)])
        #expect(answer.status.code == example.status)
        #expect(answer.error?.isEmpty == false)
        #expect(verifier.now.envelopes.isEmpty)
    }

    @Test(arguments: ["message/rfc822", "text/plain; charset=utf-8", "application/x-www-form-urlencoded", ""])
    func `takes a message of any other type`(type: String) async throws {
        let answer = try await routes(RecordingVerifier()).ask(
            .post, "/v1/verify", fields: [("Content-Type", type), ("Content-Encoding", "identity")],
            pieces: [Array("A: 1\n\n".utf8)])
        #expect(answer.status == .ok)
    }

    @Test func `an empty body is no message`() async throws {
        for pieces in [[], [[]], [[], []]] as [[[UInt8]]] {
            let answer = try await routes(RecordingVerifier()).ask(.post, "/v1/verify", pieces: pieces)
            #expect(answer.status.code == 400)
            #expect(answer.error == "there is no message: the body is empty")
        }
    }

    @Test func `messages and headers have limits, each with its own sentence`() async throws {
        var settings = HTTPServiceSettings()
        settings.messageOctetsMax = 100
        settings.messageHeaderOctetsMax = 50
        let verifier = RecordingVerifier()
        let routes = routes(verifier, settings: settings)
        func status(_ text: String, by size: Int) async throws -> Int {
            try await routes.ask(.post, "/v1/verify", pieces: pieces(Array(text.utf8), of: size)).status.code
        }
        let fill = String(repeating: "x", count: 80)
        for size in [1, 7, 100] {
            #expect(try await status("A: 1\r\n\r\n" + fill, by: size) == 200)
            #expect(try await status("A: 1\r\n\r\n" + fill + fill, by: size) == 413)
            #expect(try await status("A: " + fill, by: size) == 413)
            #expect(try await status("A: " + fill + "\r\n\r\n", by: size) == 413)
            // No field at all: the verdict tells, and not a limit.
            #expect(try await status("line\r\n" + fill, by: size) == 200)
            #expect(try await status(fill, by: size) == 413)
        }
    }

    @Test func `overload and failure are told as such, and never as a verdict`() async throws {
        let message = [Array("A: 1\n\n".utf8)]
        for verifier in [RecordingVerifier(hasRoom: false), RecordingVerifier(outcome: { .overload })] {
            let answer = try await routes(verifier).ask(.post, "/v1/verify", pieces: message)
            #expect(answer.status.code == 503)
            #expect(answer.more.first { $0.name == .retryAfter }?.value == "5")
        }
        let failed = try await routes(RecordingVerifier(outcome: { .failure })).ask(
            .post, "/v1/verify", pieces: message)
        #expect(failed.status.code == 500)
        #expect(failed.error == "the message could not be checked")
    }
}
