import DKIM
import DNS
import MailBytes
import MailCrypto
import MailNames
import Synchronization
import TestSupport

/// The domains of the tests, and their keys.
enum World {
    static let rsa: DKIMPrivateKey = {
        guard let key = try? DKIMPrivateKey(pem: SampleKeys.rsaPEM) else { fatalError("a test key is not read") }
        return key
    }()
    static let ed25519: DKIMPrivateKey = {
        guard let seed = Base64.decode(Array(SampleKeys.ed25519Seed.utf8)), let key = try? Ed25519PrivateKey(raw: seed)
        else { fatalError("a test key is not read") }
        return .ed25519(key)
    }()
    /// A key that is published nowhere.
    static let strangeRSA: DKIMPrivateKey = {
        guard let key = try? RSAPrivateKey.generate() else { fatalError("no key") }
        return .rsa(key)
    }()

    static func name(_ text: String) -> DomainName {
        guard let name = try? DomainName(text) else { fatalError("bad name: \(text)") }
        return name
    }

    static func network(_ text: String) -> IPPrefix {
        guard let network = IPPrefix(text) else { fatalError("bad network: \(text)") }
        return network
    }

    static func key(
        _ domain: String, _ selector: String = "rsa", _ privateKey: DKIMPrivateKey = World.rsa
    ) -> DKIMSigningKey {
        DKIMSigningKey(domain: name(domain), selector: name(selector), privateKey: privateKey)
    }

    /// The line of a zone that publishes a key.
    static func record(_ key: DKIMSigningKey) -> String {
        let data = DNSRecordData.text(key.privateKey.publicRecord.strings).presentation
        return "\(key.selector.text)._domainkey.\(key.domain.text) TXT \(data)"
    }

    static let lines = [
        "strict.example TXT \"v=spf1 ip4:192.0.2.1 -all\"", "_dmarc.strict.example TXT \"v=DMARC1; p=reject\"",
        "mild.example TXT \"v=spf1 -all\"", "_dmarc.mild.example TXT \"v=DMARC1; p=quarantine\"",
        "watch.example TXT \"v=spf1 -all\"", "_dmarc.watch.example TXT \"v=DMARC1; p=none\"",
        "plain.example TXT \"v=spf1 -all\"", "open.example A 192.0.2.9",
        "explains.example TXT \"v=spf1 exp=why.explains.example -all\"",
        "why.explains.example TXT \"%{i} is none of ours\"",
        "slow.example TXT timeout", "_dmarc.slow.example TXT \"v=DMARC1; p=reject\"",
        "slowspf.example TXT timeout", "_dmarc.dead.example TXT timeout", "dead.example TXT \"v=spf1 -all\"",
        "list.example TXT \"v=spf1 ip4:203.0.113.66 -all\"",
        // Clients: one with a name, one with a name that is not its own, one whose name cannot be found out.
        "20.113.0.203.in-addr.arpa PTR out.relay.example", "out.relay.example A 203.0.113.20",
        "21.113.0.203.in-addr.arpa PTR out.relay.example",
        "22.113.0.203.in-addr.arpa PTR timeout",
        record(key("strict.example")), record(key("strict.example", "ed", ed25519)), record(key("list.example")),
        record(key("stranger.example")), record(key("mx.example")),
    ]
    static let zone = Zone(lines)

    /// The zone with more lines.
    static func zone(adding more: [String]) -> Zone { Zone(lines + more) }
}

/// Answers from a zone, and notes what was asked.
final class CountingResolver: Resolver {
    private let zone: Zone
    private let asked = Mutex<[DNSQuestion]>([])

    init(_ zone: Zone = World.zone) { self.zone = zone }

    var questions: [String] { asked.withLock { $0.map(\.description) } }

    func answer(_ question: DNSQuestion) async -> DNSAnswer {
        asked.withLock { $0.append(question) }
        return await zone.answer(question)
    }
}

/// DNS that is out of order: no answer to anything.
struct SilentResolver: Resolver {
    func answer(_ question: DNSQuestion) async -> DNSAnswer { DNSAnswer(question: question, status: .timeout) }
}
