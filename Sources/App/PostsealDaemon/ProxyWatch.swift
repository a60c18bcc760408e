internal import Logging
internal import MailNames
internal import PostsealObservability
internal import SMTPProtocol
internal import SMTPTransport
internal import Sockets

/// Counts and logs what happens at the proxy's sockets.
struct ProxyWatch: SMTPServerObserver {
    let metrics: Metrics
    let log: Logger

    func observe(_ event: SMTPServerNote, _ facts: SMTPConnectionFacts) {
        var fields: Logger.Metadata = ["socket": .string(facts.listener.description)]
        if let address = facts.clientAddress { fields["client"] = .string(address.text) }
        switch event {
        case .opened: metrics.proxyConnectionsOpen.change(by: 1)
        case .refused: log.warning("proxy connection refused: there are too many", metadata: fields)
        case .acceptFailed(let code):
            log.error("cannot take a proxy connection: \(systemText(code))", metadata: fields)
        case .secured: break
        case .messageRefused(let defect):
            log.info("message refused for its form: \(defect.description)", metadata: fields)
        case .closed(let reason): closed(reason, fields)
        }
    }

    private func closed(_ reason: SMTPCloseReason, _ fields: Logger.Metadata) {
        metrics.proxyConnectionsOpen.change(by: -1)
        switch reason {
        case .session(.quit), .lost, .shutdown: break
        case .session, .broken, .timeout, .tls, .proxyHeader:
            log.info("proxy connection closed: \(reason.description)", metadata: fields)
        }
    }
}
