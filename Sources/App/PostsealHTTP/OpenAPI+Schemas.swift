internal import MailBytes

extension OpenAPI {
    /// What the answers look like. Every member is always there; what is not known is null.
    static let schemas: JSONValue = [
        "Report": report, "SPF": spf, "DKIM": dkim, "ARC": arc, "DMARC": dmarc, "TraceStep": traceStep,
        "Health": health, "StoredReports": storedReports, "Error": error,
    ]

    private static let report = object(
        [
            JSONMember("file", text("The message file; null over HTTP.", isNullable: true)),
            JSONMember("from", text("The author's domain; null where there is none.", isNullable: true)),
            JSONMember("spf", reference("SPF")),
            JSONMember("dkim", list(reference("DKIM"), "One for each signature that was looked at, from the top.")),
            JSONMember("arc", reference("ARC")),
            JSONMember("dmarc", reference("DMARC")),
            JSONMember("bimi", nothing("Not looked at.")),
            JSONMember("smime", nothing("Not looked at.")),
            JSONMember(
                "disposition",
                word(["accept", "quarantine", "reject", "tempfail"], "What is to become of the message.")
            ),
            JSONMember("reply", text("The SMTP reply that goes with it; null where it is accepted.", isNullable: true)),
            JSONMember(
                "authentication_results", text("The value of the Authentication-Results field, on one line.")),
            JSONMember("reason", text("The rule that settled it, as a clause.")),
            JSONMember("dkim_omitted", count("Signatures that were not looked at.")),
            JSONMember(
                "author_ambiguities",
                list(text("The name of an ambiguity."), "Why programs may see different authors in the message.")),
            JSONMember(
                "defects", list(text("The name of a defect."), "What is wrong with the form of the message.")),
            JSONMember(
                "trace", list(reference("TraceStep"), "Every step of the checks; there if `explain` asked for it.")),
        ], optional: ["trace"])

    private static let spf = object([
        JSONMember(
            "result",
            word(["none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"], "RFC 7208 §2.6.")),
        JSONMember("domain", text("The domain that was checked.", isNullable: true)),
        JSONMember("identity", nullableWord(["mailfrom", "helo"], "Whether MAIL FROM or HELO named the domain.")),
        JSONMember("mechanism", text("The mechanism that settled it.", isNullable: true)),
        JSONMember("explanation", text("What the domain says of a failure; words of a stranger.", isNullable: true)),
        JSONMember("lookups", count("Terms that asked DNS; ten are allowed.")),
        JSONMember("void_lookups", count("Of these, answers with nothing in them; two are allowed.")),
        JSONMember("reason", text("Why, as a clause.")),
    ])

    private static let dkim = object([
        JSONMember(
            "result",
            word(["none", "pass", "fail", "policy", "neutral", "temperror", "permerror"], "RFC 8601 §2.7.1.")),
        JSONMember("domain", text("The domain that signed (`d=`).", isNullable: true)),
        JSONMember("selector", text("The selector of its key (`s=`).", isNullable: true)),
        JSONMember("algorithm", text("The algorithm (`a=`).", isNullable: true)),
        JSONMember("identity", text("The agent or user (`i=`).", isNullable: true)),
        JSONMember("reason", text("Why, as a clause.", isNullable: true)),
        JSONMember("signature", text("The beginning of the signature, which tells it apart.", isNullable: true)),
        JSONMember("key_bits", nullableCount("The size of the key.")),
        JSONMember("testing", truth("Whether the key is published as a test (`t=y`).")),
    ])

    private static let arc = object([
        JSONMember("result", word(["none", "pass", "fail"], "RFC 8617 §4.4.")),
        JSONMember("instances", count("Sets of the chain.")),
        JSONMember("oldest_pass", nullableCount("The oldest instance whose message signature still verifies.")),
        JSONMember("sealer", text("The domain of the newest seal.", isNullable: true)),
        JSONMember("reason", text("Why, as a clause.", isNullable: true)),
    ])

