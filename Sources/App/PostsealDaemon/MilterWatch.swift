internal import Logging
internal import MilterProtocol
internal import MilterServer
internal import PostsealObservability
internal import Sockets

/// Counts and logs what happens at the milter's sockets.
struct MilterWatch: MilterServerObserver {
    let metrics: Metrics
    let log: Logger

    func observe(_ event: MilterServerEvent, on address: ListenAddress) {
        let socket: Logger.Metadata = ["socket": .string(address.description)]
        switch event {
        case .opened:
            metrics.connections.add()
            metrics.connectionsOpen.change(by: 1)
        case .refused:
            metrics.connectionsRefused.add()
            log.warning("milter connection refused: there are as many as milter.connections allows", metadata: socket)
        case .acceptFailed(let code):
            log.error("cannot take a milter connection: \(systemText(code))", metadata: socket)
        case .negotiated(let agreed):
            if !agreed.actions.isSuperset(of: [.addHeader, .changeHeader]) {
                log.warning("the mail server does not let header fields be changed", metadata: socket)
            }
        case .changesRefused(let refused):
            metrics.checkFailures.add(.internalError)
            log.error("the mail server does not take the changes: \(refused.description)", metadata: socket)
        case .overdue:
            metrics.checkFailures.add(.internalError)
            log.error("the verdict on a message took too long", metadata: socket)
        case .closed(let reason): closed(reason, socket)
        }
    }

    private func closed(_ reason: MilterCloseReason, _ socket: Logger.Metadata) {
        metrics.connectionsOpen.change(by: -1)
        switch reason {
        case .quit, .lost, .shutdown: break
        case .broken(let code): log.info("milter connection broke: \(systemText(code))", metadata: socket)
        case .timeout(let wait):
            metrics.connectionsTimedOut.add()
            log.notice("milter connection closed for its silence (\(wait))", metadata: socket)
        case .protocolError(let error):
            metrics.protocolErrors.add()
            log.warning("milter connection closed: \(error.description)", metadata: socket)
        }
    }
}
