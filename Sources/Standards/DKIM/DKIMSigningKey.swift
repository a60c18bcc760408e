public import DNS
internal import MailBytes
internal import MailCrypto
public import MailNames

/// A private key and where its public half is published.
public struct DKIMSigningKey: Sendable {
    /// SDID, tag `d=`.
    public var domain: DomainName
    /// Tag `s=`.
    public var selector: DomainName
    public var privateKey: DKIMPrivateKey

    public init(domain: DomainName, selector: DomainName, privateKey: DKIMPrivateKey) {
        self.domain = domain
        self.selector = selector
        self.privateKey = privateKey
    }

    /// Whether a signature can say where the key is published: domain and selector are host names, the domain has two
    /// labels or more, and both together are no longer than a name may be (RFC 6376 §3.5, §3.6.2.1).
    ///
    /// A domain name may hold any octet, a semicolon too, which would end its tag.
    public var hasUsableNames: Bool {
        domain.isHostName && domain.labelCount >= 2 && selector.isHostName
            && DKIMKeySet.name(selector: selector, domain: domain) != nil
    }

    /// What is wrong between the key and its published record; nil if signatures by the key will verify.
    public func misfit(resolver: some Resolver) async -> DKIMKeyMisfit? {
        guard let name = DKIMKeySet.name(selector: selector, domain: domain) else {
            return .unpublished("selector and domain make too long a name")
        }
        return misfit(with: DKIMKeySet(await resolver.answer(DNSQuestion(name, .txt))))
    }

    /// As ``misfit(resolver:)``, with an answer at hand.
    public func misfit(with published: DKIMKeySet) -> DKIMKeyMisfit? {
        let keys: [DKIMPublishedKey]
        switch published.keys {
        case .failure(let failure):
            return failure.result == .temperror ? .unknown(failure.reason) : .unpublished(failure.reason)
        case .success(let found): keys = found
        }
        if keys.count > 1 { return .severalRecords(keys.count) }
        guard let only = keys.first else { return .unpublished("there is no key record") }
        do throws(DKIMFailure) {
            let key = try only.usableKey(for: privateKey.algorithm)
            return key == privateKey.publicKey ? nil : .anotherKey
        } catch {
            return .unusable(error.reason)
        }
    }
}

/// Why signatures by a key would not verify.
public enum DKIMKeyMisfit: Hashable, Sendable, CustomStringConvertible {
    /// DNS gave no answer, so nothing is known.
    case unknown(String)
    /// No key record is published.
    case unpublished(String)
    /// More than one key record is published, which verifiers treat as they please (RFC 6376 §3.6.2.2).
    case severalRecords(Int)
    /// The record forbids the use, is revoked, or holds no key.
    case unusable(String)
    /// The record holds another key.
    case anotherKey

    public var description: String {
        switch self {
        case .unknown(let why), .unpublished(let why), .unusable(let why): why
        case .severalRecords(let count): "\(count) key records are published under one name, where one is allowed"
        case .anotherKey: "the published key is not the public half of this private key"
        }
    }
}
