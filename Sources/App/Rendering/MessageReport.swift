internal import ARC
public import AuthenticationResults
internal import DKIM
internal import DMARC
public import MailBytes
internal import MailFormat
internal import MailNames
public import PostsealEngine
internal import SPF
public import Trace

/// What is shown of one inspected message: the same facts as JSON and as text.
public struct MessageReport: Sendable {
    /// What the message is called: a file's path, a queue id. Nil where it has no name, as over HTTP.
    public var name: String?
    public var findings: Findings
    public var decision: Decision
    public var authenticationResults: AuthenticationResultsField

    public init(
        name: String?, findings: Findings, decision: Decision, authenticationResults: AuthenticationResultsField
    ) {
        self.name = name
        self.findings = findings
        self.decision = decision
        self.authenticationResults = authenticationResults
    }

    /// The object of the contract for `postseal verify`; `trace` is there if the findings carry one.
    public func json(explaining: Bool) -> JSONValue {
        var members = [
            JSONMember("file", JSONValue(name)),
            JSONMember("from", JSONValue(findings.authorDomain?.text)),
            JSONMember("spf", spfJSON),
            JSONMember("dkim", .array(findings.dkim.outcomes.map(\.json))),
            JSONMember("arc", findings.arc.json),
            JSONMember("dmarc", dmarcJSON),
            // Later standards have their place in the contract; null says that they were not looked at.
            JSONMember("bimi", .null), JSONMember("smime", .null),
            JSONMember("disposition", .string(decision.disposition.rawValue)),
            JSONMember("reply", JSONValue(decision.reply?.description)),
            JSONMember("authentication_results", .string(authenticationResultsText)),
            JSONMember("reason", .string(decision.reason)),
            JSONMember("dkim_omitted", .integer(Int64(findings.dkim.omitted))),
            JSONMember(
                "author_ambiguities", .array(findings.authors.ambiguities.map { .string($0.rawValue) })),
            JSONMember("defects", .array(findings.messageDefects.map(\.rawValue).sorted().map { .string($0) })),
        ]
        if explaining { members.append(JSONMember("trace", .array(trace))) }
        return .object(members)
    }

    /// The value of the Authentication-Results field, on one line.
    var authenticationResultsText: String { String(lossy: authenticationResults.fieldValue(folding: .none)) }

    private var spfJSON: JSONValue {
        findings.spf?.json ?? [
            "result": "none", "domain": nil, "identity": nil, "mechanism": nil, "explanation": nil, "lookups": 0,
            "void_lookups": 0, "reason": .string("\(spfObstacle), so SPF cannot be checked"),
        ]
    }

    /// What is missing where SPF was not checked.
    var spfObstacle: String {
        findings.clientAddress == nil
            ? "the client's address is not known" : "neither the HELO name nor the reverse-path is known"
    }

    private var dmarcJSON: JSONValue {
        findings.dmarc?.json ?? [
            "result": .string(findings.dmarcResultWord), "domain": nil, "organizational_domain": nil,
            "policy_domain": nil, "policy": nil, "policy_tag": nil, "testing": false, "applied": nil,
            "spf_aligned": false, "dkim_aligned": false, "queries": [],
            "reason": .string(findings.dmarcObstacle?.explanation ?? "DMARC was not evaluated"),
        ]
    }

    private var trace: [JSONValue] {
        var steps: [JSONValue] = []
        for (check, trace) in findings.traces { steps += trace.json(check: check) }
        return steps
    }
}

extension Findings {
    /// The traces of the checks in the order in which a person follows them.
    public var traces: [(check: String, trace: Trace)] {
        var traces: [(String, Trace)] = []
        if let spf { traces.append(("spf", spf.trace)) }
        for outcome in dkim.outcomes { traces.append(("dkim", outcome.trace)) }
        traces.append(("arc", arc.trace))
        if let dmarc { traces.append(("dmarc", dmarc.trace)) }
        return traces
    }
}
