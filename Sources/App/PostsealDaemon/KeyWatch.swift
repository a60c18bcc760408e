internal import DKIM
internal import Logging
internal import MailNames
internal import PostsealEngine
internal import PostsealObservability
internal import UnboundResolver

/// Looks whether the public halves of the signing keys are published, so that what is wrong with them is known before
/// a message waits for it, and a new selector is taken into use when its record is there.
struct KeyWatch: Sendable {
    let workshop: Workshop
    let core: DaemonCore

    /// Looks once, counts, and logs what keys cannot be used.
    func look() async {
        let filter = workshop.filter
        let checks = await workshop.mailGuard.checkKeys(
            resolver: BudgetedResolver(filter.resolver, questionsMax: Self.questionsMax, timeLimit: .seconds(60)),
            at: core.now())
        var counts: [Cell: Int] = [:]
        for check in checks {
            counts[Cell(SignatureAlgorithm(check.key.privateKey.algorithm), .init(check.state)), default: 0] += 1
            report(check)
        }
        for algorithm in SignatureAlgorithm.allCases {
            for state in PostsealObservability.SigningKeyState.allCases {
                core.metrics.signingKeys.set(algorithm, state, to: counts[Cell(algorithm, state)] ?? 0)
            }
        }
    }

    /// Limit: the daemon's own keys, of which an administrator wrote down each.
    private static let questionsMax = 10_000

    private struct Cell: Hashable {
        var algorithm: SignatureAlgorithm
        var state: PostsealObservability.SigningKeyState

        init(_ algorithm: SignatureAlgorithm, _ state: PostsealObservability.SigningKeyState) {
            self.algorithm = algorithm
            self.state = state
        }
    }

    private func report(_ check: KeyCheck) {
        let key = check.key
        let fields: Logger.Metadata = [
            "domain": .string(key.domain.text), "selector": .string(key.selector.text),
            "algorithm": .string(key.privateKey.algorithm.rawValue),
        ]
        switch check.state {
        case .published: core.log.debug("signing key is published", metadata: fields)
        case .unknown: core.log.warning("DNS does not say whether the signing key is published", metadata: fields)
        case .misfit(let misfit):
            core.log.warning("signing key is not used: \(misfit.description)", metadata: fields)
        }
    }
}

extension PostsealObservability.SigningKeyState {
    init(_ state: PostsealEngine.SigningKeyState) {
        switch state {
        case .published: self = .usable
        case .unknown: self = .unknown
        case .misfit(.unpublished): self = .notPublished
        case .misfit(.unknown): self = .unknown
        case .misfit(.severalRecords), .misfit(.unusable), .misfit(.anotherKey): self = .mismatch
        }
    }
}
