internal import Certificates
internal import MailBytes
internal import MailNames
internal import NIOCore
internal import NIOSSL

/// What is to be done with one address.
struct HTTPSExchangePlan: Sendable {
    var resource: HTTPSResource
    /// Nil where a document is fetched.
    var upload: HTTPSUpload?
    var address: IPAddress
    var options: HTTPSFetchOptions
    var deadline: NIODeadline
    var tls: NIOSSLContext
    var check: ChainCheck
    var time: UnixTime

    /// The time for a step.
    func timeout(_ stage: HTTPSFetchStage) -> TimeAmount {
        switch stage {
        case .dns: TimeAmount(options.dnsTimeout)
        case .connect: TimeAmount(options.connectTimeout)
        case .handshake: TimeAmount(options.handshakeTimeout)
        case .response: TimeAmount(options.responseTimeout)
        case .body: TimeAmount(options.bodyTimeout)
        }
    }
}

/// What came of it.
struct HTTPSExchange: Sendable {
    var result: HTTPSFetchOutcome.Result
    var peer: HTTPSPeer

    init(_ result: HTTPSFetchOutcome.Result, _ peer: HTTPSPeer) {
        self.result = result
        self.peer = peer
    }
}
