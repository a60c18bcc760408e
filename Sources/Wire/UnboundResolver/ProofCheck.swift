internal import MailNames

/// What is known about whether DNSSEC works with the servers that we ask, and who wants to hear about it.
struct ProofCheck {
    /// How long each of the two probes may take; questions are held back no longer than the first.
    static let stepLimit = Duration.seconds(2)
    /// How long after a check that found no proof the next one is due.
    static let repeatInterval = Duration.seconds(30)

    /// What is asked for: the zone of the trust anchor.
    let zone: DomainName
    /// Whether to go on without proof where there can be none.
    private let mayGiveUp: Bool
    /// When the next check is due by itself; nil: not at all.
    private var next: ContinuousClock.Instant?
    private(set) var isRunning = false
    /// Whether questions go out without asking for proof.
    private(set) var isGivenUp = false
    /// Whether questions wait until the check has come to an end: it is the first one.
    private(set) var holdsQuestions = false
    /// Who wants to hear the result of the check that runs, or of the next.
    var listeners: [(ResolverSelfTest) -> Void] = []
    private var isFirst = true

    init(anchorZone: DomainName?, mayGiveUp: Bool) {
        zone = anchorZone ?? .root
        self.mayGiveUp = mayGiveUp && anchorZone != nil
        if self.mayGiveUp { next = .now }
    }

    /// Whether to check before the question that has just come.
    var isDue: Bool {
        guard let next, !isRunning else { return false }
        return next <= .now
    }

    mutating func begin() {
        isRunning = true
        holdsQuestions = mayGiveUp && isFirst
        isFirst = false
    }

    mutating func release() { holdsQuestions = false }

    /// Takes the result of a check and decides what follows from it.
    mutating func conclude(_ result: ResolverSelfTest, at now: ContinuousClock.Instant) -> ResolverSelfTest {
        var result = result
        isRunning = false
        holdsQuestions = false
        switch result.validation {
        case .works: (isGivenUp, next) = (false, nil)
        case .unavailable where mayGiveUp: (isGivenUp, next) = (true, now + Self.repeatInterval)
        case .unknown where mayGiveUp: next = now + Self.repeatInterval
        default: break
        }
        result.hasGivenUpProof = isGivenUp
        return result
    }

    /// Tells those who wanted to hear, once.
    mutating func tell(_ result: ResolverSelfTest) {
        let listeners = listeners
        self.listeners = []
        for listener in listeners { listener(result) }
    }
}
