public import Certificates
public import DNS
public import MailBytes
internal import MailNames
public import NIOCore
internal import NIOSSL

/// Fetches a document by HTTPS, or hands one over: one GET or POST, under limits, from a server that proves who it is.
///
///     let fetcher = HTTPSFetcher(resolver: resolver, anchors: .system(), on: group)
///     let outcome = await fetcher.fetch(resource, at: now)
///
/// Promises: every call returns, within ``HTTPSFetchOptions/totalTimeout`` and at once when its task is cancelled; its
/// connections are closed then. Redirects are not followed, no cookies are kept, and a connection is used once. Only
/// the addresses that the resolver gives are connected to, and none outside of the public internet. It keeps nothing,
/// and bounds the octets of a fetch but not the number of fetches.
public struct HTTPSFetcher: Sendable {
    let resolver: any Resolver
    private let anchors: TrustAnchors
    let options: HTTPSFetchOptions
    private let group: any EventLoopGroup
    private let tls: NIOSSLContext?

    /// - Parameters:
    ///   - anchors: whom a server's certificate has to lead to.
    ///   - group: where connections are read and written. It outlives the fetcher.
    public init(
        resolver: any Resolver, anchors: TrustAnchors, options: HTTPSFetchOptions = HTTPSFetchOptions(),
        on group: any EventLoopGroup
    ) {
        self.resolver = resolver
        self.anchors = anchors
        self.options = options
        self.group = group
        tls = try? NIOSSLContext(configuration: Self.configuration)
    }

    /// What is asked of TLS. Certificates are verified by a ``ChainCheck``; if BoringSSL ever did it, it would trust
    /// nobody. Not `none`: with it BoringSSL asks our verdict and goes on whatever it is.
    private static var configuration: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates([])
        // RFC 9325 §3.1.1: nothing older.
        configuration.minimumTLSVersion = .tlsv12
        // RFC 9325 §4.1: no static RSA, for what was recorded must not be read later.
        configuration.cipherSuites = "ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES256:ECDH+AES128"
        configuration.applicationProtocols = ["http/1.1"]
        configuration.renegotiationSupport = .none
        return configuration
    }

    /// Fetches a document.
    ///
    /// - Parameter time: when the certificates have to be valid.
    public func fetch(_ resource: HTTPSResource, at time: UnixTime) async -> HTTPSFetchOutcome {
        await exchange(resource, nil, at: time)
    }

    /// Hands something over by POST. The document of the outcome is what the server says to it, with a status of 2xx.
    ///
    /// - Parameter time: when the certificates have to be valid.
    public func post(
        _ upload: HTTPSUpload, to resource: HTTPSResource, at time: UnixTime
    ) async -> HTTPSFetchOutcome {
        await exchange(resource, upload, at: time)
    }

    private func exchange(
        _ resource: HTTPSResource, _ upload: HTTPSUpload?, at time: UnixTime
    ) async -> HTTPSFetchOutcome {
        let deadline = NIODeadline.now() + TimeAmount(options.totalTimeout)
        let found = await addresses(of: resource)
        var outcome = HTTPSFetchOutcome(resource, found.failure.map { .failed($0) } ?? .failed(.cancelled))
        outcome.answers = found.answers
        outcome.refused = found.refused
        guard found.failure == nil else { return outcome }
        for address in found.usable {
            let exchange = await exchange(resource, upload, with: address, until: deadline, at: time)
            outcome.result = exchange.result
            switch exchange.result {
            case .failed(let failure) where failure.isOfConnecting:
                outcome.attempts.append(HTTPSFetchAttempt(address: address, failure: failure))
                guard NIODeadline.now() < deadline else { return outcome }
            default:
                if outcome.failure != .cancelled { outcome.peer = exchange.peer }
                return outcome
            }
        }
        return outcome
    }

    private func exchange(
        _ resource: HTTPSResource, _ upload: HTTPSUpload?, with address: IPAddress, until deadline: NIODeadline,
        at time: UnixTime
    ) async -> HTTPSExchange {
        guard let tls else {
            return HTTPSExchange(.failed(.tls(.handshake("it can't be set up"))), HTTPSPeer(address: address))
        }
        let loop = group.next()
        let plan = HTTPSExchangePlan(
            resource: resource, upload: upload, address: address, options: options, deadline: deadline, tls: tls,
            check: ChainCheck(anchors: anchors, references: [resource.host]), time: time)
        let promise = loop.makePromise(of: HTTPSExchange.self)
        let handler = NIOLoopBoundBox.makeBoxSendingValue(HTTPSExchangeHandler(plan, promise), eventLoop: loop)
        return await withTaskCancellationHandler {
            loop.execute { handler.value.connect(on: loop) }
            return (try? await promise.futureResult.get())
                ?? HTTPSExchange(.failed(.cancelled), HTTPSPeer(address: address))
        } onCancel: {
            loop.execute { handler.value.cancel() }
        }
    }
}

extension HTTPSFetchFailure {
    /// Whether another address may do better: there is no server that would have answered.
    fileprivate var isOfConnecting: Bool {
        switch self {
        case .connect, .timeout(.connect): true
        default: false
        }
    }
}
