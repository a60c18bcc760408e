import HTTPTypes
import HummingbirdCore
import MailBytes
import PostsealObservability
import Testing

@testable import PostsealHTTP

@Suite struct RoutesTests {
    struct Case: Sendable, CustomStringConvertible {
        var method: HTTPRequest.Method
        var target: String
        var status: Int
        var allow: String?
        var label: HTTPRouteLabel

        var description: String { "\(method) \(target)" }
    }

    static let cases = [
        Case(method: .get, target: "/", status: 200, label: .index),
        Case(method: .head, target: "/", status: 200, label: .index),
        Case(method: .get, target: "/?x=1", status: 200, label: .index),
        Case(method: .get, target: "http://127.0.0.1/healthz", status: 200, label: .health),
        Case(method: .get, target: "http://127.0.0.1", status: 200, label: .index),
        Case(method: .get, target: "/metrics", status: 200, label: .metrics),
        Case(method: .get, target: "/healthz", status: 200, label: .health),
        Case(method: .get, target: "/openapi.json", status: 200, label: .description),
        Case(method: .post, target: "/metrics", status: 405, allow: "GET, HEAD", label: .metrics),
        Case(method: .put, target: "/healthz", status: 405, allow: "GET, HEAD", label: .health),
        Case(method: .options, target: "/", status: 405, allow: "GET, HEAD", label: .index),
        Case(method: .get, target: "/v1/verify", status: 405, allow: "POST", label: .verify),
        Case(method: .head, target: "/v1/verify?ip=x", status: 405, allow: "POST", label: .verify),
        Case(method: .get, target: "/v1/verify/", status: 404, label: .other),
        Case(method: .get, target: "//", status: 404, label: .other),
        Case(method: .get, target: "/v1/%76erify", status: 404, label: .other),
        Case(method: .get, target: "/../metrics", status: 404, label: .other),
        Case(method: .get, target: "*", status: 404, label: .other),
        Case(method: .get, target: "/nothing", status: 404, label: .other),
    ]

    @Test(arguments: cases)
    func `answers what is there, and says what is not`(example: Case) async throws {
        let metrics = testMetrics()
        let answer = try await routes(RecordingVerifier(), metrics: metrics).ask(example.method, example.target)
        #expect(answer.status.code == example.status)
        #expect(answer.more.first { $0.name == .allow }?.value == example.allow)
        #expect((answer.error != nil) == (example.status >= 400))
        #expect(metrics.httpRequests.current(example.label, HTTPStatusLabel(status: example.status)) == 1)
    }

    @Test func `shows the numbers in the form of Prometheus`() async throws {
        let answer = try await routes(RecordingVerifier()).ask(.get, "/metrics")
        #expect(answer.contentType == Metrics.contentType)
        #expect(answer.text.contains("postseal_build_info"))
    }

    @Test func `says whether everything works, and why not`() async throws {
        let good = try await routes(RecordingVerifier()).ask(.get, "/healthz")
        #expect(good.status == .ok)
        #expect(good.text == "{\"status\":\"ok\"}\n")
        // A load balancer goes on with it.
        let odd = try await routes(RecordingVerifier(), health: .warning(["reports can't be stored"]))
            .ask(.get, "/healthz")
        #expect(odd.status == .ok)
        #expect(odd.text == "{\"status\":\"ok\",\"warnings\":[\"reports can't be stored\"]}\n")
        let bad = try await routes(RecordingVerifier(), health: .failing(["the resolver does not answer"]))
            .ask(.get, "/healthz")
        #expect(bad.status.code == 503)
        #expect(bad.text == "{\"status\":\"failing\",\"reasons\":[\"the resolver does not answer\"]}\n")
    }

    @Test func `an answer to HEAD has the fields of the whole and no body`() async throws {
        let answer = try await routes(RecordingVerifier()).ask(.head, "/healthz")
        let response = answer.response(date: "x", isHead: true)
        #expect(response.headers[.contentLength] == "16")
        #expect(response.body.contentLength == 0)
        #expect(response.headers[.cacheControl] == "no-store")
        #expect(response.headers[.xContentTypeOptions] == "nosniff")
    }

    @Test(
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (-5, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (Int64.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] as [(Int64, String)])
    func `dates are in the form of HTTP`(seconds: Int64, text: String) {
        #expect(HTTPDate.text(UnixTime(seconds: seconds)) == text)
    }
}
