internal import Certificates
internal import DANE
internal import DNS
internal import MTASTS
public import MailBytes
public import MailNames
internal import TLSRPT
public import TransportPolicy

// The JSON of `postseal tls`. Members are in a fixed order; what is not known is null, never left out.

extension TransportPlan {
    /// `domain`, `policy`, `mx`, `reason`, then what else is known.
    ///
    /// - Parameter sessions: of `--live`, for each server of the plan; nil where none was tried.
    public func json(sessions: [[TriedSession]]? = nil) -> JSONValue {
        let mx = servers.enumerated().map { index, server in
            let tried = sessions.flatMap { $0.indices.contains(index) ? $0[index] : nil }
            return server.json(sessions: tried)
        }
        return [
            "domain": .string(destination.description), "policy": .string(protection.rawValue), "mx": .array(mx),
            "reason": .string(reason), "mx_secure": .bool(route.security == .secure),
            "mx_source": .string(route.source.rawValue), "sts": sts.json, "outcome": .string(outcomeWord),
            "ttl": .integer(Int64(ttlSeconds)),
        ]
    }

    /// What becomes of mail before a server has been tried: `try`, `later`, `never`.
    private var outcomeWord: String {
        switch dead {
        case nil: "try"
        case .later: "later"
        case .never: "never"
        }
    }
}

extension ServerPlan {
    fileprivate func json(sessions: [TriedSession]?) -> JSONValue {
        [
            "host": .string(host.isRoot ? "" : host.text), "preference": .integer(Int64(preference)),
            "port": .integer(Int64(port)), "secure": .bool(addressSecurity == .secure),
            "addresses": .array(addresses.map { .string($0.text) }),
            "tlsa": .array((demand.dane?.records.records ?? []).map { .string($0.text) }),
            "sts_match": demand.sts.map { .bool($0.pattern != nil) } ?? .null,
            "sts_pattern": JSONValue(demand.sts?.pattern?.text), "demand": .string(demandWord),
            "usable": .bool(obstacle == nil), "reason": .string(reason),
            "session": sessions.map { .array($0.map(\.json)) } ?? .null,
        ]
    }

    /// What the server has to prove, in a word: `dane`, `encrypt`, `sts`, `sts-testing`, `opportunistic`.
    public var demandWord: String {
        switch demand.dane?.level {
        case .authenticated: return demand.sts?.isEnforced == true ? "dane+sts" : "dane"
        case .encrypted: return demand.sts?.isEnforced == true ? "sts" : "encrypt"
        case nil: break
        }
        switch demand.sts?.effect {
        case .enforce: return "sts"
        case .testing, .observed: return "sts-testing"
        case nil: return "opportunistic"
        }
    }
}

extension STSState {
    fileprivate var json: JSONValue {
        let fetched = entry?.fetched
        return [
            "record": JSONValue(finding?.record?.text), "mode": JSONValue(fetched?.policy.mode.rawValue),
            "id": JSONValue(fetched?.id), "in_force": .bool(active != nil),
            "mx": .array((fetched?.policy.mxPatterns ?? []).map { .string($0.text) }),
            "fetched": JSONValue(fetched?.fetchedAt.rfc3339), "expires": JSONValue(fetched?.expiresAt.rfc3339),
            "failure": JSONValue(entry?.failure?.reason),
        ]
    }
}

/// One connection that was tried, and how it was judged.
public struct TriedSession: Sendable {
    /// Where to.
    public var address: IPAddress
    /// What was seen; nil where there was no connection.
    public var facts: SessionFacts?
    /// What comes of it; nil where there was no connection.
    public var judgement: SessionJudgement?
    /// Why there was no connection.
    public var obstacle: String?

    public init(
        address: IPAddress, facts: SessionFacts? = nil, judgement: SessionJudgement? = nil, obstacle: String? = nil
    ) {
        self.address = address
        self.facts = facts
        self.judgement = judgement
        self.obstacle = obstacle
    }

    /// What would have become of a message: `deliver`, `refuse`, or `unreachable`.
    public var outcomeWord: String {
        guard let judgement else { return "unreachable" }
        return judgement.mayDeliver ? "deliver" : "refuse"
    }

    /// One clause for a person.
    public var reason: String { judgement?.reason ?? obstacle ?? "" }

    fileprivate var json: JSONValue {
        var tls = JSONValue.null
        var cipher = JSONValue.null
        var certificate = JSONValue.null
        if case .established(let chain, let version, let suite) = facts?.tls {
            tls = .string(version)
            cipher = JSONValue(suite)
            certificate =
                chain.map { chain in
                    [
                        "subject": .string(chain.leaf.subjectText), "issuer": .string(chain.leaf.issuerText),
                        "names": .array(chain.leaf.identifiers().map { .string($0.description) }),
                        "not_after": JSONValue(chain.leaf.notAfter?.rfc3339),
                    ]
                } ?? .null
        }
        return [
            "address": .string(address.text), "outcome": .string(outcomeWord), "tls": tls, "cipher": cipher,
            "authenticated": .bool(judgement?.isAuthenticated ?? false), "certificate": certificate,
            "reason": .string(reason),
            "failures": .array(
                (judgement?.policies ?? []).flatMap { policy in
                    policy.failures.map { .string("\(policy.policy.type.word): \($0.resultType.word)") }
                }),
        ]
    }
}
