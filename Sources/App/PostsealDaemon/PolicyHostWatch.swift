internal import HTTPSServing
internal import Logging
internal import MTASTS
internal import MailNames
internal import PostsealObservability
internal import PostsealTransport
internal import Sockets

/// Counts and logs what happens at the sockets of the policy hosts.
struct PolicyHostWatch: HTTPSServerObserver {
    let metrics: Metrics
    let log: Logger

    func observe(_ event: HTTPSServerEvent, on address: ListenAddress) {
        let socket: Logger.Metadata = ["socket": .string(address.description)]
        switch event {
        case .answered(let status):
            metrics.policyRequests.add(status == 200 ? .found : status == 404 ? .notFound : .refused)
        case .handshakeFailed:
            metrics.policyRequests.add(.noTLS)
            log.debug("TLS with a client of the policy hosts did not come about", metadata: socket)
        case .cutOff:
            metrics.policyRequests.add(.cutOff)
            log.debug("a client of the policy hosts was too slow, or asked for too much", metadata: socket)
        case .refused: log.warning("connection to the policy hosts refused: there are too many", metadata: socket)
        case .acceptFailed(let code):
            log.error("cannot take a connection to the policy hosts: \(systemText(code))", metadata: socket)
        }
    }
}

/// Says what becomes of the policies.
struct PolicyHostNotes: Sendable {
    let core: DaemonCore

    func tell(_ note: PolicyHost.Note) {
        switch note {
        case .published(let domain, let published, let proof): tell(domain, published, proof)
        case .recordDiffers(let domain, let line, let found):
            core.log.warning(
                "DNS does not lead to the MTA-STS policy that is published; put this record there: \(line)",
                metadata: ["domain": .string(domain.text), "found": .octets(Array(found.utf8))])
        case .recordAgrees(let domain):
            core.log.notice(
                "DNS leads to the MTA-STS policy that is published", metadata: ["domain": .string(domain.text)])
        case .cannotKeep(let why): core.log.error("\(why); what was verified is forgotten at a restart")
        }
    }

    private func tell(_ domain: DomainName, _ published: PublishedPolicy, _ proof: PolicyProof?) {
        let fields: Logger.Metadata = [
            "domain": .string(domain.text), "mode": .string(published.policy.mode.rawValue),
            "id": .string(published.policy.recordID),
            "reason": .octets(Array((proof.map { $0.isGood ? "verified" : $0.reason } ?? "not verified yet").utf8)),
        ]
        guard let proof else { return core.log.notice("MTA-STS policy published for now", metadata: fields) }
        switch published.state {
        case .asWanted where proof.isGood: core.log.notice("MTA-STS policy published", metadata: fields)
        case .asWanted:
            core.log.warning("servers do not hold to the MTA-STS policy, which is not enforced", metadata: fields)
        case .heldBack:
            core.log.error("MTA-STS policy published in mode 'testing' and not 'enforce'", metadata: fields)
        case .previous:
            core.log.error("the new MTA-STS policy is not published, the one before it stays", metadata: fields)
        case .failing:
            core.log.error(
                "servers do not hold to the MTA-STS policy in force: senders keep mail back", metadata: fields)
        }
    }
}

extension PublishedPolicyLabel {
    init(_ state: PublishedPolicy.State) {
        switch state {
        case .asWanted: self = .asWanted
        case .failing: self = .failing
        case .heldBack: self = .heldBack
        case .previous: self = .previous
        }
    }
}
