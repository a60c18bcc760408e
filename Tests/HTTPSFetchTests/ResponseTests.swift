import Certificates
import DNS
import HTTPSFetch
import MailNames
import Testing

@Suite("Responses of policy hosts", .timeLimit(.minutes(10)))
struct ResponseTests {
    private let policy = "version: STSv1\r\nmode: none\r\nmax_age: 60\r\n"

    @Test("What is asked, and what is got")
    func good() async throws {
        let (outcome, notes) = try await fetch([.send(response(policy))])
        #expect(outcome.document == HTTPSDocument(body: Array(policy.utf8), mediaType: "text/plain"))
        #expect(outcome.failure == nil)
        let peer = try #require(outcome.peer)
        #expect(peer.address.text == "127.0.0.1")
        #expect(peer.tlsVersion == "TLSv1.3")
        #expect(peer.verdict == .trusted(depth: 1))
        #expect(peer.chain?.leaf.identifiers().map(\.description) == ["mta-sts.example.org"])
        #expect(outcome.answers.map(\.question.type) == [.aaaa, .a])
        #expect(outcome.attempts.isEmpty && outcome.refused.isEmpty)
        #expect(
            outcome.reason == "https://mta-sts.example.org/.well-known/mta-sts.txt at 127.0.0.1: 41 octets")
        #expect(notes.contains(.named("mta-sts.example.org")))
        let requests = notes.compactMap { if case .request(let text) = $0 { text } else { nil } }
        let lines = requests.first?.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init) ?? []
        #expect(requests.count == 1)
        #expect(lines.first == "GET /.well-known/mta-sts.txt HTTP/1.1")
        #expect(lines.contains { $0.hasPrefix("Host: mta-sts.example.org:") })
        #expect(
            Set(lines.dropFirst().filter { !$0.hasPrefix("Host:") }) == [
                "User-Agent: postseal", "Accept: */*", "Connection: close", "",
            ])
    }

    @Test(
        "Forms of a good response",
        arguments: [
            (["HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc"], "text/plain"),
            (
                [
                    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n",
                    "3\r\nabc\r\n0\r\n\r\n",
                ], "text/plain"
            ),
            (
                [
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\na\r\n", "2\r\nb",
                    "c\r\n0\r\nTrailer: x\r\n\r\n",
                ], nil
            ),
            (["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"], nil),
            (
                ["HTTP/1.0 200 OK\r\nContent-Type: Text/Plain; charset=us-ascii\r\nContent-Length: 3\r\n\r\nabc"],
                "text/plain"
            ),
            (
                ["HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\n\r\n"],
                "text/html"
            ),
            (["HTTP/1.1 200 OK\r\nContent-Type: nothing\r\nContent-Length: 3\r\nSet-Cookie: a=b\r\n\r\nabc"], nil),
            (
                [
                    "HTTP/1.1 200 OK\r\nContent-Type: a/b/c\r\nContent-Encoding: identity\r\n",
                    "Content-Length: 3\r\n\r\nabc",
                ], nil
            ),
        ])
    func forms(_ texts: [String], _ mediaType: String?) async throws {
        let (outcome, _) = try await fetch(texts.map { .send($0) })
        #expect(outcome.document == HTTPSDocument(body: Array("abc".utf8), mediaType: mediaType), "\(outcome.reason)")
    }

    @Test("Octet by octet it is the same")
    func octetByOctet() async throws {
        let (outcome, _) = try await fetch(response("abc").map { .send(String($0)) })
        #expect(outcome.document?.body == Array("abc".utf8))
    }

    @Test("A body that ends with the connection counts if TLS ends too, and else may have been cut")
    func endOfConnection() async throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
        let (whole, _) = try await fetch([.send(head + "abc"), .close])
        #expect(whole.document?.body == Array("abc".utf8))
        let (cut, _) = try await fetch([.send(head + "abc"), .cut])
        #expect(cut.failure == .closed(.body))
    }

    @Test(
        "Any other status",
        arguments: [
            ("404 Not Found", 404), ("500 Internal Server Error", 500), ("201 Created", 201), ("204 No Content", 204),
            ("206 Partial Content", 206), ("410 Gone", 410), ("101 Switching Protocols", 101),
        ])
    func status(_ line: String, _ code: Int) async throws {
        let (outcome, _) = try await fetch([.send(response(policy, status: line))])
        #expect(outcome.failure == .status(code))
        #expect(outcome.failure?.policyReportType == "sts-policy-fetch-error")
    }

    @Test("Redirects are not followed", arguments: [301, 302, 303, 307, 308, 300, 304])
    func redirect(_ code: Int) async throws {
        let place = "Location: https://www.example.org/é\r\n"
        let (outcome, notes) = try await fetch([.send(response("", place, status: "\(code) Elsewhere"))])
        #expect(outcome.failure == .redirect(code, location: "https://www.example.org/??"))
        #expect(outcome.reason.hasSuffix("the server redirects (status \(code)), which is not followed"))
        #expect(notes.filter { $0 == .connected }.count == 1)
    }

    @Test(
        "Too much",
        arguments: [
            ([.send("HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n")], HTTPSFetchStage.body),
            ([.send("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n")], .body),
            ([.send("HTTP/1.1 200 OK\r\n\r\n"), .flood(String(repeating: "x", count: 1000))], .body),
            (
                [
                    .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
                    .flood("3e8\r\n\(String(repeating: "x", count: 1000))\r\n"),
                ], .body
            ),
            (
                [
                    .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;"),
                    .flood(String(repeating: "x", count: 1000)),
                ], .body
            ),
            ([.send("HTTP/1.1 200 OK\r\nX: "), .flood(String(repeating: "x", count: 1000))], .response),
            ([.send("HTTP/1.1 200 OK\r\n"), .flood(String(repeating: "X: y\r\n", count: 50))], .response),
            ([.flood(String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 50))], .response),
            ([.send("HTTP/1.1 200 "), .flood(String(repeating: "x", count: 1000))], .response),
        ] as [([ServerStep], HTTPSFetchStage)])
    func tooLong(_ steps: [ServerStep], _ stage: HTTPSFetchStage) async throws {
        let (outcome, _) = try await fetch(steps) {
            $0.bodyOctetsMax = 10_000
            $0.headerOctetsMax = 5000
        }
        #expect(outcome.failure == .tooLong(stage))
    }

    @Test("As much as there may be")
    func asMuchAsMayBe() async throws {
        let body = String(repeating: "x", count: 64 * 1024)
        let (whole, _) = try await fetch([.send(response(body))])
        #expect(whole.document?.body.count == 65_536)
        let (chunked, _) = try await fetch(
            [.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
                + (0..<64).map { _ in .send("400\r\n\(String(repeating: "y", count: 1024))\r\n") } + [
                    .send("0\r\n\r\n")
                ])
        #expect(chunked.document?.body.count == 65_536)
    }

    @Test(
        "What is no HTTP, or none that was asked for",
        arguments: [
            "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/2.0 200 OK\r\n\r\n", "\r\n\r\n\r\nabc\r\n", "HTTP/1.1 abc\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\nx",
        ])
    func malformed(_ text: String) async throws {
        let (outcome, _) = try await fetch([.send(text)])
        guard case .malformed = outcome.failure else {
            Issue.record("\(text.debugDescription): \(outcome.reason)")
            return
        }
        #expect(outcome.peer?.verdict == .trusted(depth: 1))
    }

    @Test(
        "Connections that end too early",
        arguments: [
            ([.close], HTTPSFetchStage.response), ([.cut], .response),
            ([.send("HTTP/1.1 200 OK\r\nCont"), .close], .response),
            ([.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"), .close], .body),
            ([.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"), .cut], .body),
            ([.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), .close], .body),
        ] as [([ServerStep], HTTPSFetchStage)])
    func closed(_ steps: [ServerStep], _ stage: HTTPSFetchStage) async throws {
        let (outcome, _) = try await fetch(steps)
        #expect(outcome.failure == .closed(stage))
    }
}
