internal import HTTPTypes
internal import HummingbirdCore
public import Logging
public import MailBytes
public import NIOCore
public import PostsealObservability
public import Sockets

/// The HTTP interface: `/v1/verify`, `/v1/reports`, `/metrics`, `/healthz`, `/openapi.json`.
///
///     let service = HTTPService(settings: settings, verifier: verifier, ...)
///     try await service.listeners.listen(on: sockets)          // clients can connect, and wait
///     await service.run()                                      // until stop()
///
/// It has no passwords and no encryption: whoever reaches it can use it, and it must not be exposed. A proxy in front
/// of it can ask for both.
public final class HTTPService<Verifier: HTTPVerifier>: Sendable {
    /// Where it listens: there is no default, for who can reach the interface can use it. It belongs on the loopback or
    /// on a socket in the file system.
    public var listeners: ListenerSet { server.listeners }
    private let server: HTTPServer

    /// A service that does not listen yet.
    ///
    /// - Parameters:
    ///   - settings: its limits.
    ///   - verifier: judges messages.
    ///   - reports: takes posted reports; nil where none are taken.
    ///   - metrics: what `/metrics` shows; requests are counted there.
    ///   - health: what `/healthz` shows. Must not wait.
    ///   - group: serves the connections.
    ///   - logger: hears of each request at `debug`, and of nothing else unless a socket fails.
    ///   - now: the clock.
    public init(
        settings: HTTPServiceSettings = HTTPServiceSettings(), verifier: Verifier,
        reports: @escaping @Sendable () -> (any HTTPReportTaker)? = { nil }, metrics: Metrics,
        health: @escaping @Sendable () -> HTTPHealth, group: any EventLoopGroup, logger: Logger,
        now: @escaping @Sendable () -> UnixTime = LogSink.systemTime
    ) {
        let routes = HTTPRoutes(
            settings: settings, verifier: verifier, reports: reports, metrics: metrics, health: health, logger: logger,
            now: now)
        let date = HTTPDate(now: now)
        server = HTTPServer(settings: settings, metrics: metrics, group: group, logger: logger) { request, _ in
            try await routes.answer(request).response(date: date.text, isHead: request.method == .head)
        }
    }

    /// Where it listens, with the ports that the system chose.
    public var addresses: [ListenAddress] { server.addresses }

    /// Serves until ``stop()``, or until its task is cancelled: then connections are closed at once. To be called once.
    public func run() async { await server.run() }

    /// Ends ``run()``: takes no more connections, closes those that wait for a request, and lets requests that are
    /// there finish, for at most ``HTTPServiceSettings/stopTimeout``. Does not wait; may be called from anywhere.
    public func stop() { server.stop() }
}
