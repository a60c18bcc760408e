import DNS
import MTASTS
import MailBytes
import MailNames
import Synchronization
import TestSupport
import Trace
import TransportPolicy

let now = UnixTime(seconds: 1_800_000_000)
let digest = String(repeating: "ab", count: 32)

/// Gives policies from a table, and counts how often it is asked.
final class Policies: MTASTSPolicyFetcher {
    private let outcomes: [String: MTASTSFetchOutcome]
    private let fetched = Mutex<[String]>([])

    init(_ outcomes: [String: MTASTSFetchOutcome] = [:]) { self.outcomes = outcomes }

    /// A policy of `example.org`.
    convenience init(mode: String, mx: String..., maxAge: Int = 86_400) {
        let lines = ["version: STSv1", "mode: \(mode)"] + mx.map { "mx: \($0)" } + ["max_age: \(maxAge)"]
        self.init([
            "example.org": .policy(text: Array(lines.joined(separator: "\n").utf8), mediaType: "text/plain")
        ])
    }

    var count: Int { fetched.withLock { $0.count } }

    func fetch(_ domain: DomainName) async -> MTASTSFetchOutcome {
        fetched.withLock { $0.append(domain.text) }
        return outcomes[domain.text] ?? .failure(.status(404))
    }
}

/// Makes a plan for `example.org`.
func plan(
    _ lines: [String], signed: [String] = ["example.org"], to destination: String = "example.org",
    policies: Policies = Policies(), store: MTASTSMemory = MTASTSMemory(),
    options: TransportOptions = TransportOptions(),
    at time: UnixTime = now
) async throws -> TransportPlan {
    let zones = SignedZones(lines, signed: signed)
    let keeper = MTASTSKeeper(store: store, fetcher: policies)
    return await TransportPlanner(resolver: zones, keeper: keeper, options: options)
        .plan(for: try MailDestination(destination), at: time, tracing: true)
}

extension TransportPlan {
    /// The plan in one line: what protects, and each server with what it must prove.
    var line: String {
        let servers = servers.map { server -> String in
            let demand =
                switch (server.demand.dane?.level, server.demand.sts?.effect) {
                case (.authenticated, .enforce): "dane+sts"
                case (.authenticated, _): "dane"
                case (.encrypted, .enforce): "sts"
                case (.encrypted, _): "encrypt"
                case (nil, .enforce): "sts"
                case (nil, .testing), (nil, .observed): "testing"
                case (nil, nil): "any"
                }
            let obstacle =
                switch server.obstacle {
                case nil: ""
                case .noAddress: "!address"
                case .lookupFailed: "!dns"
                case .notInPolicy: "!policy"
                case .policyUnknown: "!unknown"
                case .notProved: "!proof"
                }
            return "\(server.host.text)=\(demand)\(obstacle)"
        }
        return ([protection.rawValue] + servers).joined(separator: " ")
    }
}
