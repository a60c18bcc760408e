public import NIOCore
internal import NIOSSL

/// TLS for a server that shows one certificate to all who come, whatever name they ask for.
public struct HTTPSServerTLS: Sendable {
    private let context: NIOSSLContext

    /// - Throws: where the library does not take the certificate.
    public init(_ identity: HTTPSIdentity) throws(HTTPSServerError) {
        do {
            context = try NIOSSLContext(configuration: .strict(identity))
        } catch {
            throw HTTPSServerError("TLS can't be set up")
        }
    }

    /// Puts TLS in front of what a connection has. On its event loop.
    public func addHandler(to channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
    }
}

extension TLSConfiguration {
    /// Forward secrecy and authenticated encryption, as RFC 9325 §4.2 recommends; TLS 1.3 has nothing else.
    private static let ciphers = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ].joined(separator: ":")

    /// What strangers are served with.
    static func strict(_ identity: HTTPSIdentity) -> TLSConfiguration {
        var configuration = makeServerConfiguration(certificateChain: identity.source, privateKey: identity.key)
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuites = ciphers
        configuration.trustRoots = .certificates([])
        configuration.applicationProtocols = ["http/1.1"]
        configuration.shutdownTimeout = .seconds(2)
        return configuration
    }
}
