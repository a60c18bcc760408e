import MailBytes
import PostsealObservability
import Testing
import UnboundResolver

@testable import PostsealDaemon

@Suite("postseal_dnssec")
struct DNSSECGaugeTests {
    private static let states: [(validation: ResolverSelfTest.Validation, label: String)] = [
        (.works, "works"), (.unavailable, "unavailable"), (.off, "off"), (.unknown, "unknown"),
    ]

    @Test("Of all states the one that was found has 1, whatever was found before", arguments: states)
    func state(_ validation: ResolverSelfTest.Validation, _ label: String) {
        let metrics = Metrics(version: "1", startedAt: UnixTime(seconds: 0))
        for before in Self.states {
            metrics.dnssec.show(DNSSECLabel(before.validation))
            metrics.dnssec.show(DNSSECLabel(validation))
            let lines = metrics.page.split(separator: "\n").filter { $0.hasPrefix("postseal_dnssec{") }
            #expect(lines.count == Self.states.count)
            let right = "postseal_dnssec{validation=\"\(label)\"} 1"
            #expect(lines.filter { $0.hasSuffix(" 1") }.map(String.init) == [right], "after \(before)")
            #expect(lines.count { $0.hasSuffix(" 0") } == Self.states.count - 1)
        }
    }
}
