internal import SMTPProtocol
internal import Sockets
internal import Synchronization

/// What servers behind offered when they were last spoken to. It outlives a changed configuration.
public final class KnownOffers: Sendable {
    private let capabilities = Mutex<[ListenAddress: SMTPCapabilities]>([:])

    /// Nothing is known yet.
    public init() {}

    func note(_ offer: SMTPCapabilities, of server: ListenAddress) { capabilities.withLock { $0[server] = offer } }

    /// What clients are offered: nothing that the server behind would not do.
    ///
    /// A promise about delivery (RFC 3461) is made only when the server behind has made it. What is merely a form of
    /// text is offered until it is known that it can't be passed on: it can nearly everywhere.
    func offer(_ configuration: SMTPServerConfiguration, before server: ListenAddress?) -> SMTPServerConfiguration {
        var configuration = configuration
        guard let server, let known = capabilities.withLock({ $0[server] }) else {
            configuration.extensions.remove(.dsn)
            return configuration
        }
        let promises: SMTPExtensions = [.dsn, .eightBitMIME, .smtpUTF8]
        configuration.extensions.subtract(promises.subtracting(known.extensions))
        if let sizeMax = known.sizeMax {
            configuration.limits.messageOctets = min(configuration.limits.messageOctets ?? sizeMax, sizeMax)
        }
        return configuration
    }
}
