import PostsealObservability
import Testing

@testable import PostsealHTTP

/// Requests whose end two programs could see in different places. Each is refused, the connection is closed, and what
/// stands behind is not taken for a request.
@Suite(.timeLimit(.minutes(10))) struct SmugglingTests {
    static let requests: [(fields: String, body: String, status: Int)] = [
        ("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n", "0\r\n\r\n", 400),
        ("Content-Length: 6\r\nContent-Length: 7\r\n", "A: 1\n\n", 400),
        ("Content-Length: 6\r\nContent-Length: 6\r\n", "A: 1\n\n", 400),
        ("Content-Length: 6, 6\r\n", "A: 1\n\n", 400), ("Content-Length: +6\r\n", "A: 1\n\n", 400),
        ("Content-Length: -6\r\n", "A: 1\n\n", 400), ("Content-Length: 0x6\r\n", "A: 1\n\n", 400),
        ("Content-Length: 99999999999999999999999\r\n", "A: 1\n\n", 400),
        ("Content-Length: \r\n", "A: 1\n\n", 400), ("Content-Length : 6\r\n", "A: 1\n\n", 400),
        (" Content-Length: 6\r\n", "A: 1\n\n", 400), ("X: y\r\n Content-Length: 6\r\n", "A: 1\n\n", 400),
        ("Content-Length: 6\r\nX: a\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n", 400),
        ("Content-Length\u{0B}: 6\r\n", "A: 1\n\n", 400), ("Content-Length: 6\u{0}\r\n", "A: 1\n\n", 400),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n", 400),
        ("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n", 501),
        ("Transfer-Encoding: identity\r\n", "0\r\n\r\n", 501),
        ("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n", 501),
        ("Transfer-Encoding : chunked\r\n", "0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked\r\n", "6\nA: 1\n\n\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked\r\n", "+6\r\nA: 1\n\n\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked\r\n", "0x6\r\nA: 1\n\n\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked\r\n", "6 \r\nA: 1\n\n\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked\r\n", "6\r\nA: 1\n\nX\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked\r\n", "fffffffffffffffffffff\r\nA: 1\n\n", 400),
        ("Transfer-Encoding: chunked\r\n", "6\r\nA: 1\n\n\n0\r\n\r\n", 400),
        ("Host: y\r\nContent-Length: 6\r\n", "A: 1\n\n", 400), ("Expect: more\r\nContent-Length: 6\r\n", "", 417),
    ]

    @Test(arguments: requests.indices)
    func `a request with two possible ends is refused`(index: Int) async throws {
        let example = Self.requests[index]
        let verifier = RecordingVerifier()
        try await withService(verifier) { service in
            try await withClient(service.addresses.first) { client in
                let second = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
                try await client.send(
                    "POST /v1/verify HTTP/1.1\r\nHost: x\r\n" + example.fields + "\r\n" + example.body + second)
                let answer = try #require(try await client.answer())
                #expect(answer.status == example.status)
                #expect(answer.error?.isEmpty == false)
                #expect(answer.fields["connection"] == "close")
                #expect(try await client.isAtEnd())
            }
        }
        #expect(verifier.now.finished == 0)
    }

    private static let value = String(repeating: "x", count: 300)

    static let heads: [(text: String, status: Int)] = [
        ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        ("CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 501), ("GET / HTTP/0.9\r\n\r\n", 505), ("GET /\r\n\r\n", 505),
        ("GET / / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("get / HTTP/1.1\r\nHost: x\r\n\r\n", 400), ("G\u{0}T / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}", 400), ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        ("POST /v1/verify HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "x", count: 70_000))\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: x\r\n\(String(repeating: "X: \(value)\r\n", count: 300))\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: x\r\n\(String(repeating: "X: y\r\n", count: 1200))\r\n", 431),
        ("GET /\(String(repeating: "x", count: 40_000)) HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    ]

    @Test(arguments: heads.indices)
    func `what is no request of HTTP 1 is refused`(index: Int) async throws {
        let example = Self.heads[index]
        let metrics = testMetrics()
        try await withService(RecordingVerifier(), metrics: metrics) { service in
            try await withClient(service.addresses.first) { client in
                try await client.send(example.text)
                let answer = try #require(try await client.answer())
                #expect(answer.status == example.status)
                #expect(answer.error?.isEmpty == false)
                #expect(try await client.isAtEnd())
            }
        }
        #expect(metrics.httpRequests.current(.other, HTTPStatusLabel(status: example.status)) == 1)
    }

    @Test func `HTTP 1.0 is answered, and its connection ends`() async throws {
        try await withService(RecordingVerifier()) { service in
            try await withClient(service.addresses.first) { client in
                try await client.send("GET /healthz HTTP/1.0\r\n\r\n")
                #expect(try await client.answer()?.status == 200)
                #expect(try await client.isAtEnd())
            }
        }
    }
}
