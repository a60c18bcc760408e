import HTTPTypes
import MailBytes
import Synchronization
import Testing

@testable import PostsealHTTP

/// `POST /v1/reports`, in front of a taker that is told what to say.
@Suite struct ReportPostTests {
    private final class Taker: HTTPReportTaker {
        let outcome: HTTPReportOutcome
        let roomMax: Int
        let hasRoomAtTheEnd: Bool
        let octets = Mutex<[UInt8]>([])
        let refusals = Mutex(0)

        init(
            outcome: HTTPReportOutcome = .stored(["new": 1]), roomMax: Int = .max, hasRoomAtTheEnd: Bool = true
        ) {
            self.outcome = outcome
            self.roomMax = roomMax
            self.hasRoomAtTheEnd = hasRoomAtTheEnd
        }

        func add(_ more: ArraySlice<UInt8>) -> Bool {
            octets.withLock { octets in
                octets += more
                return octets.count <= roomMax
            }
        }
        func complete() -> [UInt8]? { hasRoomAtTheEnd ? octets.withLock(\.self) : nil }
        func noteBusy() { refusals.withLock { $0 += 1 } }
        func take(_ octets: [UInt8]) async -> HTTPReportOutcome { outcome }
    }

    private static func ask(
        _ taker: Taker?, method: HTTPRequest.Method = .post, fields: [(String, String)] = [], octetsMax: Int = 10,
        pieces: [[UInt8]] = [[1], [2]]
    ) async throws -> HTTPAnswer {
        var settings = HTTPServiceSettings()
        settings.reportOctetsMax = octetsMax
        return try await routes(EngineVerifier(), settings: settings, reports: taker)
            .ask(method, "/v1/reports", fields: fields, pieces: pieces)
    }

    @Test func everyAnswer() async throws {
        var good: Taker { Taker() }
        #expect(try await Self.ask(nil).status.code == 404)
        #expect(try await Self.ask(good, method: .get).status.code == 405)
        #expect(try await Self.ask(good).status.code == 201)
        #expect(try await Self.ask(good, pieces: []).status.code == 400)
        #expect(try await Self.ask(good, fields: [("Content-Length", "11")]).status.code == 413)
        #expect(
            try await Self.ask(good, pieces: [Array(repeating: 1, count: 6), Array(repeating: 1, count: 6)]).status.code
                == 413)
        #expect(
            try await Self.ask(good, fields: [("Content-Type", "multipart/form-data; boundary=a")]).status.code == 415)
        #expect(try await Self.ask(Taker(outcome: .refused("it is none"))).status.code == 422)
        let later = try await Self.ask(Taker(outcome: .later))
        #expect(later.status.code == 503)
        #expect(later.error == "the report can't be stored now; try again later")
    }

    /// What is not undone is no report, whatever is in it (RFC 9110 §15.5.16).
    @Test(arguments: [
        ("gzip", [1, 2], 201), ("X-GZIP", [1, 2], 201), ("identity", [1, 2], 201), ("identity, gzip", [1, 2], 201),
        ("br", [1, 2], 415), ("gzip, br", [1, 2], 415), ("zstd", [1, 2], 415), ("compress", [1, 2], 415),
        // RFC 1950 §2.2: the head of zlib's format; and what deflate begins with alone.
        ("deflate", [0x78, 0x9C], 201), ("deflate", [0x4B, 0x4C], 415), ("deflate", [0x78], 415),
    ])
    func contentCodingsAreUndoneOrRefused(_ coding: String, _ octets: [UInt8], _ status: Int) async throws {
        let answer = try await Self.ask(Taker(), fields: [("Content-Encoding", coding)], pieces: [octets])
        #expect(answer.status.code == status)
    }

    /// An answer says what became of one report: several mails would need several.
    @Test func anMboxOfSeveralMailsIsRefused() async throws {
        let mail = "From a@example.org Fri Nov 20 01:02:03 2026\nFrom: a@example.org\n\nx\n\n"
        for (count, status) in [(1, 201), (2, 415), (3, 415)] {
            let body = Array(String(repeating: mail, count: count).utf8)
            let answer = try await Self.ask(Taker(), octetsMax: 1000, pieces: [body])
            #expect(answer.status.code == status)
            #expect((answer.error?.contains("mbox") == true) == (status == 415))
        }
    }

    @Test func whoFindsNoMemoryComesLater() async throws {
        for taker in [Taker(roomMax: 1), Taker(hasRoomAtTheEnd: false)] {
            let answer = try await Self.ask(taker, pieces: [[1], [2, 3]])
            #expect(answer.status.code == 503)
            #expect(answer.more.contains { $0.name == .retryAfter })
            #expect(taker.refusals.withLock(\.self) == 1)
        }
    }
}
