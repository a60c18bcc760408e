internal import Glibc
internal import NIOCore
internal import NIOPosix
public import SMTPProtocol

/// What a server was asked for when something went wrong.
public enum SMTPClientStage: String, Hashable, Sendable {
    case connect = "connection"
    case greeting
    case handshake
    case mail = "MAIL"
    case recipient = "RCPT"
    case data = "DATA"
    case body = "message text"
    case end = "end of message"
    case idle
}

/// Why a connection to a server came to nothing: one clause.
public enum SMTPClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no connection, or no more, by the number of the system's error; 0 if there is none.
    case connection(Int32, SMTPClientStage)
    /// The server closed the connection.
    case closed(SMTPClientStage)
    /// The server was silent for too long.
    case timeout(SMTPClientStage)
    /// The greeting, or the answer to EHLO, was a refusal, or the server said that it closes.
    case refused(SMTPReply, SMTPClientStage)
    /// TLS is required, and not offered.
    case tlsNotOffered
    /// TLS was offered, and is refused.
    case tlsRefused(SMTPReply)
    /// The handshake failed.
    case handshake(SMTPTLSError)
    /// The server is not who it should be, in the verification's words.
    case certificate(String)
    /// The server does not keep to the protocol.
    case protocolError(SMTPClientProtocolError, SMTPClientStage)
    /// The caller's task was cancelled.
    case cancelled
    /// The call belongs to no message, or one is on its way already.
    case misuse

    public var description: String {
        switch self {
        case .connection(let number, let stage):
            stage == .connect ? "no connection: \(Self.words(number))" : "\(Self.words(number)) at \(stage.rawValue)"
        case .closed(let stage): "the server closed the connection at \(stage.rawValue)"
        case .timeout(let stage): "the server was silent for too long at \(stage.rawValue)"
        case .refused(let reply, let stage): "the server said at \(stage.rawValue): \(reply)"
        case .tlsNotOffered: "the server does not offer STARTTLS"
        case .tlsRefused(let reply): "the server refused STARTTLS: \(reply)"
        case .handshake(let error): "TLS handshake failed: \(error)"
        case .certificate(let clause): "the server's certificate is refused: \(clause)"
        case .protocolError(let error, let stage):
            "the server does not keep to the protocol at \(stage.rawValue): \(error)"
        case .cancelled: "cancelled"
        case .misuse: "a call that belongs to no message"
        }
    }

    /// What the system says, as it goes on in a sentence: `connection refused`.
    private static func words(_ number: Int32) -> String {
        guard number != 0, let text = strerror(number).map({ String(cString: $0) }) else { return "connection failed" }
        return text.prefix(1).lowercased() + text.dropFirst()
    }

    init(_ error: any Error, _ stage: SMTPClientStage) {
        switch error {
        case let error as SMTPClientError: self = error
        case let error as SMTPClientProtocolError: self = .protocolError(error, stage)
        case let error as SMTPTLSError: self = .handshake(error)
        case let error as IOError: self = .connection(error.errnoCode, stage)
        case let error as NIOConnectionError:
            let number = error.connectionErrors.lazy.compactMap { ($0.error as? IOError)?.errnoCode }.first
            let isTimeout = error.connectionErrors.contains {
                if case ChannelError.connectTimeout = $0.error { true } else { false }
            }
            self = isTimeout ? .timeout(.connect) : .connection(number ?? 0, stage)
        case ChannelError.connectTimeout: self = .timeout(.connect)
        case is ChannelError: self = .closed(stage)
        // The handler is gone: so is the connection.
        case is ChannelPipelineError: self = .closed(.greeting)
        case is CancellationError: self = .cancelled
        default: self = SMTPTLSError.isTLS(error) ? .handshake(SMTPTLSError(error)) : .connection(0, stage)
        }
    }
}
