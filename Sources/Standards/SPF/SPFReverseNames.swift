internal import DNS
internal import MailNames

/// The names of the client's address that lead back to it (RFC 7208 §5.5), found step by step and once in a check.
struct SPFReverseNames {
    private(set) var wasAsked = false
    /// Whether there are no names at all.
    private(set) var wasVoid = false
    /// Names that have still to be looked up.
    private var candidates: ArraySlice<DomainName> = []
    /// Names of which the client's address is one.
    private(set) var validated: [DomainName] = []

    /// Takes the answer for the client's address. RFC 7208 §5.5: an error is as good as no names.
    mutating func receive(_ answer: DNSAnswer, max: Int) {
        wasAsked = true
        guard !answer.status.isFailure else { return }
        wasVoid = answer.isVoid
        var names: [DomainName] = []
        for index in answer.records.indices {
            guard case .ptr(let name) = answer.records[index].data else { continue }
            // RFC 7208 §4.6.4: whoever owns the address could list any number, so the rest is ignored.
            guard names.count < max else { break }
            names.append(name)
        }
        candidates = names[...]
    }

    /// The name to look up next; nil if all are.
    var candidate: DomainName? { candidates.first }

    /// Takes the answer for ``candidate``. RFC 7208 §5.5: after an error the name is passed over.
    mutating func validate(_ answer: DNSAnswer, _ client: IPAddress) {
        guard let name = candidates.popFirst(), !answer.status.isFailure else { return }
        for index in answer.records.indices {
            guard case .address(let address) = answer.records[index].data, address == client else { continue }
            validated.append(name)
            return
        }
    }

    /// RFC 7208 §7.3: the domain itself, else a name below it, else any.
    func preferred(for domain: DomainName) -> DomainName? {
        validated.first { $0 == domain } ?? validated.first { $0.isEqualOrSubdomain(of: domain) } ?? validated.first
    }
}

extension SPFEvaluation {
    /// RFC 7208 §5.5: whether a name of the client is the target or below it. Asks for as much as is still unknown.
    mutating func matchReverseNames() -> Progress {
        if reverse.validated.contains(where: { $0.isEqualOrSubdomain(of: target) }) { return .matches }
        return reverseQuestion(for: .mechanism).map { .waits($0) } ?? .doesNotMatch
    }

    /// What has to be asked before the client's names are known; nil if they are.
    mutating func reverseQuestion(for user: NeedsNames) -> DNSQuestion? {
        guard reverse.wasAsked else {
            guard let name = client.reverseName else { return nil }
            pending = .reverseNames(user)
            return DNSQuestion(name, .ptr)
        }
        guard let candidate = reverse.candidate else { return nil }
        pending = .reverseAddress(user)
        return DNSQuestion(candidate, addressType)
    }
}
