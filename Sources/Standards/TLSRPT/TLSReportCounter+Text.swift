internal import MailBytes
internal import MailNames

// How the counts outlive a restart: a line of JSON for each policy of a domain on a day.

extension TLSReportCounter {
    /// The version of the form; other ones are not read.
    static let lineVersion: Int64 = 1
    /// Octets of a line that are read.
    static let lineBytesMax = 4 << 20

    /// A line that was left out.
    public struct Skipped: Hashable, Sendable {
        /// The line, from 1.
        public var line: Int
        /// Why, as a clause.
        public var reason: String
    }

    /// The counts as lines of JSON, in a fixed order.
    public var text: String {
        var text = ""
        for day in days {
            guard let counts = counts[day] else { continue }
            for domain in counts.domains.keys.sorted() {
                guard let known = counts.domains[domain] else { continue }
                for (policy, part) in known.policies.sorted(by: { $0.key.precedes($1.key) }) {
                    text += Self.line(day, domain, known.record, policy, part) + "\n"
                }
            }
            if counts.omitted > 0 {
                text +=
                    JSONValue.object([
                        JSONMember("v", .integer(Self.lineVersion)), JSONMember("day", .string(day.text)),
                        JSONMember("omitted", .integer(Int64(counts.omitted))),
                    ]).text + "\n"
            }
        }
        return text
    }

    private static func line(
        _ day: TLSReportDay, _ domain: DomainName, _ record: String?, _ policy: TLSAppliedPolicy, _ part: PolicyCounts
    ) -> String {
        var members: [JSONMember] = [
            JSONMember("v", .integer(lineVersion)), JSONMember("day", .string(day.text)),
            JSONMember("domain", .string(domain.text)),
        ]
        members.addText("record", record)
        members.append(JSONMember("type", .string(policy.type.word)))
        members.addText("policy_domain", policy.domain?.text)
        if !policy.strings.isEmpty { members.append(JSONMember("strings", .array(policy.strings.map { .string($0) }))) }
        if !policy.mxHosts.isEmpty { members.append(JSONMember("mx", .array(policy.mxHosts.map { .string($0) }))) }
        members.append(JSONMember("ok", .integer(Int64(part.successful))))
        members.append(JSONMember("failed", .integer(Int64(part.failed))))
        let failures = part.failures.sorted { $0.key.precedes($1.key) }
        if !failures.isEmpty {
            members.append(JSONMember("failures", .array(failures.map { Self.object($0.key, $0.value) })))
        }
        return JSONValue.object(members).text
    }

    private static func object(_ failure: TLSSessionFailure, _ count: Int) -> JSONValue {
        var members: [JSONMember] = [
            JSONMember("type", .string(failure.resultType.word)), JSONMember("n", .integer(Int64(count))),
        ]
        members.addText("from", failure.sendingAddress?.text)
        members.addText("host", failure.receivingHost)
        members.addText("helo", failure.receivingHELO)
        members.addText("to", failure.receivingAddress?.text)
        members.addText("info", failure.additionalInformation)
        members.addText("reason", failure.reasonCode)
        return .object(members)
    }

