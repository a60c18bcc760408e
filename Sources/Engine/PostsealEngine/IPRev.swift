public import DNS
public import MailNames

/// What is known of the client's host name: RFC 8601 §3.
public struct IPRevOutcome: Hashable, Sendable {
    /// The result words of RFC 8601 §2.7.3.
    public enum Result: String, Hashable, Sendable, CaseIterable {
        /// The address has a name, and the name has the address.
        case pass
        /// The names of the address are not those of a host with this address.
        case fail
        /// DNS did not answer.
        case temperror
        /// The address has no name.
        case permerror
    }

    /// The result word.
    public var result: Result
    /// A name that leads to the address and back; only with ``Result/pass``.
    public var verifiedName: DomainName?
    /// A name that the address has and that does not lead back to it; only with ``Result/fail``. It proves nothing:
    /// whoever has the address writes what he likes there.
    public var claimedName: DomainName?
    /// One clause: why.
    public var reason: String

    public init(result: Result, verifiedName: DomainName? = nil, claimedName: DomainName? = nil, reason: String) {
        self.result = result
        self.verifiedName = verifiedName
        self.claimedName = claimedName
        self.reason = reason
    }
}

/// Asks whose address the client's is: RFC 8601 §3, "iprev".
public struct IPRevCheck<R: Resolver>: Sendable {
    /// Who answers.
    public let resolver: R
    /// Names of an address that are looked up. Limit: RFC 8601 §3 leaves the number to the verifier; SPF has the
    /// same one (RFC 7208 §4.6.4).
    public static var namesMax: Int { 10 }

    public init(resolver: R) { self.resolver = resolver }

    /// Looks for a name of the address that leads back to it.
    public func check(_ address: IPAddress) async -> IPRevOutcome {
        guard let reverse = address.reverseName else {
            return IPRevOutcome(result: .permerror, reason: "the address has no reverse name")
        }
        let answer = await resolver.answer(DNSQuestion(reverse, .ptr))
        if answer.status.isFailure {
            return IPRevOutcome(result: .temperror, reason: "no answer for \(answer.question): \(answer.status)")
        }
        let names = answer.data.compactMap { if case .ptr(let name) = $0 { name } else { nil } }
        guard !names.isEmpty else { return IPRevOutcome(result: .permerror, reason: "the address has no name") }
        var failed: DNSAnswer?
        for name in names.prefix(Self.namesMax) {
            let forward = await resolver.answer(DNSQuestion(name, address.isV4 ? .a : .aaaa))
            if forward.addresses.contains(address) {
                return IPRevOutcome(
                    result: .pass, verifiedName: name, reason: "\(name.text) has the client's address")
            }
            if forward.status.isFailure { failed = forward }
        }
        if let failed {
            return IPRevOutcome(result: .temperror, reason: "no answer for \(failed.question): \(failed.status)")
        }
        return IPRevOutcome(
            result: .fail, claimedName: names.first, reason: "none of the names of the address has the address")
    }
}
