internal import Logging
internal import PostsealObservability
internal import Socketmap
internal import Sockets
internal import TransportPolicy
internal import UnboundResolver

/// Counts and logs what happens at the socketmap's sockets.
struct SocketmapWatch: SocketmapServerObserver {
    let metrics: Metrics
    let log: Logger

    func observe(_ event: SocketmapServerEvent, on address: ListenAddress) {
        // The one that is frequent needs no words.
        if case .answered(let kind, _, let count) = event {
            return metrics.socketmapAnswers.add(SocketmapAnswerLabel(kind), count: count)
        }
        let socket: Logger.Metadata = ["socket": .string(address.description)]
        switch event {
        case .opened, .answered: break
        case .refused: log.warning("socketmap connection refused: there are too many", metadata: socket)
        case .acceptFailed(let code):
            log.error("cannot take a socketmap connection: \(systemText(code))", metadata: socket)
        // The answer to it is counted as any other.
        case .malformed(let error): log.warning("socketmap request refused: \(error)", metadata: socket)
        case .unsendable: log.error("a TLS policy is too long to be sent", metadata: socket)
        case .overdue: log.warning("a TLS policy took too long to find", metadata: socket)
        case .closed(let reason): closed(reason, socket)
        }
    }

    private func closed(_ reason: SocketmapCloseReason, _ socket: Logger.Metadata) {
        switch reason {
        case .done, .lost, .shutdown, .timeout(.idle): break
        case .broken(let code): log.info("socketmap connection broke: \(systemText(code))", metadata: socket)
        case .timeout(let wait): log.notice("socketmap connection closed for its silence (\(wait))", metadata: socket)
        case .protocolError(let error): log.warning("socketmap connection closed: \(error)", metadata: socket)
        }
    }
}

extension SocketmapAnswerLabel {
    init(_ kind: SocketmapReply.Kind) {
        switch kind {
        case .found: self = .found
        case .notFound: self = .notFound
        case .temporary, .timeout: self = .temporary
        case .permanent: self = .permanent
        }
    }
}

extension DNSSECLabel {
    init(_ validation: ResolverSelfTest.Validation) {
        switch validation {
        case .works: self = .works
        case .unavailable: self = .unavailable
        case .off: self = .off
        case .unknown: self = .unknown
        }
    }
}

extension TransportPolicyLabel {
    init(_ protection: TransportPlan.Protection) {
        switch protection {
        case .dane: self = .dane
        case .sts: self = .sts
        case .opportunistic: self = .opportunistic
        case .none: self = .none
        }
    }
}