    private static let dmarc = object([
        JSONMember("result", word(["none", "pass", "fail", "temperror", "permerror"], "RFC 8601 §2.7; RFC 9989.")),
        JSONMember("domain", text("The author's domain.", isNullable: true)),
        JSONMember("organizational_domain", text("Its organizational domain.", isNullable: true)),
        JSONMember("policy_domain", text("The domain whose policy counts.", isNullable: true)),
        JSONMember("policy", nullableWord(policies, "The policy as it is published.")),
        JSONMember("policy_tag", nullableWord(["p", "sp", "np"], "The tag that it stands in.")),
        JSONMember("testing", truth("Whether it is published as a test (`t=y`).")),
        JSONMember("applied", nullableWord(policies, "What is asked for this message.")),
        JSONMember("spf_aligned", truth("Whether an SPF pass counts for the author.")),
        JSONMember("dkim_aligned", truth("Whether a DKIM pass counts for the author.")),
        JSONMember("queries", list(text("A name."), "The names that were asked, in order.")),
        JSONMember("reason", text("Why, as a clause.")),
    ])

    private static let policies = ["none", "quarantine", "reject"]

    private static let traceStep = object(
        [
            JSONMember("check", word(["spf", "dkim", "arc", "dmarc"], "The standard that the step belongs to.")),
            JSONMember("depth", count("How deep within other steps.")),
            JSONMember("kind", word(["asked", "found", "compared", "decided", "limit", "omitted"], "What was done.")),
            JSONMember("name", text("Asked: the name.")),
            JSONMember("type", text("Asked: the type of record.")),
            JSONMember("status", text("Asked: how the answer came out.")),
            JSONMember("dnssec", text("Asked: what DNSSEC says of the answer.")),
            JSONMember("answer", list(text("A record."), "Asked: the records.")),
            JSONMember("agreed", truth("Compared: whether the two agree.")),
            JSONMember("steps", count("Omitted: how many more steps there were.")),
            JSONMember("text", text("What happened, in words.")),
            JSONMember("citation", text("The section of the standard.")),
        ],
        optional: ["depth", "name", "type", "status", "dnssec", "answer", "agreed", "steps", "text", "citation"])

    private static let health = object(
        [
            JSONMember("status", word(["ok", "failing"], "Whether everything works.")),
            JSONMember("reasons", list(text("A clause."), "What does not work.")),
            JSONMember(
                "warnings", list(text("A clause."), "What does not work, although mail is judged as it should be.")),
        ], optional: ["reasons", "warnings"])

    private static let storedReports = object(
        [
            JSONMember("new", count("Reports that were not there before.")),
            JSONMember("known", count("Reports that were there before.")),
            JSONMember(
                "conflicting",
                count("Reports of which others with the same identity were there before: they are kept apart.")),
            JSONMember("refused", count("Reports in the body that can't be read.")),
            JSONMember("counted", ["type": "boolean", "description": "Whether the new ones are counted."]),
        ])

    private static let error = object([JSONMember("error", text("What is wrong, as a sentence."))])

    // MARK: Kinds of values

    private static func object(_ members: [JSONMember], optional: Set<String> = []) -> JSONValue {
        let required = members.map(\.name).filter { !optional.contains($0) }
        return [
            "type": "object",
            "properties": .object(members),
            "required": .array(required.map { .string($0) }),
            "additionalProperties": false,
        ]
    }

    private static func text(_ description: String, isNullable: Bool = false) -> JSONValue {
        ["type": isNullable ? ["string", "null"] : "string", "description": .string(description)]
    }

    private static func nothing(_ description: String) -> JSONValue {
        ["type": "null", "description": .string(description)]
    }

    private static func word(_ words: [String], _ description: String) -> JSONValue {
        [
            "type": "string", "enum": .array(words.map { .string($0) }), "description": .string(description),
        ]
    }

    private static func nullableWord(_ words: [String], _ description: String) -> JSONValue {
        [
            "type": ["string", "null"], "enum": .array(words.map { .string($0) } + [.null]),
            "description": .string(description),
        ]
    }

    private static func count(_ description: String) -> JSONValue {
        ["type": "integer", "minimum": 0, "description": .string(description)]
    }

    private static func nullableCount(_ description: String) -> JSONValue {
        ["type": ["integer", "null"], "minimum": 0, "description": .string(description)]
    }

    private static func truth(_ description: String) -> JSONValue {
        ["type": "boolean", "description": .string(description)]
    }

    private static func list(_ items: JSONValue, _ description: String) -> JSONValue {
        ["type": "array", "items": items, "description": .string(description)]
    }
}
