import MTASTS
import MailBytes
import MailNames
import TLSRPT

/// A policy, a set of records (a line each), a pattern and the text of a cache: what is read can be printed and read
/// again, and is the same; a mistake is within the text; a cache entry made of a policy outlives a restart.
let fuzzMTASTS: PlainBody = { bytes in
    checkPolicy(bytes)
    let texts = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
    do throws(MTASTSSyntaxError) {
        let record = try MTASTSRecord(selectingFrom: texts)
        guard let again = try? MTASTSRecord(parsing: record.text) else { fatalError("cannot read what was printed") }
        precondition(again == record, "the round trip changed the record")
    } catch {
        precondition(error.line >= 1 && error.line <= max(1, texts.count), "an error is outside the records")
        let text = texts[error.line - 1]
        precondition(error.column >= 1 && error.column <= text.count + 1, "an error is outside its record")
    }
    if let pattern = try? MTASTSHostPattern(parsing: bytes) {
        precondition((try? MTASTSHostPattern(parsing: pattern.text)) == pattern, "the round trip changed the pattern")
        precondition(pattern.matches(pattern.name) != pattern.isWildcard, "a wildcard is not the name itself")
        if let below = try? pattern.name.prepending("a"), let belowThat = try? below.prepending("b") {
            precondition(pattern.matches(below) == pattern.isWildcard, "a wildcard is one label")
            precondition(!pattern.matches(belowThat), "a wildcard is not two labels")
        }
    }
    let cache = MTASTSCacheText(parsing: bytes)
    let printed = MTASTSCacheText.text(cache.entries.values)
    let again = MTASTSCacheText(parsing: Array(printed.utf8))
    precondition(again.entries == cache.entries && again.skipped.isEmpty, "the round trip changed the cache")
    for entry in cache.entries.values { checkRules(entry) }
}

private func checkPolicy(_ bytes: [UInt8]) {
    guard let domain = try? DomainName("a.example") else { return }
    let now = UnixTime(seconds: 1_700_000_000)
    let entry = MTASTSCacheEntry(domain: domain).updated(
        with: .policy(text: bytes, mediaType: "text/plain"), for: "1", at: now)
    do throws(MTASTSSyntaxError) {
        var policy = try MTASTSPolicy(parsing: bytes)
        precondition(entry.valid(at: now)?.policy == policy, "the cache holds another policy")
        policy.notes = []
        guard let again = try? MTASTSPolicy(parsing: policy.text) else { fatalError("cannot read what was printed") }
        precondition(again == policy, "the round trip changed the policy")
        precondition(policy.mode == .none || !policy.mxPatterns.isEmpty, "a policy without hosts")
        var kept = entry
        kept.fetched?.policy.notes = []
        precondition(
            (try? MTASTSCacheEntry(parsingLine: Array(entry.line.utf8))) == kept, "a restart changed the entry")
    } catch {
        precondition(error.offset >= 0 && error.offset <= bytes.count, "an error is outside the text")
        precondition(error.line >= 1 && error.column >= 1 && error.column <= bytes.count + 1)
        precondition(entry.fetched == nil && entry.failure?.kind == .policyInvalid)
    }
    checkRules(entry)
}

/// What must hold of every entry, whatever a file says of it.
private func checkRules(_ entry: MTASTSCacheEntry) {
    let times = [Int64.min, 0, entry.fetched?.fetchedAt.seconds ?? 0, entry.failure?.failedAt.seconds ?? 0, .max]
    for seconds in times {
        let now = UnixTime(seconds: seconds)
        if case .wait(let until) = entry.step(for: .nothing, at: now) {
            precondition(until > now, "a wait that is over")
        }
        let failed = entry.updated(with: .failure(.timeout), for: "x", at: now)
        precondition(failed.valid(at: now) == entry.valid(at: now), "a failure changed what holds")
        if entry.valid(at: now) != nil { precondition(!entry.isDisposable(at: now), "a policy that holds is dropped") }
    }
}

/// A record and a report: what is read can be printed and read again, and is the same.
let fuzzTLSRPT: PlainBody = { bytes in
    if let record = try? TLSRPTRecord(parsing: bytes) {
        guard let again = try? TLSRPTRecord(parsing: record.text) else { fatalError("cannot read what was printed") }
        precondition(again.destinations == record.destinations, "the round trip changed the record")
        precondition(record.notes.allSatisfy { $0.offset >= 0 && $0.offset <= bytes.count })
        for destination in record.destinations {
            guard case .mail(let localPart, let domain) = destination.way else { continue }
            precondition(!localPart.isEmpty && !localPart.contains { $0 < 0x20 || $0 == 0x7F } && domain.isHostName)
        }
    }
    do throws(TLSReportError) {
        let report = try TLSReport(parsing: bytes)
        guard let again = try? TLSReport(parsing: report.octets) else { fatalError("cannot read what was printed") }
        precondition(again.octets == report.octets, "printing twice gives two texts")
        precondition(again.begin == report.begin && again.end == report.end, "the round trip changed the days")
        precondition(again.policies.map(\.failures) == report.policies.map(\.failures))
        for policy in report.policies {
            precondition(policy.successfulSessions >= 0 && policy.failedSessions >= 0, "a count below zero")
        }
    } catch {
        precondition(error.column.map { $0 >= 1 && $0 <= bytes.count + 1 } ?? true, "an error is outside the text")
    }
}

/// A datagram of Postfix, and the text of a counter: what is read can be counted, kept, merged and reported.
let fuzzTLSRPTDatagram: PlainBody = { bytes in
    let now = UnixTime(seconds: 1_700_000_000)
    let limits = TLSReportCounterLimits(domainsMax: 4, policiesMax: 3, failuresMax: 3, daysMax: 2)
    var (counter, skipped) = TLSReportCounter.reading(bytes, limits: limits)
    precondition(skipped.allSatisfy { $0.line >= 1 && !$0.reason.isEmpty })
    if let datagram = try? TLSRPTSessionDatagram(parsing: bytes) {
        for _ in 0..<3 { counter.count(datagram.outcome, at: now) }
        precondition(datagram.outcome.policies.count <= 8, "more policies than a session has")
    }
    let text = counter.text
    let (again, lost) = TLSReportCounter.reading(Array(text.utf8), limits: TLSReportCounterLimits())
    precondition(lost.isEmpty && again.text == text, "the round trip changed the counts")
    var double = again
    double.merge(again)
    precondition(double.days == again.days)
    guard let domain = try? DomainName("a.example") else { return }
    let submitter = TLSReportSubmitter(organizationName: "A", domain: domain, contactLocalPart: "tls")
    for day in counter.days {
        precondition(counter.domains(on: day).count <= 4, "more domains than the limit")
        for document in counter.documents(for: day, from: submitter) {
            precondition(!document.fileName(isCompressed: true).contains("/"), "a name with a folder")
            precondition((try? TLSReport(parsing: document.report.octets)) != nil, "a report that cannot be read")
        }
    }
}
