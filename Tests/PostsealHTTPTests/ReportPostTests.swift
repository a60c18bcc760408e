import HTTPTypes
import MailBytes
import Testing

@testable import PostsealHTTP

/// `POST /v1/reports`, in front of a taker that is told what to say.
@Suite struct ReportPostTests {
    private struct Taker: HTTPReportTaker {
        var outcome = HTTPReportOutcome.stored(["new": 1])
        var roomMax = Int.max

        func makeRoom(for octets: Int) -> Bool { octets <= roomMax }
        func take(_ octets: [UInt8]) async -> HTTPReportOutcome { outcome }
    }

    private static func ask(
        _ taker: Taker?, method: HTTPRequest.Method = .post, fields: [(String, String)] = [],
        pieces: [[UInt8]] = [[1], [2]]
    ) async throws -> HTTPAnswer {
        var settings = HTTPServiceSettings()
        settings.messageOctetsMax = 10
        return try await routes(EngineVerifier(), settings: settings, reports: taker)
            .ask(method, "/v1/reports", fields: fields, pieces: pieces)
    }

    @Test func everyAnswer() async throws {
        let good = Taker()
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
        #expect(try await Self.ask(Taker(outcome: .later)).status.code == 503)
    }

    @Test func whoFindsNoMemoryComesLater() async throws {
        let answer = try await Self.ask(Taker(roomMax: 1), pieces: [[1], [2, 3]])
        #expect(answer.status.code == 503)
        #expect(answer.more.contains { $0.name == .retryAfter })
    }
}
