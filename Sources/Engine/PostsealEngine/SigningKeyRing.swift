public import DKIM
public import DNS
public import MailBytes
public import MailNames
internal import Synchronization

/// What is known about a private key and its published record.
public enum SigningKeyState: Hashable, Sendable {
    /// Nobody has asked yet, or DNS never answered.
    case unknown
    /// The published key is the public half of this one.
    case published
    /// Signatures by the key would not verify.
    case misfit(DKIMKeyMisfit)
}

/// The private keys that sign, each with what DNS said of it: a key signs only if verifiers will find its other half.
///
/// So a new selector may be configured before its record is published: it is taken into use when DNS has it, and until
/// then the older one goes on. What DNS said last holds while DNS is silent.
public final class SigningKeyRing: Sendable {
    /// A key and its place in DNS. The key is part of it: another one under the same name has to be looked at anew.
    public struct Place: Hashable, Sendable {
        /// `s=`
        public var selector: DomainName
        /// SDID, `d=`.
        public var domain: DomainName
        /// What has to be published there.
        public var publicKey: DKIMPublicKey
    }

    private struct Entry {
        var state: SigningKeyState
        var askedAt: UnixTime
        /// How long the state holds before DNS is asked again.
        var lifeSeconds: Int64

        func holds(at now: UnixTime) -> Bool {
            let age = now.seconds - askedAt.seconds
            // A clock that was set back must not keep an answer for ever.
            return age >= 0 && age < lifeSeconds
        }
    }

    private let entries = Mutex<[Place: Entry]>([:])
    /// How long it is believed that a key is published.
    public let ageMaxSeconds: Int64
    /// How long it is believed that a key is not, and how long DNS is left alone when it did not answer.
    public let retrySeconds: Int64
    /// Limit: rules for any domain make as many places as there are author domains; so many are remembered.
    private static let placesMax = 20_000

    public init(ageMaxSeconds: Int64 = 3_600, retrySeconds: Int64 = 60) {
        self.ageMaxSeconds = ageMaxSeconds
        self.retrySeconds = retrySeconds
    }

    /// What was known last, without asking.
    public func state(of key: DKIMSigningKey) -> SigningKeyState {
        entries.withLock { $0[Place(key)]?.state } ?? .unknown
    }

    /// What is known, asking DNS where that is too old.
    ///
    /// - Parameter isAskingAnew: whether DNS is asked in any case.
    public func state(
        of key: DKIMSigningKey, resolver: some Resolver, at now: UnixTime, isAskingAnew: Bool = false
    ) async -> SigningKeyState {
        let place = Place(key)
        let known = entries.withLock { $0[place] }
        if !isAskingAnew, let known, known.holds(at: now) { return known.state }
        let entry =
            switch await key.misfit(resolver: resolver) {
            case nil: Entry(state: .published, askedAt: now, lifeSeconds: ageMaxSeconds)
            // DNS was silent: what it said before still holds.
            case .unknown: Entry(state: known?.state ?? .unknown, askedAt: now, lifeSeconds: retrySeconds)
            case .some(let misfit): Entry(state: .misfit(misfit), askedAt: now, lifeSeconds: retrySeconds)
            }
        entries.withLock { entries in
            if entries.count >= Self.placesMax, entries[place] == nil { entries.removeAll() }
            entries[place] = entry
        }
        return entry.state
    }
}

extension SigningKeyRing.Place {
    init(_ key: DKIMSigningKey) {
        self.init(selector: key.selector, domain: key.domain, publicKey: key.privateKey.publicKey)
    }
}

extension SigningKeyRing {
    /// Which keys sign, and why the others do not.
    struct Choice {
        var keys: [DKIMSigningKey] = []
        /// Keys that DNS speaks against.
        var refused: [(key: DKIMSigningKey, misfit: DKIMKeyMisfit)] = []
    }

    /// Of each algorithm the first key that is published. Where DNS has never answered for any, the last: what is
    /// oldest has most likely been published for long.
    func choose(
        from keys: [DKIMSigningKey], resolver: some Resolver, at now: UnixTime
    ) async -> Choice {
        var choice = Choice()
        for algorithm in DKIMAlgorithm.allCases {
            let candidates = keys.filter { $0.privateKey.algorithm == algorithm }
            var undecided: DKIMSigningKey?
            var chosen: DKIMSigningKey?
            for key in candidates where chosen == nil {
                switch await state(of: key, resolver: resolver, at: now) {
                case .published: chosen = key
                case .unknown: undecided = key
                case .misfit(let misfit): choice.refused.append((key, misfit))
                }
            }
            if let key = chosen ?? undecided { choice.keys.append(key) }
        }
        return choice
    }
}
