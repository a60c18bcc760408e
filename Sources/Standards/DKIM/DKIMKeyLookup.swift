public import DNS
public import MailBytes
public import MailNames
public import Trace

/// Fetches keys: RFC 6376 §3.6.2.
public struct DKIMKeyLookup<R: Resolver>: Sendable {
    /// Who answers where the key is asked for.
    public let resolver: R
    private let cache: DKIMKeyCache?

    public init(resolver: R, cache: DKIMKeyCache? = nil) {
        self.resolver = resolver
        self.cache = cache
    }

    /// What is published for a signature. Never throws: a failed look-up is a key set that says so.
    public func keys(
        selector: DomainName, domain: DomainName, at now: UnixTime, trace: inout Trace
    ) async -> DKIMKeySet {
        guard let name = DKIMKeySet.name(selector: selector, domain: domain) else {
            return DKIMKeySet(
                name: domain, keys: .failure(DKIMFailure(.permerror, "selector and domain make too long a name")),
                security: .indeterminate)
        }
        return await keys(at: name, now: now, trace: &trace)
    }

    func keys(at name: DomainName, now: UnixTime, trace: inout Trace) async -> DKIMKeySet {
        if let known = cache?.keys(at: name, now: now) {
            trace.add(.asked(DNSQuestion(name, .txt), nil), .rfc(6376, "3.6.2"), "")
            return known
        }
        let answer = await resolver.answer(DNSQuestion(name, .txt))
        trace.asked(answer, .rfc(6376, "3.6.2"))
        let keys = DKIMKeySet(answer)
        cache?.add(keys, ttlSeconds: answer.ttlSeconds, now: now)
        return keys
    }
}
