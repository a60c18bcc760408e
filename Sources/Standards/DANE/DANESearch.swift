internal import DNS
internal import MailNames
internal import Trace

/// One host's search.
struct DANESearch<R: Resolver> {
    let resolver: R
    let options: DANEOptions
    let host: DomainName
    let port: UInt16
    var trace: Trace
    private var answers: [DNSAnswer] = []
    private var addresses: [IPAddress] = []
    private var canonicalName: DomainName
    private var addressSecurity = DNSSECState.indeterminate

    init(resolver: R, options: DANEOptions, host: DomainName, port: UInt16, trace: Trace) {
        self.resolver = resolver
        self.options = options
        self.host = host
        self.port = port
        self.trace = trace
        canonicalName = host
    }

    func outcome(_ finding: DANEFinding) -> DANELookupOutcome {
        DANELookupOutcome(
            host: host, port: port, finding: finding, addresses: addresses, canonicalName: canonicalName,
            addressSecurity: addressSecurity, answers: answers, ttlSeconds: ttlSeconds(finding),
            reason: reason(finding), trace: trace)
    }

    /// What failed is not to be kept; another failure beside what was used says nothing.
    private func ttlSeconds(_ finding: DANEFinding) -> UInt32 {
        if case .failure = finding { return 0 }
        return answers.lazy.filter { !$0.status.isFailure }.map(\.ttlSeconds).min() ?? 0
    }

    private func reason(_ finding: DANEFinding) -> String {
        switch finding {
        case .usable(let records, let base):
            "\(records.usable.count) usable TLSA record\(records.usable.count == 1 ? "" : "s") for \(base.text)"
        case .unusable(let records, let base):
            "TLSA records for \(base.text), none of them usable: "
                + (records.unusable.first?.defect.description ?? "")
        case .none(let absence): absence.description
        case .failure(let failure): failure.description
        case .unreachable: "\(host.text) has no address"
        }
    }

    mutating func run() async -> DANEFinding {
        if let finding = await findAddresses() { return finding }
        let candidates: [DomainName]
        switch await findCandidates() {
        case .success(let found): candidates = found
        case .failure(let end): return end.finding
        }
        var absence = DANEAbsence.noRecords
        for candidate in candidates {
            switch await records(of: candidate) {
            case .found(let finding): return finding
            case .absent(let why): if why != .noRecords { absence = why }
            }
        }
        trace.decided("DANE does not apply: \(absence.description)", .smtp("2.2.3"))
        return .none(absence)
    }

    private struct End: Error {
        var finding: DANEFinding
    }

    private enum Step {
        case found(DANEFinding)
        case absent(DANEAbsence)
    }

    // MARK: Addresses

    /// RFC 7672 §2.2.2: address look-ups come first. Nil if the search goes on.
    private mutating func findAddresses() async -> DANEFinding? {
        async let six = resolver.answer(DNSQuestion(host, .aaaa))
        async let four = resolver.answer(DNSQuestion(host, .a))
        let both = [await six, await four]
        for answer in both { note(answer, "2.2.2") }
        answers = both
        let found = both.filter { !$0.status.isFailure && !$0.isVoid }
        if found.isEmpty {
            if let failed = both.first(where: { $0.status.isFailure }) {
                trace.decided("a look-up failed: the server counts as unreachable", .smtp("2.1.2"))
                return .failure(DANELookupFailure(failed))
            }
            trace.decided("no address: the server is unreachable", .smtp("2.2.2"))
            return .unreachable
        }
        // Unspecified: one family answered, the other failed. What is there is used, as mail servers do; it can't
        // lower what is demanded, because the state of the addresses that are used decides.
        addresses = found.flatMap(\.addresses)
        // Where the two differ, the better one decides: asking once more does no harm, not asking might.
        let best = found.first { $0.security == .secure } ?? found[0]
        addressSecurity = best.security
        canonicalName = best.canonicalName
        return nil
    }

    // MARK: Base domains

    /// RFC 7672 §2.2.2: which names may be the TLSA base domain, the best first.
    private mutating func findCandidates() async -> Result<[DomainName], End> {
        if addressSecurity == .secure {
            guard canonicalName != host else { return .success([host]) }
            let (host, end) = (host, canonicalName)
            trace.found("\(host.text) is an alias of \(end.text), all of it proved", .smtp("2.2.2"))
            return .success([end, host])
        }
        let absence = addressSecurity == .indeterminate ? DANEAbsence.notValidated : .insecureAddresses
        guard canonicalName != host else {
            trace.decided("DANE does not apply: \(absence.description)", .smtp("2.2.2"))
            return .failure(End(finding: .none(absence)))
        }
        // RFC 7672 §2.1.3: whether the first link is signed takes a question of its own.
        let alias = await resolver.answer(DNSQuestion(host, .cname))
        note(alias, "2.1.3")
        answers.append(alias)
        if alias.status.isFailure { return .failure(End(finding: .failure(DANELookupFailure(alias)))) }
        guard alias.security == .secure else {
            trace.decided("DANE does not apply: \(absence.description)", .smtp("2.2.2"))
            return .failure(End(finding: .none(absence)))
        }
        let host = host
        trace.found("the alias itself is proved, what it leads to is not: only \(host.text) counts", .smtp("2.2.2"))
        return .success([host])
    }

    // MARK: Records

    private mutating func records(of candidate: DomainName) async -> Step {
        let port = port
        guard let name = TLSARecord.name(host: candidate, port: port) else {
            trace.limit("_\(port)._tcp.\(candidate.text) is longer than a name can be, so there are no records")
            return .absent(.noRecords)
        }
        let answer = await resolver.answer(DNSQuestion(name, .tlsa))
        note(answer, "2.2.3")
        answers.append(answer)
        // RFC 7672 §2.1.1, §2.1.2: an error, and an answer of which nothing is known behind proved addresses, make
        // the server unreachable. Otherwise whoever can suppress an answer could turn DANE off.
        if answer.status.isFailure || answer.security == .bogus || answer.security == .indeterminate {
            trace.decided("no proved answer: the server counts as unreachable", .smtp("2.1.2"))
            return .found(.failure(DANELookupFailure(answer)))
        }
        guard answer.security == .secure else { return .absent(.insecureRecords) }
        let records = answer.data.compactMap { TLSARecord($0) }
        guard !records.isEmpty else { return .absent(.noRecords) }
        let set = TLSARecordSet(records, options: options)
        // RFC 7672 §2.2.3: aliases of the TLSA records do not change the base domain.
        trace.decided(
            "TLSA base domain \(candidate.text): TLS is mandatory"
                + (set.isUsable ? ", and so is authentication" : "; no record is usable for authentication"),
            .smtp("2.2"))
        return .found(
            set.isUsable ? .usable(set, baseDomain: candidate) : .unusable(set, baseDomain: candidate))
    }

    private mutating func note(_ answer: DNSAnswer, _ section: String) {
        trace.asked(answer, .smtp(section))
    }
}
