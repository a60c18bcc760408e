public import Certificates
public import DNS
public import MailNames

/// What was fetched: a response with status 200, or of a server that has taken what was handed over.
public struct HTTPSDocument: Hashable, Sendable {
    /// The body, as it came.
    public var body: [UInt8]
    /// The type and subtype of `Content-Type` in small letters, without parameters; nil if there is none that can be
    /// read.
    public var mediaType: String?
    /// What the server said: 200, or another one of 2xx where something was handed over.
    public var status = 200

    public init(body: [UInt8], mediaType: String?) {
        self.body = body
        self.mediaType = mediaType
    }
}

/// What is known of the server that answered.
public struct HTTPSPeer: Hashable, Sendable {
    /// Where it was reached.
    public var address: IPAddress
    /// The certificates that it presented; nil where the handshake did not come so far, or they can't be read.
    public var chain: PresentedChain?
    /// What they prove.
    public var verdict: ChainVerdict?
    /// `TLSv1.2` or `TLSv1.3`; nil before the end of the handshake.
    public var tlsVersion: String?

    init(address: IPAddress) { self.address = address }
}

/// A connection that was not to be had.
public struct HTTPSFetchAttempt: Hashable, Sendable {
    public var address: IPAddress
    public var failure: HTTPSFetchFailure
}

/// How a fetch ended, and what was seen on the way.
public struct HTTPSFetchOutcome: Hashable, Sendable {
    /// A document, or why there is none.
    public enum Result: Hashable, Sendable {
        case fetched(HTTPSDocument)
        case failed(HTTPSFetchFailure)
    }

    public var resource: HTTPSResource
    public var result: Result
    /// The answers for AAAA and A; fewer where they did not come in time.
    public var answers: [DNSAnswer] = []
    /// Addresses of the host that were left out, for they are not part of the public internet.
    public var refused: [IPAddress] = []
    /// Addresses that took no connection.
    public var attempts: [HTTPSFetchAttempt] = []
    /// The server that took one.
    public var peer: HTTPSPeer?

    init(_ resource: HTTPSResource, _ result: Result) {
        self.resource = resource
        self.result = result
    }

    /// The document, if there is one.
    public var document: HTTPSDocument? { if case .fetched(let document) = result { document } else { nil } }

    /// Why there is none.
    public var failure: HTTPSFetchFailure? { if case .failed(let failure) = result { failure } else { nil } }

    /// The outcome in one line: the URL, the address, and what came of it.
    public var reason: String {
        let place = peer.map { " at \($0.address.text)" } ?? ""
        return switch result {
        case .fetched(let document): "\(resource.url)\(place): \(document.body.count) octets"
        case .failed(let failure): "\(resource.url)\(place): \(failure)"
        }
    }
}
