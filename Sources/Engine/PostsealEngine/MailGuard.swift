public import DKIM
public import DNS
public import MailBytes
internal import MailNames
internal import SPF

/// Judges what comes in and signs what goes out: the engine as every daemon uses it.
///
/// One guard serves all messages; its settings never change. For new settings make a new guard with the same
/// ``GuardMemory``: messages that are on their way finish by the old ones.
public final class MailGuard: Sendable {
    /// What an administrator chose.
    public let settings: GuardSettings
    /// What was learnt and outlives the settings.
    public let memory: GuardMemory

    public init(settings: GuardSettings, memory: GuardMemory = GuardMemory()) {
        self.settings = settings
        self.memory = memory
    }

    /// Takes a message in hand when its header is complete.
    ///
    /// - Parameter transaction: with the header; the body goes to ``GuardedMessage/update(_:)``.
    public func begin(_ transaction: MailTransaction) -> GuardedMessage { GuardedMessage(transaction, of: self) }

    /// Takes a message in hand that this program has written itself, to be signed as our own mail is.
    ///
    /// - Parameter transaction: with the header; the body goes to ``GuardedMessage/update(_:)``.
    public func beginOwn(_ transaction: MailTransaction) -> GuardedMessage {
        GuardedMessage(transaction, of: self, direction: .outgoing)
    }

    /// Which way a message goes.
    public func direction(of envelope: MailEnvelope) -> MailDirection {
        if settings.ownsAuthenticated, envelope.isAuthenticated { return .outgoing }
        guard let address = envelope.clientAddress?.unmapped else { return .incoming }
        return settings.ownNetworks.contains { $0.contains(address) } ? .outgoing : .incoming
    }

    /// Holds all keys that are bound to a domain against their published records, so that what is wrong with them
    /// is known before mail is to be signed. DNS is asked anew: an administrator who has just published a key, and
    /// reloads, wants it used.
    public func checkKeys(resolver: some Resolver, at now: UnixTime) async -> [KeyCheck] {
        var keys: [DKIMSigningKey] = []
        for rule in settings.signing { if let domain = rule.fixedDomain { keys += rule.signingKeys(for: domain) } }
        keys += settings.sealing.map(\.key)
        let all = keys
        let keyRing = memory.keyRing
        var states: [Int: SigningKeyState] = [:]
        await withTaskGroup(of: (Int, SigningKeyState).self) { group in
            for index in all.indices {
                if index >= Self.keysAtOnce, let (done, state) = await group.next() { states[done] = state }
                group.addTask {
                    (index, await keyRing.state(of: all[index], resolver: resolver, at: now, isAskingAnew: true))
                }
            }
            for await (index, state) in group { states[index] = state }
        }
        return all.indices.map { KeyCheck(key: all[$0], state: states[$0] ?? .unknown) }
    }

    /// Limit: so many keys are asked for side by side.
    private static let keysAtOnce = 16
}

/// What a guard has learnt from DNS: kept when the settings change.
public final class GuardMemory: Sendable {
    /// Parsed records and keys.
    public let caches: InspectionCaches
    /// What is known of our own keys.
    public let keyRing: SigningKeyRing

    /// - Parameter keyAgeMaxSeconds: how long it is believed that a signing key is published, or is not.
    public init(keyAgeMaxSeconds: Int64 = 3_600) {
        caches = InspectionCaches(records: SPFRecordCache(), keys: DKIMKeyCache())
        keyRing = SigningKeyRing(ageMaxSeconds: keyAgeMaxSeconds)
    }
}

/// A private key and what DNS says of it.
public struct KeyCheck: Sendable {
    /// The key, and where its other half should be.
    public var key: DKIMSigningKey
    /// What DNS says.
    public var state: SigningKeyState
}

extension SigningRule {
    /// The one domain that the rule's keys sign for, if there is one.
    var fixedDomain: DomainName? {
        if let signAs { return signAs }
        if case .exactly(let domain) = pattern { return domain }
        return nil
    }
}
