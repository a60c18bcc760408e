public import DNS
internal import MailBytes
public import MailCrypto
public import MailNames

/// One published record with its key.
public struct DKIMPublishedKey: Sendable {
    public let record: DKIMKeyRecord
    /// The key, or why `p=` is none.
    public let key: Result<DKIMPublicKey, KeyError>

    init(_ record: DKIMKeyRecord) {
        self.record = record
        do throws(KeyError) {
            key = .success(try record.key())
        } catch {
            key = .failure(error)
        }
    }
}

/// What is published under one key name.
public struct DKIMKeySet: Sendable {
    /// `selector._domainkey.domain`.
    public let name: DomainName
    /// The records that are DKIM keys, in the order of the answer; or why there are none.
    public let keys: Result<[DKIMPublishedKey], DKIMFailure>
    /// How far the answer is proved.
    public let security: DNSSECState

    public init(name: DomainName, keys: Result<[DKIMPublishedKey], DKIMFailure>, security: DNSSECState) {
        self.name = name
        self.keys = keys
        self.security = security
    }

    /// The name where a key is published (RFC 6376 §3.6.2.1); nil if that is too long for DNS.
    public static func name(selector: DomainName, domain: DomainName) -> DomainName? {
        try? DomainName(selector.bytes + Array("._domainkey.".utf8) + domain.bytes)
    }

    /// Reads an answer.
    ///
    /// Several records: RFC 6376 §6.1.2 leaves open which of them counts. All that are keys are tried, four at most:
    /// a domain that changes its key must not lose mail because of an old record, and only the domain itself can
    /// publish any. Records that are no keys, such as a wildcard's, are passed over if there is a key beside them.
    public init(_ answer: DNSAnswer) {
        self.init(name: answer.question.name, keys: Self.keys(in: answer), security: answer.security)
    }

    private static func keys(in answer: DNSAnswer) -> Result<[DKIMPublishedKey], DKIMFailure> {
        // RFC 6376 §6.1.2: no answer is TEMPFAIL, no record is PERMFAIL.
        guard !answer.status.isFailure else {
            return .failure(DKIMFailure(.temperror, "the key cannot be fetched: \(answer.status)"))
        }
        let texts = answer.texts
        guard !texts.isEmpty else {
            let why =
                answer.status == .nxDomain
                ? "the name \(answer.question.name.text) does not exist"
                : "there is no TXT record at \(answer.question.name.text)"
            return .failure(DKIMFailure(.permerror, "no key for the signature: \(why)"))
        }
        var keys: [DKIMPublishedKey] = []
        var firstError: DKIMSyntaxError?
        for text in texts.prefix(DKIMLimits.keyRecordsMax) {
            do throws(DKIMSyntaxError) {
                keys.append(DKIMPublishedKey(try DKIMKeyRecord(parsing: text)))
            } catch {
                firstError = firstError ?? error
            }
        }
        guard keys.isEmpty else { return .success(keys) }
        return .failure(
            DKIMFailure(.permerror, "the key record is malformed" + (firstError.map { ": \($0)" } ?? "")))
    }
}

/// What a signature is worth against the keys under its name.
public struct DKIMKeyVerdict: Sendable {
    /// `pass`, `fail`, `permerror`, `policy` or `temperror`.
    public var result: DKIMResult
    /// Nil for a pass.
    public var reason: String?
    /// The key's length; nil if there is no usable key.
    public var keyBits: Int?
    /// The record's flag `t=y`.
    public var isTesting: Bool

    init(_ result: DKIMResult, _ reason: String? = nil, keyBits: Int? = nil, isTesting: Bool = false) {
        self.result = result
        self.reason = reason
        self.keyBits = keyBits
        self.isTesting = isTesting
    }

    /// Which of several records speaks for the signature, if none makes it pass: the one that came furthest.
    var rank: Int {
        switch result {
        case .pass: 3
        case .fail: 2
        case .policy: 1
        default: 0
        }
    }
}

extension DKIMKeySet {
    /// Checks a signature of a header hash.
    ///
    /// - Parameters:
    ///   - identityIsExact: whether the domain of `i=` is that of `d=`.
    ///   - digest: the header hash; called only if there is a key to check it with.
    public func verify(
        _ signature: [UInt8], algorithm: DKIMAlgorithm, identityIsExact: Bool = true,
        options: DKIMOptions = DKIMOptions(), digest: () -> SHA256Digest
    ) -> DKIMKeyVerdict {
        let keys: [DKIMPublishedKey]
        switch self.keys {
        case .failure(let failure): return DKIMKeyVerdict(failure.result, failure.reason)
        case .success(let found): keys = found
        }
        var best: DKIMKeyVerdict?
        var computed: SHA256Digest?
        for published in keys {
            var verdict: DKIMKeyVerdict
            do throws(DKIMFailure) {
                let key = try published.usableKey(
                    for: algorithm, identityIsExact: identityIsExact, options: options)
                let header = computed ?? digest()
                computed = header
                verdict =
                    key.isValidSignature(signature, digest: header)
                    ? DKIMKeyVerdict(.pass) : DKIMKeyVerdict(.fail, "the signature did not verify")
            } catch {
                verdict = DKIMKeyVerdict(error.result, error.reason)
            }
            verdict.keyBits = try? published.key.get().bits
            verdict.isTesting = published.record.isTesting
            if verdict.result == .pass { return verdict }
            if best.map({ verdict.rank > $0.rank }) ?? true { best = verdict }
        }
        return best ?? DKIMKeyVerdict(.permerror, "no key for the signature")
    }
}

extension DKIMPublishedKey {
    /// The key, if it may be used for such a signature. The checks are those of RFC 6376 §6.1.2, in its order.
    public func usableKey(
        for algorithm: DKIMAlgorithm, identityIsExact: Bool = true, options: DKIMOptions = DKIMOptions()
    ) throws(DKIMFailure) -> DKIMPublicKey {
        // RFC 6376 §3.6.1: a record for other services is none for mail.
        guard options.services.contains(where: record.isFor) else {
            throw DKIMFailure(.permerror, "the key record is not for e-mail (s=)")
        }
        guard record.allows(hash: algorithm.hashName) else {
            throw DKIMFailure(.permerror, "the key record does not allow \(algorithm.hashName) (h=)")
        }
        guard !record.isRevoked else { throw DKIMFailure(.permerror, "the key is revoked (p= is empty)") }
        guard record.keyType == algorithm.keyType else {
            throw DKIMFailure(
                .permerror,
                "the key is for \(record.keyType.text.prefix(32)) (k=), the signature is \(algorithm.rawValue)")
        }
        // RFC 6376 §3.6.1, flag s.
        guard identityIsExact || !record.requiresExactIdentity else {
            throw DKIMFailure(.permerror, "i= is in a subdomain of d=, which the key record forbids (t=s)")
        }
        let key: DKIMPublicKey
        switch self.key {
        case .success(let found): key = found
        case .failure(let error): throw DKIMFailure(.permerror, "p= of the key record is no usable key: \(error)")
        }
        if case .rsa(let key) = key {
            // RFC 8301 §3.2: 1024 to 4096 must be accepted, less never; RSAPublicKey holds the lower bound.
            guard key.bits >= options.keyBitsMin else {
                throw DKIMFailure(.policy, "the key has \(key.bits) bits, fewer than \(options.keyBitsMin)")
            }
            guard key.bits <= options.keyBitsMax else {
                throw DKIMFailure(.policy, "the key has \(key.bits) bits, more than \(options.keyBitsMax)")
            }
        }
        return key
    }
}
