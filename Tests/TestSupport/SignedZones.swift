public import DNS
internal import MailNames
internal import Synchronization

/// A made-up DNS: lines of `NAME TYPE DATA` as in `Zone`, and which zones are signed. An answer is secure if every
/// name on the way to it is in a signed zone; remembers what it was asked.
public final class SignedZones: Resolver {
    private let zone: Zone
    private let signed: [DomainName]
    private let unvalidated: [DomainName]
    private let questions = Mutex<[String]>([])

    public init(_ lines: [String], signed: [String], unvalidated: [String] = []) {
        zone = Zone(lines)
        self.signed = signed.compactMap { try? DomainName($0) }
        self.unvalidated = unvalidated.compactMap { try? DomainName($0) }
    }

    /// What was asked, in alphabetical order.
    public var asked: [String] { questions.withLock { $0 }.sorted() }

    public func answer(_ question: DNSQuestion) async -> DNSAnswer {
        questions.withLock { $0.append("\(question)") }
        var answer = zone.answers.lookUp(question)
        guard answer.status != .bogus else { return answer }
        var names = [question.name]
        for record in answer.records where question.type != .cname {
            if case .cname(let target) = record.data { names.append(target) }
        }
        func all(_ names: [DomainName], in zones: [DomainName]) -> Bool {
            names.allSatisfy { name in zones.contains { name.isEqualOrSubdomain(of: $0) } }
        }
        answer.security = all(names, in: signed) ? .secure : .insecure
        if names.contains(where: { all([$0], in: unvalidated) }) { answer.security = .indeterminate }
        return answer
    }
}
