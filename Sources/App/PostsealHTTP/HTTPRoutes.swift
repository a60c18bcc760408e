internal import HTTPTypes
internal import HummingbirdCore
internal import Logging
internal import MailBytes
internal import MailFormat
internal import NIOCore
internal import PostsealEngine
internal import PostsealObservability
internal import Rendering

/// What the interface answers to each request.
struct HTTPRoutes<Verifier: HTTPVerifier>: Sendable {
    let settings: HTTPServiceSettings
    let verifier: Verifier
    let reports: @Sendable () -> (any HTTPReportTaker)?
    let metrics: Metrics
    let health: @Sendable () -> HTTPHealth
    let logger: Logger
    let now: @Sendable () -> UnixTime

    /// The answer, already counted.
    ///
    /// - Throws: what the connection threw, where it is gone.
    func answer(_ request: Request) async throws -> HTTPAnswer {
        let target = HTTPTarget(request.head.path ?? "/")
        let route = HTTPRoute(path: target.path)
        let answer: HTTPAnswer
        do {
            answer = try await respond(route, target.query, request)
        } catch let refusal as HTTPRefusal {
            answer = refusal.answer
        }
        let label = route?.label ?? .other
        metrics.httpRequests.add(label, HTTPStatusLabel(status: answer.status.code))
        if logger.logLevel <= .debug {
            logger.debug("HTTP request", metadata: ["route": "\(label.rawValue)", "status": "\(answer.status.code)"])
        }
        return answer
    }

    private func respond(
        _ route: HTTPRoute?, _ query: Substring.UTF8View?, _ request: Request
    ) async throws -> HTTPAnswer {
        guard let route else { throw HTTPRefusal(404, "there is nothing here; / tells what there is") }
        if route == .verify {
            guard request.method == .post else {
                throw HTTPRefusal(405, "a message is verified with POST", allow: "POST")
            }
            return try await verify(query, request)
        }
        if route == .reports {
            guard request.method == .post else {
                throw HTTPRefusal(405, "reports are handed in with POST", allow: "POST")
            }
            return try await takeReports(request)
        }
        guard request.method == .get || request.method == .head else {
            throw HTTPRefusal(405, "this is read with GET", allow: "GET, HEAD")
        }
        switch route {
        case .metrics: return HTTPAnswer(contentType: Metrics.contentType, text: metrics.page)
        case .health: return healthAnswer
        case .description: return HTTPAnswer(contentType: HTTPAnswer.json, text: OpenAPI.text)
        case .index, .verify, .reports: return HTTPAnswer(contentType: HTTPAnswer.plain, text: HTTPIndex.text)
        }
    }

    private var healthAnswer: HTTPAnswer {
        switch health() {
        case .serving: return HTTPAnswer(json: ["status": "ok"])
        // A load balancer is to go on with it.
        case .warning(let warnings):
            return HTTPAnswer(json: ["status": "ok", "warnings": .array(warnings.map { .string($0) })])
        case .failing(let reasons):
            return HTTPAnswer(
                .serviceUnavailable, json: ["status": "failing", "reasons": .array(reasons.map { .string($0) })])
        }
    }

    private func verify(_ query: Substring.UTF8View?, _ request: Request) async throws -> HTTPAnswer {
        try Self.checkForm(request.headers)
        // RFC 9110 §10.1.1: who only announces a message that is too large is told so at once.
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > settings.messageOctetsMax {
            throw HTTPRefusal.tooLarge(max: settings.messageOctetsMax)
        }
        let (envelope, explaining) = try EnvelopeReader(settings: settings)
            .read(query: query, fields: request.headers, at: now())
        var reader = MessageReader(verifier, envelope, explaining: explaining, settings: settings)
        do {
            for try await buffer in request.body { try reader.add(Array(buffer.readableBytesView)) }
        } catch {
            reader.abandon()
            throw error
        }
        switch try await reader.finish() {
        case .report(let report): return HTTPAnswer(json: report.json(explaining: explaining))
        case .overload: throw HTTPRefusal.overload(settings.retryAfterSeconds)
        case .failure: throw HTTPRefusal(500, "the message could not be checked")
        }
    }

    /// The body is the message itself, whatever type it says it has: `curl --data-binary` calls everything a form. What
    /// wraps the message up would be judged as if it were the message, and is refused.
    private static func checkForm(_ fields: HTTPFields) throws(HTTPRefusal) {
        if let coding = fields[.contentEncoding], coding.lowercased() != "identity" {
            throw HTTPRefusal(415, "the body must be the message itself, without a content coding")
        }
        let type = (fields[.contentType] ?? "").prefix { $0 != ";" }.lowercased()
        guard !type.hasPrefix("multipart/"), type.prefix(16) != "application/json" else {
            throw HTTPRefusal(415, "the body must be the message itself, as message/rfc822")
        }
    }
}

/// What there is.
enum HTTPRoute: Sendable {
    case verify, reports, metrics, health, description, index

    /// What is at a path; nil for nothing.
    init?(path: Substring) {
        switch path {
        case "/v1/verify": self = .verify
        case "/v1/reports": self = .reports
        case "/metrics": self = .metrics
        case "/healthz": self = .health
        case "/openapi.json": self = .description
        case "/": self = .index
        default: return nil
        }
    }

    var label: HTTPRouteLabel {
        switch self {
        case .verify: .verify
        case .reports: .reports
        case .metrics: .metrics
        case .health: .health
        case .description: .description
        case .index: .index
        }
    }
}

/// The page at `/`.
enum HTTPIndex {
    static let text = """
        Postseal

        POST /v1/verify      judge the message in the body; ?ip=&helo=&mail-from=&rcpt= say how it came
        POST /v1/reports     hand in the report in the body: TLS reports and others
        GET  /metrics        numbers for Prometheus
        GET  /healthz        whether everything works
        GET  /openapi.json   all of this, described for programs

        """
}
