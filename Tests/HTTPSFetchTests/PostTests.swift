import HTTPSFetch
import MailBytes
import MailNames
import Testing

/// Reports on their way out (RFC 8460 §5.4).
@Suite("Handing over by POST", .timeLimit(.minutes(10)))
struct PostTests {
    private static let body = Array("{\"report\": 1}".utf8)

    private static func upload() throws -> HTTPSUpload {
        try #require(HTTPSUpload(mediaType: "application/tlsrpt+gzip", body: body))
    }

    @Test("What is sent, whole and once")
    func sent() async throws {
        let (outcome, notes) = try await fetch([.send(response("thanks"))], posting: Self.upload())
        #expect(outcome.failure == nil)
        #expect(outcome.document?.body == Array("thanks".utf8))
        let requests = notes.compactMap { if case .request(let text) = $0 { text } else { nil } }
        let request = try #require(requests.first)
        #expect(requests.count == 1)
        #expect(request.hasPrefix("POST /.well-known/mta-sts.txt HTTP/1.1\r\n"))
        #expect(request.contains("\r\nContent-Type: application/tlsrpt+gzip\r\n"))
        #expect(request.contains("\r\nContent-Length: \(Self.body.count)\r\n"))
        #expect(request.hasSuffix("\r\n\r\n" + String(decoding: Self.body, as: UTF8.self)))
    }

    @Test(
        "Any 2xx is a yes, and nothing else is",
        arguments: [
            ("200 OK", nil), ("201 Created", nil), ("202 Accepted", nil), ("204 No Content", nil), ("301 Moved", 301),
            ("307 Elsewhere", 307),
            ("400 Bad Request", 400), ("404 Not Found", 404), ("429 Too Many", 429), ("500 Broken", 500),
            ("503 Later", 503),
        ])
    func answers(_ status: String, _ code: Int?) async throws {
        let text = "HTTP/1.1 \(status)\r\nLocation: https://other.example/\r\nContent-Length: 0\r\n\r\n"
        let answer = status.hasPrefix("204") ? "HTTP/1.1 204 No Content\r\n\r\n" : text
        let (outcome, notes) = try await fetch([.send(answer)], posting: Self.upload())
        #expect(
            outcome.failure
                == code.map {
                    (300..<400).contains($0) ? .redirect($0, location: "https://other.example/") : .status($0)
                })
        // A redirection is not followed.
        #expect(notes.count { $0 == .connected } == 1)
    }

    @Test(
        "Who has said yes has taken it, whatever becomes of the rest of the answer",
        arguments: [
            "Content-Length: 100\r\n\r\nshort", "Content-Length: 1000000\r\n\r\n",
            "Content-Encoding: gzip\r\n\r\n\u{1}",
            "Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nno number\r\n",
            "Content-Length: 200000\r\n\r\n" + String(repeating: "x", count: 200_000),
        ])
    func taken(_ rest: String) async throws {
        let (outcome, _) = try await fetch(
            [.send("HTTP/1.1 201 Created\r\n\(rest)"), .close], posting: Self.upload())
        #expect(outcome.failure == nil && outcome.document?.status == 201, "\(outcome.reason)")
    }

    @Test("A server that proves nothing gets nothing")
    func untrusted() async throws {
        let (outcome, notes) = try await fetch(
            [.send(response("thanks"))], certificate: "self-signed", posting: Self.upload())
        #expect(outcome.failure != nil)
        #expect(!notes.contains { if case .request = $0 { true } else { false } })
    }

    @Test("A media type that would end its field is none", arguments: ["", "a/b\r\nX: y", "a b", "\u{FC}"])
    func mediaTypes(_ text: String) { #expect(HTTPSUpload(mediaType: text, body: []) == nil) }
}