    /// Reads what ``text`` gave. Lines that are none are left out and told; counts of lines for the same policy add
    /// up, so that a store may add lines at the end.
    public static func reading(
        _ octets: [UInt8], limits: TLSReportCounterLimits = TLSReportCounterLimits()
    ) -> (counter: TLSReportCounter, skipped: [Skipped]) {
        var counter = TLSReportCounter(limits: limits)
        var skipped: [Skipped] = []
        for (index, line) in octets.split(separator: .lineFeed, omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty {
            if let reason = counter.take(line) { skipped.append(Skipped(line: index + 1, reason: reason)) }
        }
        return (counter, skipped)
    }

    /// Adds a line; gives the reason if it is none.
    private mutating func take(_ line: ArraySlice<UInt8>) -> String? {
        guard line.count <= Self.lineBytesMax else { return "line is too long" }
        let value: JSONValue
        do throws(JSONSyntaxError) {
            value = try JSONValue(parsing: Array(line), limits: JSONLimits(depth: 4, values: 100_000))
        } catch {
            return "no JSON: \(error.problem) at column \(error.column)"
        }
        guard value["v"] == .integer(Self.lineVersion) else { return "unknown version" }
        guard let day = value["day"]?.stringValue.flatMap(TLSReportDay.init(text:)) else { return "no day" }
        if let omitted = value["omitted"] {
            guard let sessions = Self.count(omitted) else { return "a count that cannot be" }
            addOmitted(sessions, on: day)
            return nil
        }
        guard let name = value["domain"]?.stringValue, let domain = try? DomainName(presentation: name) else {
            return "no domain"
        }
        guard let policy = Self.policy(value, in: domain) else { return "a policy that cannot be" }
        guard let successful = value["ok"].flatMap(Self.count), let failed = value["failed"].flatMap(Self.count) else {
            return "a count that cannot be"
        }
        var counts = PolicyCounts(successful: successful, failed: failed)
        for element in value["failures"]?.arrayValue ?? [] {
            guard let failure = Self.failure(element), let count = element["n"].flatMap(Self.count) else {
                return "a failure that cannot be"
            }
            counts.add(failure, count, limit: limits.failuresMax)
        }
        add(counts, for: policy, of: domain, record: value["record"]?.stringValue, on: day)
        return nil
    }

    private static func count(_ value: JSONValue) -> Int? {
        guard let number = value.integerValue.flatMap(Int.init(exactly:)), (0...TLSRPTLimits.countMax).contains(number)
        else { return nil }
        return number
    }

    private static func policy(_ value: JSONValue, in domain: DomainName) -> TLSAppliedPolicy? {
        func texts(_ name: String) -> [String]? {
            guard let value = value[name] else { return [] }
            guard let elements = value.arrayValue else { return nil }
            let texts = elements.compactMap(\.stringValue)
            return texts.count == elements.count ? texts : nil
        }
        guard let type = value["type"]?.stringValue, let strings = texts("strings"), let mxHosts = texts("mx") else {
            return nil
        }
        var policyDomain: DomainName?
        if let name = value["policy_domain"] {
            guard let text = name.stringValue, let read = try? DomainName(presentation: text) else { return nil }
            policyDomain = read
        }
        let policy = TLSAppliedPolicy(
            type: TLSRPTPolicyType(type), strings: strings, domain: policyDomain, mxHosts: mxHosts)
        return policy.kept(in: domain)
    }

    private static func failure(_ value: JSONValue) -> TLSSessionFailure? {
        guard let type = value["type"]?.stringValue else { return nil }
        return TLSSessionFailure(
            TLSRPTResultType(type), sendingAddress: value["from"]?.stringValue.flatMap(IPAddress.init(_:)),
            receivingHost: value["host"]?.stringValue, receivingHELO: value["helo"]?.stringValue,
            receivingAddress: value["to"]?.stringValue.flatMap(IPAddress.init(_:)),
            additionalInformation: value["info"]?.stringValue, reasonCode: value["reason"]?.stringValue
        ).kept
    }
}

extension TLSAppliedPolicy {
    /// A fixed order, so that texts and reports of the same counts are the same.
    func precedes(_ other: TLSAppliedPolicy) -> Bool { sortKey.lexicographicallyPrecedes(other.sortKey) }

    private var sortKey: [String] { [type.word, domain?.text ?? "", "\(strings.count)"] + strings + mxHosts }
}

extension TLSSessionFailure {
    /// A fixed order.
    func precedes(_ other: TLSSessionFailure) -> Bool { sortKey.lexicographicallyPrecedes(other.sortKey) }

    private var sortKey: [String] {
        let texts = [
            receivingHost, receivingAddress?.text, sendingAddress?.text, receivingHELO, reasonCode,
            additionalInformation,
        ]
        return [resultType.word] + texts.map { $0 ?? "" }
    }
}
