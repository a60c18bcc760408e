public import Certificates
public import DNS
internal import HTTPSFetch
public import MTASTS
public import MailBytes
public import MailNames
public import NIOCore

/// Fetches MTA-STS policies by HTTPS (RFC 8461 §3.3).
public struct PolicyFetcher: MTASTSPolicyFetcher {
    private let fetcher: HTTPSFetcher
    private let now: @Sendable () -> UnixTime

    /// - Parameters:
    ///   - anchors: whom the policy host's certificate must lead to.
    ///   - allowedNetworks: networks from which policies may come, though they are private.
    ///   - port: another one than 443 is for tests.
    ///   - timeLimit: for a whole fetch. RFC 8461 §3.3 suggests a minute; a message may wait for it.
    public init(
        resolver: any Resolver, anchors: TrustAnchors, allowedNetworks: [IPPrefix] = [], port: UInt16 = 443,
        timeLimit: Duration = .seconds(30), on group: any EventLoopGroup, now: @escaping @Sendable () -> UnixTime
    ) {
        var options = HTTPSFetchOptions()
        options.allowedNetworks = allowedNetworks
        options.bodyOctetsMax = MTASTSLimits.policyBytesMax
        options.totalTimeout = timeLimit
        options.port = port
        fetcher = HTTPSFetcher(resolver: resolver, anchors: anchors, options: options, on: group)
        self.now = now
    }

    /// Gets the policy of a domain, once, within the time limit.
    public func fetch(_ domain: DomainName) async -> MTASTSFetchOutcome {
        guard let host = MTASTSPolicy.host(for: domain),
            let resource = HTTPSResource(host: host, path: MTASTSPolicy.path)
        else { return .failure(.dns("the domain's name leaves no room for the policy host's")) }
        let outcome = await fetcher.fetch(resource, at: now())
        switch outcome.result {
        case .fetched(let document): return .policy(text: document.body, mediaType: document.mediaType)
        case .failed(let failure): return .failure(MTASTSFetchFailure(failure))
        }
    }
}

extension MTASTSFetchFailure {
    /// A failure of the fetch, in the words of the standard.
    init(_ failure: HTTPSFetchFailure) {
        switch failure {
        case .dns, .timeout(.dns): self = .dns("\(failure)")
        case .privateAddress(let addresses):
            self = addresses.first.map { .privateAddress($0) } ?? .dns("no public address")
        // RFC 8460 §4.3.2.2: a certificate that proves nothing is one thing, a host that can't be talked to another.
        case .connect, .cancelled, .closed(.connect), .closed(.handshake), .tls(.handshake):
            self = .connect("\(failure)")
        case .tls(.certificate), .tls(.unreadableCertificate): self = .tls("\(failure)")
        case .status(let code): self = .status(code)
        case .redirect(let code, _): self = .redirect(code)
        case .tooLong(.body): self = .tooLong
        case .timeout: self = .timeout
        case .tooLong, .closed, .malformed: self = .http("\(failure)")
        }
    }
}
