import MailBytes
import PostsealObservability
import Testing

@testable import PostsealHTTP

@Suite(.timeLimit(.minutes(10))) struct ConnectionTests {
    private let mail = "A: 1\n\nbody\n"

    @Test func `serves request after request on one connection`() async throws {
        let verifier = RecordingVerifier()
        try await withService(verifier) { service in
            try await withClient(service.addresses.first) { client in
                for _ in 0..<3 {
                    try await client.send(post(mail))
                    let answer = try #require(try await client.answer())
                    #expect(answer.status == 200)
                    #expect(answer.fields["connection"] == nil)
                    #expect(answer.fields["date"]?.hasSuffix(" GMT") == true)
                }
                try await client.send("HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                let head = try #require(try await client.answer(toHead: true))
                #expect(head.status == 200 && head.fields["content-length"] == "16")
                try await client.send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n")
                #expect(try await client.answer()?.fields["connection"] == "close")
                #expect(try await client.isAtEnd())
            }
        }
        #expect(verifier.now.finished == 3)
    }

    @Test func `answers requests in their order that come all at once`() async throws {
        try await withService(RecordingVerifier()) { service in
            try await withClient(service.addresses.first) { client in
                let get = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
                let none = "GET /none HTTP/1.1\r\nHost: x\r\n\r\n"
                try await client.send(get + post(mail) + none + post(mail) + get + "broken\r\n\r\n" + get)
                var statuses: [Int] = []
                while let answer = try await client.answer() { statuses.append(answer.status) }
                #expect(statuses == [200, 200, 404, 200, 200, 400])
            }
        }
    }

    @Test func `takes a message in chunks, whatever the pieces`() async throws {
        let verifier = RecordingVerifier()
        let request = Array(
            ("POST /v1/verify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3\r\nA: \r\n1;x=\"y\"\r\n1\r\n4\r\n\n\nbo\r\n2\r\ndy\r\n0\r\nTrailer: 1\r\n\r\n").utf8)
        try await withService(verifier) { service in
            try await withClient(service.addresses.first) { client in
                for size in [1, 2, 5, 17, request.count] {
                    for start in stride(from: 0, to: request.count, by: size) {
                        try await client.send(Array(request[start..<min(start + size, request.count)]))
                    }
                    #expect(try await client.answer()?.status == 200)
                }
            }
        }
        #expect(verifier.now.headers == Array(repeating: Array("A: 1\r\n\r\n".utf8), count: 5))
        #expect(verifier.now.bodies == Array(repeating: Array("body".utf8), count: 5))
    }

    @Test func `tells a client that its message is wanted before it is sent`() async throws {
        try await withService(RecordingVerifier()) { service in
            try await withClient(service.addresses.first) { client in
                let head = "POST /v1/verify HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: "
                try await client.send(head + "\(mail.utf8.count)\r\n\r\n")
                #expect(try await client.answer()?.status == 100)
                try await client.send(mail)
                #expect(try await client.answer()?.status == 200)
                try await client.send(head + "999999999\r\n\r\n")
                #expect(try await client.answer()?.status == 413)
                #expect(try await client.isAtEnd())
            }
        }
    }

    @Test func `an offer to speak another protocol is left unanswered`() async throws {
        let verifier = RecordingVerifier()
        let offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n"
        try await withService(verifier) { service in
            for text in [
                "GET /healthz HTTP/1.1\r\nHost: x\r\n\(offer)\r\n",
                "POST /v1/verify HTTP/1.1\r\nHost: x\r\n\(offer)Content-Length: 11\r\n\r\n\(mail)",
            ] {
                try await withClient(service.addresses.first) { client in
                    try await client.send(text)
                    #expect(try await client.answer()?.status == 200)
                    #expect(try await client.isAtEnd())
                }
            }
        }
        #expect(verifier.now.finished == 1)
    }

    @Test func `odd octets in targets and fields do no harm`() async throws {
        try await withService(RecordingVerifier()) { service in
            for text in [
                "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "GET /\u{e9} HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /?a=%\u{e9} HTTP/1.1\r\nHost: \u{e9}\r\nX: \u{e9}\ty\r\n\r\n",
                "GET http://[:::/x?y HTTP/1.1\r\nHost: x\r\n\r\n", "GET ?x HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nHost: x\r\nX!#$%&'*+-.^_`|~: y\r\n:\r\n\r\n",
                "M-SEARCH / HTTP/1.1\r\nHost: x\r\n\r\n",
            ] {
                for octets in [Array(text.utf8), text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }] {
                    try await withClient(service.addresses.first) { client in
                        try await client.send(octets)
                        client.endSending()
                        if let answer = try await client.answer() { #expect((200..<506).contains(answer.status)) }
                        #expect(try await client.isAtEnd())
                    }
                }
            }
        }
    }

    @Test func `a client that has ended its sending still gets its answer`() async throws {
        try await withService(RecordingVerifier()) { service in
            try await withClient(service.addresses.first) { client in
                try await client.send(post(mail))
                client.endSending()
                #expect(try await client.answer()?.status == 200)
                #expect(try await client.isAtEnd())
            }
        }
    }

    @Test func `half a message is never judged`() async throws {
        let verifier = RecordingVerifier()
        let half = "POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n" + mail
        let halfChunked =
            "POST /v1/verify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + "b\r\n\(mail)\r\n"
        try await withService(verifier) { service in
            for text in [half, halfChunked] {
                try await withClient(service.addresses.first) { client in
                    try await client.send(text)
                    client.endSending()
                    #expect(try await client.answer()?.status == 400)
                }
                // Gone without a word.
                try await withClient(service.addresses.first) { client in try await client.send(text) }
            }
        }
        #expect(verifier.now.finished == 0)
        #expect(verifier.now.abandoned == verifier.now.envelopes.count)
    }

    @Test func `a message that is too large is refused early, and the client gets to read that`() async throws {
        var settings = HTTPServiceSettings()
        settings.messageOctetsMax = 1000
        let verifier = RecordingVerifier()
        let fill = String(repeating: "x", count: 100_000)
        try await withService(verifier, settings: settings) { service in
            try await withClient(service.addresses.first) { client in
                try await client.send(post(mail + fill))
                let answer = try #require(try await client.answer())
                #expect(answer.status == 413)
                #expect(answer.error == "the message is larger than 1000 octets")
                #expect(answer.fields["connection"] == "close")
                #expect(try await client.isAtEnd())
            }
            try await withClient(service.addresses.first) { client in
                try await client.send("POST /v1/verify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
                try await client.send("186a0\r\n" + fill)
                #expect(try await client.answer()?.status == 413)
                #expect(try await client.isAtEnd())
            }
        }
        #expect(verifier.now.finished == 0)
    }

    @Test func `a slow body, a slow header and a silent connection end in time`() async throws {
        var settings = HTTPServiceSettings()
        settings.requestTimeout = .milliseconds(50)
        let verifier = RecordingVerifier()
        try await withService(verifier, settings: settings) { service in
            try await withClient(service.addresses.first) { client in
                try await client.send("POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n" + mail)
                let answer = try #require(try await client.answer())
                #expect(answer.status == 408)
                #expect(answer.error == "the request did not come in whole in time")
                #expect(try await client.isAtEnd())
            }
        }
        settings.idleTimeout = .milliseconds(50)
        try await withService(verifier, settings: settings) { service in
            for text in ["", "GET / HTTP/1.1\r\nHost: x\r\nSlow: ", "GET"] {
                try await withClient(service.addresses.first) { client in
                    try await client.send(text)
                    #expect(try await client.isAtEnd())
                }
            }
        }
        #expect(verifier.now.finished == 0 && verifier.now.abandoned == 1)
    }

    @Test func `a client that reads nothing is not served for ever`() async throws {
        var settings = HTTPServiceSettings()
        settings.writeTimeout = .milliseconds(100)
        settings.idleTimeout = .milliseconds(500)
        let get = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
        try await withService(RecordingVerifier(), settings: settings) { service in
            try await withClient(service.addresses.first) { client in
                // More than the buffers of both sides hold; the rest of the requests meets a closed connection.
                try? await client.send(String(repeating: get, count: 3000))
            }
        }
    }

    @Test func `connections beyond the limit are told to come back`() async throws {
        var settings = HTTPServiceSettings()
        settings.connectionsMax = 1
        let get = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        try await withService(RecordingVerifier(), settings: settings) { service in
            try await withClient(service.addresses.first) { first in
                try await first.send(get)
                #expect(try await first.answer()?.status == 200)
                try await withClient(service.addresses.first) { second in
                    try await second.send(get)
                    let answer = try #require(try await second.answer())
                    #expect(answer.status == 503 && answer.fields["retry-after"] == "5")
                    #expect(try await second.isAtEnd())
                }
                try await first.send(get)
                #expect(try await first.answer()?.status == 200)
            }
        }
    }
}
