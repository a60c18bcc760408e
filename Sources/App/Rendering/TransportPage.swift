internal import DANE
internal import DNS
internal import MTASTS
internal import MailBytes
internal import MailNames
public import TransportPolicy

/// A plan, and sessions if there were any, for a person: what holds first, then each server.
public enum TransportPage {
    /// The lines, without a line end at the end.
    public static func text(_ plan: TransportPlan, sessions: [[TriedSession]]? = nil) -> String {
        var lines = ["\(plan.destination): \(plan.protection.rawValue): \(plan.reason)"]
        if plan.route.source == .mx || plan.route.source == .implicit {
            lines.append("  route    " + route(plan))
        }
        lines.append(contentsOf: sts(plan.sts))
        for (index, server) in plan.servers.enumerated() {
            lines.append(contentsOf: self.lines(server))
            guard let sessions, sessions.indices.contains(index) else { continue }
            for session in sessions[index] {
                lines.append("      \(session.address.text): \(session.outcomeWord): \(session.reason)")
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func route(_ plan: TransportPlan) -> String {
        let proof =
            switch plan.route.security {
            case .secure: "signed"
            case .insecure: "not signed"
            case .bogus: "bogus"
            case .indeterminate: "not validated"
            }
        switch plan.route.obstacle {
        case .nullMX: return "null MX, \(proof)"
        case .noSuchDomain: return "no such domain, \(proof)"
        case .failure(let status, let detail): return "\(status)" + (detail.map { ": \($0)" } ?? "")
        case nil: break
        }
        guard plan.route.source == .mx else { return "no MX records (\(proof)): the domain itself" }
        let more = plan.route.omittedCount > 0 ? ", \(plan.route.omittedCount) more left out" : ""
        return "\(plan.route.hops.count) MX records, \(proof)\(more)"
    }

    private static func sts(_ state: STSState) -> [String] {
        var lines: [String] = []
        if let fetched = state.entry?.fetched {
            let force = state.active == nil ? "not in force" : "in force until \(fetched.expiresAt.rfc3339)"
            lines.append("  mta-sts  mode \(fetched.policy.mode.rawValue), id \(fetched.id), \(force)")
        } else if let record = state.finding?.record {
            lines.append("  mta-sts  record with id \(record.id), but no policy")
        }
        if let failure = state.entry?.failure { lines.append("           last fetch: \(failure.reason)") }
        return lines
    }

    private static func lines(_ server: ServerPlan) -> [String] {
        let name = server.host.isRoot ? server.addresses.first?.text ?? "" : server.host.text
        var lines = ["  \(server.preference) \(name): \(server.obstacle == nil ? server.demandWord : "not used")"]
        lines.append("      \(server.reason)")
        if let dane = server.demand.dane {
            for record in dane.records.records {
                let unusable = dane.records.unusable.first { $0.record == record }
                let note = unusable.map { "  (unusable: \($0.defect.description))" } ?? ""
                lines.append("      TLSA \(record.text)\(note)")
            }
        }
        return lines
    }
}
