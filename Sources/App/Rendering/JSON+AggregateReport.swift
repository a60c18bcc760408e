public import MailBytes
public import MailReports

extension DMARCAggregateReport {
    /// The members of the object of `postseal report read` behind `kind` and `quirks`: the same for every reporter.
    var members: [JSONMember] {
        [
            JSONMember("domain", JSONValue(policy.domain)), JSONMember("policy", policy.normalizedJSON),
            JSONMember("records", .array(records.map(\.normalizedJSON))),
            JSONMember("messages", .integer(Int64(messages))), JSONMember("form", .string(form.rawValue)),
            JSONMember("version", JSONValue(version)), JSONMember("extra_contact_info", JSONValue(extraContactInfo)),
            JSONMember("errors", .array(errors.map { .string($0) })), JSONMember("generator", JSONValue(generator)),
        ]
    }
}

extension DMARCReportedPolicy {
    /// The policy with the names of the record's tags; null where the report says nothing.
    public var normalizedJSON: JSONValue {
        func mode(_ isStrict: Bool?) -> JSONValue { JSONValue(isStrict.map { $0 ? "s" : "r" }) }
        return [
            "p": JSONValue(policy?.word), "sp": JSONValue(subdomainPolicy?.word),
            "np": JSONValue(nonexistentPolicy?.word), "adkim": mode(isDKIMStrict), "aspf": mode(isSPFStrict),
            "pct": JSONValue(percentage), "fo": JSONValue(failureOptions),
            "testing": JSONValue(isTesting.map { $0 ? "y" : "n" }), "discovery_method": JSONValue(discoveryMethod),
        ]
    }
}

extension DMARCReportRecord {
    /// `source_ip`, `count`, `disposition`, `dkim`, `spf`, `reasons`, the identifiers, `auth_dkim`, `auth_spf`.
    public var normalizedJSON: JSONValue {
        func verdict(_ passed: Bool?) -> JSONValue { JSONValue(passed.map { $0 ? "pass" : "fail" }) }
        return [
            "source_ip": JSONValue(source.text), "count": .integer(Int64(count)),
            "disposition": JSONValue(disposition?.word), "dkim": verdict(dkimAligned), "spf": verdict(spfAligned),
            "reasons": .array(
                reasons.map { ["type": .string($0.type.word), "comment": JSONValue($0.comment)] }),
            "header_from": JSONValue(headerFrom), "envelope_from": JSONValue(envelopeFrom),
            "envelope_to": JSONValue(envelopeTo), "auth_dkim": .array(dkim.map(\.normalizedJSON)),
            "auth_spf": .array(spf.map(\.normalizedJSON)),
        ]
    }
}

extension DMARCReportedSignature {
    /// `domain`, `selector`, `result`, `human_result`.
    public var normalizedJSON: JSONValue {
        [
            "domain": JSONValue(domain), "selector": JSONValue(selector), "result": .string(result.word),
            "human_result": JSONValue(humanResult),
        ]
    }
}

extension DMARCReportedSPF {
    /// `domain`, `scope`, `result`, `human_result`.
    public var normalizedJSON: JSONValue {
        [
            "domain": JSONValue(domain), "scope": JSONValue(scope?.word), "result": .string(result.word),
            "human_result": JSONValue(humanResult),
        ]
    }
}
