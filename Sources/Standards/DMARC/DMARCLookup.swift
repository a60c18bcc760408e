internal import DNS
public import MailNames
internal import Trace

/// What is known about the policy record of one name.
public enum DMARCFinding: Hashable, Sendable {
    /// Exactly one record.
    case record(DMARCRecord)
    /// None; or several, which are as none (RFC 9989 §4.10, step 2).
    case nothing
    /// DNS failed: nothing is known.
    case failure(DMARCFailure)

    /// The record, if there is exactly one.
    public var record: DMARCRecord? {
        if case .record(let record) = self { record } else { nil }
    }
}

/// A DNS failure that an evaluation met.
public struct DMARCFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name that was asked for.
    public var name: DomainName
    /// How the question ended: `time-out`, `server failure`, …
    public var status: String
    /// What the resolver said about a failed validation.
    public var detail: String?

    public var description: String {
        "\(status) for \(name.text)" + (detail.map { " (\($0))" } ?? "")
    }
}

/// The questions of one evaluation: each is asked once.
struct DMARCRecordSource<R: Resolver> {
    let resolver: R
    var trace: Trace
    /// The names in the order in which they were asked.
    private(set) var queries: [DomainName] = []
    /// Whether a name's question was answered with "the name is there", by the name below which `_dmarc` stands.
    private(set) var existing: [DomainName] = []
    /// What was found, by domain. Most evaluations ask for one to three names, so that a list is faster than a table.
    private var findings: [(domain: DomainName, finding: DMARCFinding)] = []

    init(resolver: R, trace: Trace) {
        self.resolver = resolver
        self.trace = trace
    }

    /// The record at `_dmarc` below a domain.
    mutating func finding(at domain: DomainName) async -> DMARCFinding {
        for known in findings where known.domain == domain {
            traceRepetition(domain)
            return known.finding
        }
        let finding = await ask(domain)
        findings.append((domain, finding))
        return finding
    }

    private mutating func ask(_ domain: DomainName) async -> DMARCFinding {
        // A name that gets too long with the label cannot be in DNS, so there is no record.
        guard let name = try? domain.prepending("_dmarc") else {
            trace.limit("_dmarc.\(domain.text) is longer than a name can be, so there is no record", .dmarc("4.10"))
            return .nothing
        }
        queries.append(name)
        let answer = await resolver.answer(DNSQuestion(name, .txt))
        trace.asked(answer, .dmarc("4.10"))
        if answer.status.isFailure {
            return .failure(DMARCFailure(name: name, status: "\(answer.status)", detail: answer.whyBogus))
        }
        // RFC 8020 §2: if the name below it is there, be it without data, so is the domain.
        if answer.status == .noError || !answer.records.isEmpty { existing.append(domain) }
        return select(answer, at: domain)
    }

    /// RFC 9989 §4.10, steps 2 and 6: what does not start with the version is left out, and several records that do
    /// are all left out.
    private mutating func select(_ answer: DNSAnswer, at domain: DomainName) -> DMARCFinding {
        var records: [DMARCRecord] = []
        for text in answer.texts {
            do throws(DMARCRecordError) {
                records.append(try DMARCRecord(parsing: text))
            } catch {
                trace.found("a TXT record that is no DMARC record: \(error.description)", .dmarc("4.10"))
            }
        }
        guard let record = records.first else { return .nothing }
        guard records.count == 1 else {
            trace.decided("\(records.count) records at \(domain.text): all are discarded", .dmarc("4.10"))
            return .nothing
        }
        trace.found("record of \(domain.text): \(record.text)", .dmarc("4.7"))
        for note in record.notes { trace.found(note.description, .dmarc("4.8")) }
        return .record(record)
    }

    private mutating func traceRepetition(_ domain: DomainName) {
        guard trace.isEnabled, let name = try? domain.prepending("_dmarc") else { return }
        trace.add(.asked(DNSQuestion(name, .txt), nil), .dmarc("4.10"), "asked before in this evaluation")
    }

    /// Whether a domain exists: anything but "no such name" says it does (RFC 9989 §3.2.13, appendix A.4).
    mutating func exists(_ domain: DomainName) async throws(DMARCFailure) -> Bool {
        if existing.contains(domain) {
            trace.found("\(domain.text) exists, for the name _dmarc below it does", .rfc(8020, "2"))
            return true
        }
        // Any type would do; addresses are the likeliest to be asked for anyway.
        let answer = await resolver.answer(DNSQuestion(domain, .a))
        trace.asked(answer, .dmarc("3.2.13"))
        if answer.status.isFailure {
            throw DMARCFailure(name: domain, status: "\(answer.status)", detail: answer.whyBogus)
        }
        // A CNAME that leads nowhere ends in "no such name" too, but the domain itself is there.
        return answer.status == .noError || !answer.records.isEmpty
    }
}
