internal import Glibc
internal import MailBytes
internal import NIOSSL

/// Clauses for what libraries say.
enum TLSErrorText {
    /// What BoringSSL says, without its numbers and the places in its sources.
    static func clause(for error: any Error) -> String {
        switch error as? NIOSSLError {
        case .handshakeFailed(.sslError(let stack)), .handshakeFailed(.unknownError(let stack)):
            stack.first.map { words($0.description) } ?? "the handshake failed"
        case .uncleanShutdown: "the connection was closed in the handshake"
        default: "the handshake failed"
        }
    }

    /// `Error: 268435703 error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER at …` becomes
    /// `wrong version number`.
    static func words(_ description: String) -> String {
        let octets = Array(description.utf8)
        guard let colon = octets.indexBehind(":OPENSSL_internal:") else {
            return description.utf8.starts(with: "Error:".utf8)
                ? String(description.dropFirst(6).drop { $0 == " " }) : description
        }
        let name = octets[colon...].prefix { $0 != UInt8(ascii: " ") }
        return String(
            decoding: name.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: " ") : $0.asciiLowercased }, as: UTF8.self)
    }

    /// What the system calls an error.
    static func system(_ number: CInt) -> String {
        switch number {
        case ECONNREFUSED: "connection refused"
        case ENETUNREACH, EHOSTUNREACH: "no way there"
        case ETIMEDOUT: "no answer"
        case ECONNRESET: "connection reset"
        default: "error \(number) of the system"
        }
    }
}

extension [UInt8] {
    /// Behind the first place where the text stands.
    fileprivate func indexBehind(_ text: String) -> Int? {
        let wanted = Array(text.utf8)
        guard count >= wanted.count else { return nil }
        return indices.dropLast(wanted.count - 1).first { self[$0...].starts(with: wanted) }.map { $0 + wanted.count }
    }
}
