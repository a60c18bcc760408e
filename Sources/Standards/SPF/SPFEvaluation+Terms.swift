internal import DNS
internal import MailNames

// The mechanisms: RFC 7208 §5.

extension SPFEvaluation {
    /// Looks at one term.
    mutating func evaluate(_ entry: SPFEntry) -> Progress {
        switch entry.kind {
        case .all: return .matches
        case .ip4:
            // RFC 7208 §5: an IPv4 address is only ever matched by `ip4`, an IPv6 address by `ip6`.
            guard case .v4(let address) = client else { return .doesNotMatch }
            return entry.contains(v4: address) ? .matches : .doesNotMatch
        case .ip6:
            guard case .v6(let high, let low) = client else { return .doesNotMatch }
            return entry.contains(v6: high, low) ? .matches : .doesNotMatch
        // RFC 7208 §4.6.3: modifiers wait until no mechanism is left; unknown ones do nothing (§6).
        case .redirect, .explanation, .modifier: return .doesNotMatch
        case .include, .a, .mx, .ptr, .exists: break
        }
        guard countLookup() else { return .ends }
        switch targetName(entry) {
        case .name(let name):
            return lookUp(entry, name)
        case .malformed:
            if entry.kind == .include { return endInError(.permerror, .includeMalformed(frame.domain)) }
            // Unspecified: RFC 7208 §4.8 leaves names that the DNS cannot have open. Such a name has no addresses, so
            // the mechanism does not match.
            return .doesNotMatch
        case .matchesNothing:
            return .doesNotMatch
        case .waits(let question):
            return .waits(question)
        }
    }

    private mutating func lookUp(_ entry: SPFEntry, _ name: DomainName) -> Progress {
        switch entry.kind {
        case .include:
            return evaluate(include: name)
        case .a:
            pending = .address
            return .waits(DNSQuestion(name, addressType))
        case .mx:
            pending = .exchanges
            return .waits(DNSQuestion(name, .mx))
        case .ptr:
            target = name
            // A second `ptr` asks nothing again, and is void again.
            if reverse.wasVoid { return countVoid() ? .doesNotMatch : .ends }
            return matchReverseNames()
        case .exists:
            // RFC 7208 §5.7: A, whatever the family of the client.
            pending = .existence
            return .waits(DNSQuestion(name, .a))
        case .all, .ip4, .ip6, .redirect, .explanation, .modifier:
            return .doesNotMatch
        }
    }

    /// RFC 7208 §5: A for clients with an IPv4 address, AAAA for the others.
    var addressType: DNSRecordType { client.isV4 ? .a : .aaaa }

    /// RFC 7208 §4.6.4: counts the term at hand as one that asks the DNS, once; false if that was one too many.
    mutating func countLookup() -> Bool {
        if frame.isCounted { return true }
        frame.isCounted = true
        lookups += 1
        guard lookups > limits.lookupsMax else { return true }
        traceLimit("this would be look-up \(lookups), and \(limits.lookupsMax) are allowed")
        end(.permerror, .tooManyLookups)
        return false
    }

    /// RFC 7208 §4.6.4: counts the term at hand as one for which nothing was found; false if that was one too many.
    ///
    /// Unspecified: the section counts terms, and leaves open when one that asks several questions is void. Here it is
    /// once, if everything that it asked came to nothing. Counting each answer would make an error of an `mx` whose
    /// hosts have IPv4 addresses alone, for every client that has an IPv6 address.
    mutating func countVoid() -> Bool {
        voidLookups += 1
        guard voidLookups > limits.voidLookupsMax else { return true }
        traceLimit("void look-up \(voidLookups), and \(limits.voidLookupsMax) are allowed")
        end(.permerror, .tooManyVoids)
        return false
    }

    mutating func receiveAddresses(_ answer: DNSAnswer) -> Progress {
        if answer.status.isFailure { return endInError(.temperror, .noAnswer(answer.question, answer.status)) }
        switch compareAddresses(answer) {
        case .matches: return .matches
        case .noneThere: return countVoid() ? .doesNotMatch : .ends
        case .otherAddresses: return .doesNotMatch
        }
    }

    mutating func receiveExistence(_ answer: DNSAnswer) -> Progress {
        if answer.status.isFailure { return endInError(.temperror, .noAnswer(answer.question, answer.status)) }
        guard answer.isVoid else { return .matches }
        return countVoid() ? .doesNotMatch : .ends
    }

    enum Comparison { case matches, otherAddresses, noneThere }

    /// RFC 7208 §5: holds the client against each address, by the leading bits of the term at hand.
    func compareAddresses(_ answer: DNSAnswer) -> Comparison {
        let entry = frame.record.entries[frame.next]
        var comparison = Comparison.noneThere
        let records = answer.records.span
        for index in records.indices {
            guard case .address(let address) = records[index].data else { continue }
            comparison = .otherAddresses
            switch (address, client) {
            case (.v4(let theirs), .v4(let ours)):
                var network = entry
                network.low = UInt64(theirs)
                if network.contains(v4: ours) { return .matches }
            case (.v6(let high, let low), .v6(let ourHigh, let ourLow)):
                if SPFEntry.agree((high, low), (ourHigh, ourLow), length: entry.v6Length) { return .matches }
            default: break
            }
        }
        return comparison
    }
}

// MARK: mx

extension SPFEvaluation {
    mutating func receiveExchanges(_ answer: DNSAnswer) -> Progress {
        if answer.status.isFailure { return endInError(.temperror, .noAnswer(answer.question, answer.status)) }
        var names: [DomainName] = []
        for index in answer.records.indices {
            guard case .mx(_, let exchange) = answer.records[index].data else { continue }
            names.append(exchange)
        }
        // RFC 7208 §4.6.4. The order of an answer is arbitrary, so that too many names are an error even where one of
        // the first ten would match: the result does not depend on chance.
        guard names.count <= limits.exchangesMax else {
            traceLimit("\(names.count) mail exchangers, and \(limits.exchangesMax) are allowed")
            return endInError(.permerror, .tooManyExchanges(answer.question.name))
        }
        if names.isEmpty { return countVoid() ? .doesNotMatch : .ends }
        exchanges = names[...]
        // A null MX (RFC 7505 §3) names the root: there is nobody to look up, and nothing was looked up in vain.
        hasExchangeAddress = names.contains(where: \.isRoot)
        return nextExchange()
    }

    mutating func receiveExchangeAddresses(_ answer: DNSAnswer) -> Progress {
        if answer.status.isFailure { return endInError(.temperror, .noAnswer(answer.question, answer.status)) }
        switch compareAddresses(answer) {
        case .matches: return .matches
        case .otherAddresses: hasExchangeAddress = true
        case .noneThere: break
        }
        return nextExchange()
    }

    /// RFC 7208 §5.4: the addresses of the exchangers alone; a domain without MX records is not its own exchanger.
    private mutating func nextExchange() -> Progress {
        while let name = exchanges.popFirst() {
            if name.isRoot { continue }
            pending = .exchangeAddress
            return .waits(DNSQuestion(name, addressType))
        }
        if hasExchangeAddress { return .doesNotMatch }
        return countVoid() ? .doesNotMatch : .ends
    }
}
