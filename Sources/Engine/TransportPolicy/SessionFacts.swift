public import Certificates
public import MailNames

/// What a session with a mail server came to, as far as TLS goes: what the client saw, judged by nobody.
public struct SessionFacts: Hashable, Sendable {
    /// How far TLS came.
    public enum TLS: Hashable, Sendable {
        /// The server did not offer STARTTLS, or there was nobody who could ask for it.
        case notOffered
        /// It offered STARTTLS and then refused it; the reply, as a clause.
        case refused(String)
        /// The handshake failed, how.
        case failed(String)
        /// There is a channel, with what the server presented. Nil where it presented nothing.
        case established(PresentedChain?, version: String, cipher: String?)
    }

    public var tls: TLS
    /// Our end of the connection.
    public var localAddress: IPAddress?
    /// The server's end.
    public var remoteAddress: IPAddress?
    /// What the server called itself.
    public var helo: String?

    public init(
        tls: TLS, localAddress: IPAddress? = nil, remoteAddress: IPAddress? = nil, helo: String? = nil
    ) {
        self.tls = tls
        self.localAddress = localAddress
        self.remoteAddress = remoteAddress
        self.helo = helo
    }
}
