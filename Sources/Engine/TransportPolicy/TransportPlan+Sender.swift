internal import DNS
internal import MTASTS
internal import MailNames

// What a message's sender says about TLS, in a plan (RFC 8689).

extension TransportPlan {
    /// The plan for a message with REQUIRETLS: only servers of which DNSSEC or an MTA-STS policy says that they are the
    /// domain's, and which show by DANE or a certificate that they are who they should be (RFC 8689 §4.2.1).
    public var requiringTLS: TransportPlan {
        var plan = self
        // A first policy that can't be fetched now may be there later, and then prove what is wanted.
        let isOpen =
            sts.active == nil && (sts.unknownSince != nil || (sts.finding?.record != nil && sts.entry?.failure != nil))
        for index in plan.servers.indices {
            plan.servers[index].demand.requiresProof = true
            let server = plan.servers[index]
            guard server.obstacle == nil || server.obstacle == .policyUnknown else { continue }
            let isProved = !server.host.isRoot && (route.security == .secure || server.demand.sts?.pattern != nil)
            guard !isProved else { continue }
            plan.servers[index].obstacle = isOpen ? .policyUnknown : .notProved
            plan.servers[index].reason =
                "REQUIRETLS: neither DNSSEC nor MTA-STS says that mail for \(destination) goes to this server"
        }
        return plan
    }

    /// The plan for a message with `TLS-Required: No`: TLS where there is any, with whomever, and without what DANE
    /// and MTA-STS ask for (RFC 8689 §4.2.2).
    public var waived: TransportPlan {
        var plan = self
        plan.isWaived = true
        for index in plan.servers.indices {
            plan.servers[index].demand = .opportunistic
            switch plan.servers[index].obstacle {
            case .lookupFailed where plan.servers[index].addresses.isEmpty: break
            case .lookupFailed, .notInPolicy, .policyUnknown, .notProved: plan.servers[index].obstacle = nil
            case .noAddress, nil: break
            }
            plan.servers[index].reason = "the sender asks for delivery whatever the server can prove"
        }
        return plan
    }

    /// Whether a sender's waiver would change anything.
    public var canBeWaived: Bool {
        waived.dead == nil && servers.contains { $0.demand.requiresTLS || $0.obstacle != nil }
    }
}
