internal import DNS
internal import MailNames
internal import Trace

extension DMARCEvaluation {
    /// A record, where it was found, and for whom it is read.
    struct Applicable {
        var domain: DomainName
        var record: DMARCRecord
        var subject: DMARCRecordSubject
    }

    enum Discovery {
        case found(Applicable)
        case nothing
        case failed(DMARCFailure)
    }

    /// RFC 9989 §4.10.1: the record of the author domain, else of its organizational domain, else of its public suffix.
    mutating func discover() async -> Discovery {
        let author = author
        switch await source.finding(at: author) {
        case .failure(let failure): return .failed(failure)
        case .record(let record):
            return .found(Applicable(domain: author, record: record, subject: .publisher))
        case .nothing: break
        }
        // The walk that §4.10.1 starts at the parent asks the same questions as one that starts at the author domain,
        // whose own answer is known by now.
        let walk = await walkAuthor()
        if let failure = walk.failure { return .failed(failure) }
        guard let (domain, record) = walk.inheritedRecord else { return .nothing }
        source.trace.decided("the record of \(domain.text) applies to \(author.text)", .dmarc("4.10.1"))
        return .found(Applicable(domain: domain, record: record, subject: .subdomain))
    }

    mutating func walkAuthor() async -> DMARCTreeWalk {
        if let authorWalk { return authorWalk }
        let author = author
        let walk = await source.walk(from: author)
        authorWalk = walk
        source.trace.found(
            walk.organizationalDomain.map { "organizational domain of \(author.text): \($0.text)" }
                ?? "organizational domain of \(author.text): not known, \(walk.failure?.description ?? "")",
            .dmarc("4.10.2"))
        return walk
    }

    /// The policy by the tag that counts, or why that is not known.
    mutating func requestedPolicy(_ applicable: Applicable) async -> Result<DMARCRequestedPolicy, DMARCFailure> {
        let existing = applicable.record.requests(of: applicable.subject, exists: true)
        let missing = applicable.record.requests(of: applicable.subject, exists: false)
        guard existing != missing else { return .success(existing) }
        do throws(DMARCFailure) {
            return .success(try await source.exists(author) ? existing : missing)
        } catch {
            // Where both tags ask for the same, it does not matter which one counts.
            guard existing.policy != missing.policy else { return .success(existing) }
            return .failure(error)
        }
    }
}
