public import ARC
public import DKIM
public import DMARC
public import MailBytes
internal import MailNames
public import SPF

// The JSON of the command line's contract, a function for each outcome. Members are in a fixed order; what is not
// known is null, never left out.

extension SPFOutcome {
    /// `result`, `domain`, `identity`, `mechanism`, `explanation`, `lookups`, `void_lookups`, `reason`.
    public var json: JSONValue {
        [
            "result": .string(result.rawValue), "domain": JSONValue(domain?.text),
            "identity": .string(identity.rawValue), "mechanism": JSONValue(mechanism),
            "explanation": JSONValue(explanation), "lookups": .integer(Int64(lookups)),
            "void_lookups": .integer(Int64(voidLookups)), "reason": .string(reason),
        ]
    }
}

extension DKIMOutcome {
    /// `result`, `domain`, `selector`, `algorithm`, `identity`, `reason`, then what else is known.
    public var json: JSONValue {
        [
            "result": .string(result.rawValue), "domain": JSONValue(domain?.text),
            "selector": JSONValue(selector?.text), "algorithm": JSONValue(algorithm),
            "identity": JSONValue(identity), "reason": JSONValue(reason),
            "signature": JSONValue(signaturePrefix), "key_bits": JSONValue(keyBits), "testing": .bool(isTesting),
        ]
    }
}

extension ARCOutcome {
    /// `result`, `instances`, `oldest_pass`, `sealer`, `reason`.
    public var json: JSONValue {
        [
            "result": .string(result.rawValue), "instances": .integer(Int64(instances)),
            "oldest_pass": JSONValue(oldestPass), "sealer": JSONValue(sealer?.text), "reason": JSONValue(reason),
        ]
    }
}

extension DMARCOutcome {
    /// The members of the contract for `postseal dmarc`, in its order.
    public var json: JSONValue {
        [
            "result": .string(result.rawValue), "domain": .string(domain.text),
            "organizational_domain": JSONValue(organizationalDomain?.text),
            "policy_domain": JSONValue(policyDomain?.text), "policy": JSONValue(policy?.rawValue),
            "policy_tag": JSONValue(policyTag?.rawValue), "testing": .bool(isTesting),
            "applied": JSONValue(applied?.rawValue), "spf_aligned": .bool(spfAligned),
            "dkim_aligned": .bool(dkimAligned), "queries": .array(queries.map { .string($0.text) }),
            "reason": .string(reason),
        ]
    }
}
