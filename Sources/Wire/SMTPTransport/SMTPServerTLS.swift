internal import NIOCore
internal import NIOSSL

/// A server's certificate and key, and what it negotiates. It is made once, and shared by connections.
public struct SMTPServerTLS: Sendable {
    let context: NIOSSLContext

    /// Forward secrecy and authenticated encryption, as RFC 9325 §4.2 recommends; TLS 1.3 has nothing else.
    static let ciphers = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ].joined(separator: ":")

    /// Reads a certificate chain, the leaf first, and its key.
    ///
    /// - Parameters:
    ///   - chain: PEM.
    ///   - key: PEM, not encrypted. It is not kept in the clear by this value.
    ///   - versions: what is negotiated. Below TLS 1.2 only where somebody insists.
    /// - Throws: where one can't be read, or they do not belong together.
    public init(
        chain: [UInt8], key: [UInt8], versions: ClosedRange<SMTPTLSVersion> = .tls12 ... .tls13
    ) throws(SMTPTLSError) {
        let certificates: [NIOSSLCertificate]
        let privateKey: NIOSSLPrivateKey
        do {
            certificates = try NIOSSLCertificate.fromPEMBytes(chain)
        } catch {
            throw SMTPTLSError("the certificate can't be read")
        }
        guard !certificates.isEmpty else { throw SMTPTLSError("there is no certificate") }
        do {
            privateKey = try NIOSSLPrivateKey(bytes: key, format: .pem)
        } catch {
            throw SMTPTLSError("the key can't be read")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(privateKey))
        configuration.minimumTLSVersion = versions.lowerBound.library
        configuration.maximumTLSVersion = versions.upperBound.library
        configuration.trustRoots = .certificates([])
        if versions.lowerBound >= .tls12 { configuration.cipherSuites = Self.ciphers }
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw SMTPTLSError("the key does not belong to the certificate")
        }
    }
}

/// How a client negotiates. It is made once, and shared by connections.
public struct SMTPClientTLS: Sendable {
    let context: NIOSSLContext

    /// - Parameter versions: from TLS 1.0 where bad encryption is better than none; from 1.2 where it has to be good.
    ///   The cipher suites follow: below 1.2 those of the library, else forward secrecy and authenticated encryption.
    /// - Throws: if the library does not want to.
    public init(versions: ClosedRange<SMTPTLSVersion>) throws(SMTPTLSError) {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = versions.lowerBound.library
        configuration.maximumTLSVersion = versions.upperBound.library
        // Who the server is, is the caller's affair: the chain is handed over whole.
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates([])
        if versions.lowerBound >= .tls12 { configuration.cipherSuites = SMTPServerTLS.ciphers }
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw SMTPTLSError("the library has no such versions")
        }
    }
}
