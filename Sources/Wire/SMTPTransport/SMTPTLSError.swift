internal import NIOSSL

/// Why there is no TLS: one clause.
public struct SMTPTLSError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// A clause of one's own.
    public init(_ description: String) { self.description = description }

    /// What BoringSSL says, without its numbers and the places in its sources.
    init(_ error: any Error) {
        switch error as? NIOSSLError {
        case .handshakeFailed(.sslError(let stack)), .handshakeFailed(.unknownError(let stack)):
            self.init(stack.first.map { Self.words($0.description) } ?? "the handshake failed")
        case .uncleanShutdown: self.init("the connection was closed in the handshake")
        default: self.init("the handshake failed")
        }
    }

    /// `Error: 268435703 error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER at …` becomes
    /// `wrong version number`.
    private static func words(_ text: String) -> String {
        guard let mark = text.firstRange(of: ":OPENSSL_internal:") else { return "the handshake failed" }
        let name = text[mark.upperBound...].prefix { $0 != " " && $0 != ":" }
        return String(name.lowercased().map { $0 == "_" ? " " : $0 })
    }

    /// Whether an error is one of TLS.
    static func isTLS(_ error: any Error) -> Bool {
        error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError
    }
}
