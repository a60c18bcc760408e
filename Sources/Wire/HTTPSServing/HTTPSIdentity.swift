public import Certificates
internal import NIOSSL

/// A certificate chain with its key, which the server shows to clients that ask for certain names.
public struct HTTPSIdentity: Sendable {
    /// What is shown, the leaf first.
    public let chain: PresentedChain
    let source: [NIOSSLCertificateSource]
    let key: NIOSSLPrivateKeySource

    /// Reads a chain, the leaf first, and the leaf's key.
    ///
    /// - Parameters:
    ///   - chain: PEM.
    ///   - key: PEM, not encrypted.
    /// - Throws: where one can't be read, or they do not belong together.
    public init(chain: [UInt8], key: [UInt8]) throws(HTTPSServerError) {
        let certificates: [NIOSSLCertificate]
        do {
            self.chain = try PresentedChain(pem: chain)
            certificates = try NIOSSLCertificate.fromPEMBytes(chain)
        } catch {
            throw HTTPSServerError("the certificate can't be read")
        }
        guard !certificates.isEmpty else { throw HTTPSServerError("there is no certificate") }
        do {
            self.key = .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
        } catch {
            throw HTTPSServerError("the key can't be read")
        }
        source = certificates.map { .certificate($0) }
        let configuration = TLSConfiguration.makeServerConfiguration(certificateChain: source, privateKey: self.key)
        do {
            _ = try NIOSSLContext(configuration: configuration)
        } catch {
            throw HTTPSServerError("the key does not belong to the certificate")
        }
    }
}

/// Why a certificate can't be shown: one clause, without anything of the key.
public struct HTTPSServerError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
