internal import MailBytes
internal import MailNames
internal import MailReports

// Policies and records as they stand in the database: JSON with a fixed order, so that what is the same is the same
// text.

extension DMARCReportedPolicy {
    /// The policy without its domain, which has a column of its own.
    var stored: String {
        JSONValue.object(
            .members(
                ("p", policy.map { .string($0.word) }), ("sp", subdomainPolicy.map { .string($0.word) }),
                ("np", nonexistentPolicy.map { .string($0.word) }), ("adkim", isDKIMStrict.map { .bool($0) }),
                ("aspf", isSPFStrict.map { .bool($0) }), ("fo", failureOptions.map { .string($0) }),
                ("t", isTesting.map { .bool($0) }), ("by", discoveryMethod.map { .string($0) }))
        ).text
    }

    /// What ``stored`` wrote; nil for anything else.
    init?(stored: String, domain: String) {
        guard let value = try? JSONValue(parsing: Array(stored.utf8)), case .object = value else { return nil }
        func action(_ name: String) -> DMARCReportedAction? { value[name]?.stringValue.flatMap { .init(stored: $0) } }
        self.init(
            domain: domain, policy: action("p"), subdomainPolicy: action("sp"), nonexistentPolicy: action("np"),
            isDKIMStrict: value["adkim"]?.boolValue, isSPFStrict: value["aspf"]?.boolValue,
            failureOptions: value["fo"]?.stringValue, isTesting: value["t"]?.boolValue,
            discoveryMethod: value["by"]?.stringValue)
    }
}

extension DMARCReportRecord {
    /// The record without its number.
    var stored: String {
        let reasons = reasons.map { reason -> JSONValue in
            .array([.string(reason.type.word)] + (reason.comment.map { [.string($0)] } ?? []))
        }
        let signatures = dkim.map { signature -> JSONValue in
            .array([
                .string(signature.domain ?? ""), .string(signature.selector ?? ""), .string(signature.result.word),
            ])
        }
        let results = spf.map { spf -> JSONValue in .array([.string(spf.domain ?? ""), .string(spf.result.word)]) }
        return JSONValue.object(
            .members(
                ("ip", source.text.map { .string($0) }), ("did", disposition.map { .string($0.word) }),
                ("dkim", dkimAligned.map { .bool($0) }), ("spf", spfAligned.map { .bool($0) }),
                ("why", reasons.isEmpty ? nil : .array(reasons)), ("from", headerFrom.map { .string($0) }),
                ("path", envelopeFrom.map { .string($0) }), ("to", envelopeTo.map { .string($0) }),
                ("sigs", signatures.isEmpty ? nil : .array(signatures)),
                ("mfrom", results.isEmpty ? nil : .array(results)))
        ).text
    }

    /// What ``stored`` wrote; nil for anything else.
    init?(stored: String, count: Int) {
        guard let value = try? JSONValue(parsing: Array(stored.utf8)), case .object = value else { return nil }
        func rows(_ name: String) -> [[String]] {
            (value[name]?.arrayValue ?? []).map { ($0.arrayValue ?? []).compactMap(\.stringValue) }
        }
        self.init(
            source: value["ip"]?.stringValue.flatMap { IPAddress($0) }.map { .address($0) } ?? .missing, count: count,
            disposition: value["did"]?.stringValue.flatMap { .init(stored: $0) },
            dkimAligned: value["dkim"]?.boolValue, spfAligned: value["spf"]?.boolValue,
            reasons: rows("why").compactMap { row in
                row.first.flatMap { DMARCReasonType(stored: $0) }.map {
                    DMARCReportReason(type: $0, comment: row.dropFirst().first)
                }
            },
            headerFrom: value["from"]?.stringValue, envelopeFrom: value["path"]?.stringValue,
            envelopeTo: value["to"]?.stringValue,
            dkim: rows("sigs").compactMap { row in
                guard row.count == 3, let result = DMARCReportedResult(stored: row[2]) else { return nil }
                return DMARCReportedSignature(domain: row[0], selector: row[1], result: result)
            },
            spf: rows("mfrom").compactMap { row in
                guard row.count == 2, let result = DMARCReportedResult(stored: row[1]) else { return nil }
                return DMARCReportedSPF(domain: row[0], scope: .mailFrom, result: result)
            })
    }
}

extension [JSONMember] {
    /// The members that have a value.
    fileprivate static func members(_ all: (String, JSONValue?)...) -> [JSONMember] {
        all.compactMap { name, value in value.map { JSONMember(name, $0) } }
    }
}

extension DMARCReportedAction {
    fileprivate init?(stored word: String) {
        let all: [DMARCReportedAction] = [.none, .pass, .quarantine, .reject]
        guard let action = all.first(where: { $0.word == word }) else { return nil }
        self = action
    }
}

extension DMARCReasonType {
    fileprivate init?(stored word: String) {
        let all: [DMARCReasonType] = [.localPolicy, .mailingList, .other, .policyTestMode, .trustedForwarder]
        guard let type = all.first(where: { $0.word == word }) else { return nil }
        self = type
    }
}

extension DMARCReportedResult {
    fileprivate init?(stored word: String) {
        let all: [DMARCReportedResult] = [
            .none, .pass, .fail, .softfail, .policy, .neutral, .temperror, .permerror,
        ]
        guard let result = all.first(where: { $0.word == word }) else { return nil }
        self = result
    }
}
