import HTTPTypes
import HummingbirdCore
import Logging
import MailBytes
import MailNames
import NIOCore
import NIOPosix
import PostsealObservability
import Sockets
import Testing

@testable import PostsealHTTP

/// The loopback, with any free port.
let loopback = ListenSocket(.tcp(.v4(0x7F00_0001), port: 0))

func testMetrics() -> Metrics { Metrics(version: "1", startedAt: EngineVerifier.moment) }

/// What answers requests, without a socket.
func routes<Verifier: HTTPVerifier>(
    _ verifier: Verifier, settings: HTTPServiceSettings = HTTPServiceSettings(),
    metrics: Metrics = testMetrics(), health: HTTPHealth = .serving, reports: (any HTTPReportTaker)? = nil
) -> HTTPRoutes<Verifier> {
    HTTPRoutes(
        settings: settings, verifier: verifier, reports: { reports }, metrics: metrics, health: { health },
        logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), now: { EngineVerifier.moment })
}

extension HTTPRoutes {
    /// Asks without a socket; the body comes in the pieces that are given.
    func ask(
        _ method: HTTPRequest.Method, _ target: String, fields: [(String, String)] = [], pieces: [[UInt8]] = []
    ) async throws -> HTTPAnswer {
        var head = HTTPRequest(method: method, scheme: nil, authority: nil, path: target)
        for (name, value) in fields {
            head.headerFields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
        }
        let stream = AsyncStream<ByteBuffer> { continuation in
            for piece in pieces { continuation.yield(ByteBuffer(bytes: piece)) }
            continuation.finish()
        }
        return try await answer(Request(head: head, body: RequestBody(asyncSequence: stream)))
    }
}

extension HTTPAnswer {
    var text: String { String(buffer: body) }
    var value: JSONValue { (try? JSONValue(parsing: Array(text.utf8))) ?? .null }
    /// The sentence of an error.
    var error: String? { value["error"]?.stringValue }
}

/// A service on sockets of its own.
func withService<Verifier: HTTPVerifier>(
    _ verifier: Verifier, settings: HTTPServiceSettings = HTTPServiceSettings(), sockets: [ListenSocket] = [loopback],
    metrics: Metrics = testMetrics(), health: HTTPHealth = .serving,
    _ body: (HTTPService<Verifier>) async throws -> Void
) async throws {
    let service = HTTPService(
        settings: settings, verifier: verifier, metrics: metrics, health: { health },
        group: MultiThreadedEventLoopGroup.singleton,
        logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), now: { EngineVerifier.moment })
    try await service.listeners.listen(on: sockets)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await service.run() }
        try await body(service)
        service.stop()
        try await group.waitForAll()
    }
}

/// An answer as a client reads it.
struct ClientAnswer {
    var status: Int
    var fields: [String: String]
    var body: String

    var error: String? { (try? JSONValue(parsing: Array(body.utf8)))?["error"]?.stringValue }
}

/// A connection on which a client writes whatever octets it likes.
struct RawClient {
    fileprivate var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    fileprivate let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    fileprivate var octets: [UInt8] = []

    func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }
    func send(_ octets: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: octets)) }
    /// Says that nothing more will come.
    func endSending() { outbound.finish() }

    /// The next answer; nil if the connection ends before it does.
    mutating func answer(toHead: Bool = false) async throws -> ClientAnswer? {
        var end: Int?
        while end == nil {
            end = String(decoding: octets, as: UTF8.self).firstRange(of: "\r\n\r\n").map { range in
                String(decoding: octets, as: UTF8.self)[..<range.upperBound].utf8.count
            }
            if end == nil, try await !more() { return nil }
        }
        guard let end else { return nil }
        var lines = String(decoding: octets[..<end], as: UTF8.self).split(separator: "\r\n").map(String.init)
        let status = Int(lines.removeFirst().split(separator: " ")[1]) ?? 0
        var fields: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon].lowercased()] = line[line.index(after: colon)...].drop { $0 == " " }.description
        }
        let length = toHead ? 0 : fields["content-length"].flatMap { Int($0) } ?? 0
        while octets.count < end + length, try await more() {}
        guard octets.count >= end + length else { return nil }
        let body = String(decoding: octets[end..<(end + length)], as: UTF8.self)
        octets.removeFirst(end + length)
        return ClientAnswer(status: status, fields: fields, body: body)
    }

    /// Whether the connection ends now, with nothing more in it.
    mutating func isAtEnd() async throws -> Bool {
        guard octets.isEmpty else { return false }
        return try await !more()
    }

    private mutating func more() async throws -> Bool {
        do {
            guard let buffer = try await inbound.next(isolation: #isolation) else { return false }
            octets += Array(buffer.readableBytesView)
            return true
        } catch is IOError {
            return false
        }
    }
}

/// Connects to a service's first socket.
func withClient(_ address: ListenAddress?, _ body: (inout RawClient) async throws -> Void) async throws {
    let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelOption(.allowRemoteHalfClosure, value: true)
    let setUp: @Sendable (any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> = { channel in
        channel.eventLoop.makeCompletedFuture {
            try NIOAsyncChannel(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }
    let channel = try await bootstrap.connect(
        to: #require(address).socketAddress(), channelInitializer: setUp)
    try await channel.executeThenClose { inbound, outbound in
        var client = RawClient(inbound: inbound.makeAsyncIterator(), outbound: outbound)
        try await body(&client)
    }
}

/// A message to verify.
func post(_ body: String) -> String {
    "POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
}
