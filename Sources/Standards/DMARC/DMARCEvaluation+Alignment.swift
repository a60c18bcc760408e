internal import DNS
internal import MailNames
internal import Trace

extension DMARCEvaluation {
    /// What came of holding the identifiers of one mechanism against the author domain.
    struct MechanismAlignment {
        /// The first identifier that is aligned.
        var aligned: DomainName?
        /// Why it is not known whether an identifier is aligned, or whether one passes that would be.
        var doubt: String?
    }

    struct Alignment {
        var spf = MechanismAlignment()
        var dkim = MechanismAlignment()
        var organizationalDomain: DomainName?

        var isAligned: Bool { spf.aligned != nil || dkim.aligned != nil }
    }

    /// RFC 9989 §4.10.2 and §5.3.4.
    mutating func align(_ record: DMARCRecord) async -> Alignment {
        var alignment = Alignment()
        alignment.organizationalDomain = await organizationalDomainOfAuthor(record)
        alignment.spf = await align(
            "SPF", request.spfPass, undecided: request.spfTempErrorDomains, mode: record.spfAlignment)
        alignment.dkim = await align(
            "DKIM", request.dkimPass, undecided: request.dkimTempErrorDomains, mode: record.dkimAlignment)
        return alignment
    }

    /// The author's organizational domain, where RFC 9989 §4.10.2 needs it or nothing was authenticated and people
    /// will want to know.
    private mutating func organizationalDomainOfAuthor(_ record: DMARCRecord) async -> DomainName? {
        let identifiers = request.spfPass + request.dkimPass
        if authorWalk == nil, !identifiers.isEmpty {
            // RFC 9989 §4.10.2: one domain for all, with a record of its own, counts as the organizational domain.
            if identifiers.allSatisfy({ $0 == author }) { return author }
            // … and for strict alignment the names alone are compared.
            let relaxed =
                (record.spfAlignment == .relaxed ? request.spfPass : [])
                + (record.dkimAlignment == .relaxed ? request.dkimPass : [])
            if relaxed.allSatisfy({ $0 == author }), !findsOrganization { return nil }
        }
        return await walkAuthor().organizationalDomain
    }

    private mutating func align(
        _ mechanism: String, _ passed: [DomainName], undecided: [DomainName], mode: DMARCAlignmentMode
    ) async -> MechanismAlignment {
        let author = author
        var alignment = MechanismAlignment()
        if passed.contains(author) {
            alignment.aligned = author
            source.trace.compared(true, "\(mechanism) domain \(author.text) is the author domain", .dmarc("3.2.10"))
            return alignment
        }
        for domain in distinct(passed, mechanism) {
            switch await isAligned(domain, mechanism, mode) {
            case .success(true):
                alignment.aligned = domain
                alignment.doubt = nil
                return alignment
            case .success(false): continue
            case .failure(let failure): alignment.doubt = alignment.doubt ?? failure.description
            }
        }
        guard alignment.doubt == nil else { return alignment }
        // An identifier that may pass next time matters only if it would be aligned.
        for domain in distinct(undecided, mechanism) where !passed.contains(domain) {
            switch await isAligned(domain, mechanism, mode) {
            case .success(false): continue
            case .success(true):
                alignment.doubt = "\(mechanism) ended in a temporary error for \(domain.text)"
                return alignment
            case .failure(let failure): alignment.doubt = alignment.doubt ?? failure.description
            }
        }
        return alignment
    }

    /// The identifiers without repetitions, as many as are looked at.
    private mutating func distinct(_ identifiers: [DomainName], _ mechanism: String) -> [DomainName] {
        let most = limits.identifiersMax
        var distinct: [DomainName] = []
        for domain in identifiers where !distinct.contains(domain) {
            guard distinct.count < most else {
                source.trace.limit("more than \(most) \(mechanism) domains: the rest is not looked at")
                break
            }
            distinct.append(domain)
        }
        return distinct
    }

    private mutating func isAligned(
        _ domain: DomainName, _ mechanism: String, _ mode: DMARCAlignmentMode
    ) async -> Result<Bool, DMARCFailure> {
        let author = author
        if domain == author { return .success(true) }
        guard mode == .relaxed else {
            source.trace.compared(
                false, "\(mechanism) domain \(domain.text) is not \(author.text), as strict alignment asks",
                .dmarc("3.2.10.2"))
            return .success(false)
        }
        // An organizational domain is the name itself or above it: names that share no label on the right cannot have
        // the same, so that no question is needed. A stranger's DNS then cannot hold up the result either.
        guard domain.suffix(labels: 1) == author.suffix(labels: 1) else {
            source.trace.compared(
                false, "\(mechanism) domain \(domain.text) has nothing in common with \(author.text)",
                .dmarc("3.2.10.1"))
            return .success(false)
        }
        let walk = await walkAuthor()
        guard let ours = walk.organizationalDomain else { return Self.failed(walk) }
        let other = await source.walk(from: domain)
        guard let theirs = other.organizationalDomain else {
            // A name that is not within our organizational domain cannot have it for its own, whatever its DNS does: a
            // stranger must not get from a failure to a temporary error by being silent.
            guard !domain.isEqualOrSubdomain(of: ours) else { return Self.failed(other) }
            source.trace.compared(
                false, "\(mechanism) domain \(domain.text) is not within \(ours.text)", .dmarc("3.2.10.1"))
            return .success(false)
        }
        source.trace.compared(
            ours == theirs,
            "organizational domain of \(mechanism) domain \(domain.text): \(theirs.text); "
                + "of \(author.text): \(ours.text)",
            .dmarc("3.2.10.1"))
        return .success(ours == theirs)
    }

    private static func failed(_ walk: DMARCTreeWalk) -> Result<Bool, DMARCFailure> {
        .failure(walk.failure ?? DMARCFailure(name: walk.start, status: "not known", detail: nil))
    }
}
