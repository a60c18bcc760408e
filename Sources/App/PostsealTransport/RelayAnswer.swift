internal import MailNames
internal import SMTPProtocol
internal import TransportPolicy

/// What whoever handed mail over is told.
enum RelayAnswer {
    /// A plan with which nothing can be done.
    static func reply(_ dead: TransportPlan.Dead) -> SMTPReply {
        switch dead {
        case .later(let why): SMTPReply(451, SMTPEnhancedCode(4, 7, 5), why)
        // RFC 7505 §5.1: 556 for a domain that takes no mail.
        case .never(let why, let code):
            SMTPReply(
                code == "5.1.10" ? 556 : 550, SMTPEnhancedCode(Array(code.utf8)) ?? SMTPEnhancedCode(5, 1, 2), why)
        }
    }

    /// A session that came to nothing.
    static func reply(_ session: OpenedSession) -> SMTPReply {
        let why = "\(session.server.host.text): \(session.reason)"
        // RFC 3463 §3.8: x.7.5 is a cryptographic failure; x.4.1 no answer from the host.
        guard session.judgement != nil else { return SMTPReply(451, SMTPEnhancedCode(4, 4, 1), why) }
        // RFC 8689 §4.2.1: what the sender demands is given up for good.
        guard !session.server.demand.requiresProof else { return SMTPReply(550, SMTPEnhancedCode(5, 7, 10), why) }
        return SMTPReply(451, SMTPEnhancedCode(4, 7, 5), why)
    }

    /// RFC 8689 §4.2.1: the server does not offer what the sender demands.
    static func noRequireTLS(_ host: DomainName) -> SMTPReply {
        SMTPReply(550, SMTPEnhancedCode(5, 7, 30), "\(host.text) does not support REQUIRETLS")
    }

    /// Over SMTP there is one answer for one domain's recipients: a server that took the message took it for all of
    /// those that it accepted.
    static func single(_ replies: [SMTPReply]) -> SMTPReply {
        replies.first { $0.isTransient } ?? replies.first { $0.isPermanent } ?? replies.first ?? .localError
    }
}
