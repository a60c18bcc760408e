internal import DKIM
internal import DNS
internal import MailNames

/// The DNS of the demo's world: what each domain publishes about its mail.
struct DemoZone: Sendable {
    private(set) var answers = RecordedAnswers()
    /// Everything below these names is set aside for examples, and so nobody else's.
    static let domains = [
        "example", "2.0.192.in-addr.arpa", "100.51.198.in-addr.arpa", "113.0.203.in-addr.arpa",
        "8.b.d.0.1.0.0.2.ip6.arpa",
    ]

    init(keys: DemoKeys, hosts: DemoHosts) throws {
        try addPolicies()
        for place in DemoKeys.Place.allCases {
            guard let key = keys[place], let name = DKIMKeySet.name(selector: key.selector, domain: key.domain)
            else { continue }
            var record = key.privateKey.publicRecord
            // RFC 6376 §3.6.1: an empty `p=` says that the key is no longer good.
            if place.isRevoked { record.publicKey = [] }
            add(name, .txt, [.text(record.strings)])
        }
        for host in hosts.named {
            let name = try DomainName(host.hostName)
            add(name, host.address.isV4 ? .a : .aaaa, [.address(host.address)])
            if let reverse = host.address.reverseName { add(reverse, .ptr, [.ptr(name)]) }
        }
    }

    /// What each domain says: who may send for it (SPF), and what to do with mail that it cannot be shown to have
    /// sent (DMARC).
    private mutating func addPolicies() throws {
        try add(DemoNames.home, spf: "v=spf1 ip4:192.0.2.0/24 -all", dmarc: "v=DMARC1; p=reject")
        try add(DemoNames.harbour, spf: "v=spf1 ip4:198.51.100.10 -all", dmarc: "v=DMARC1; p=reject")
        try add(DemoNames.mill, spf: "v=spf1 ip4:198.51.100.20 -all", dmarc: "v=DMARC1; p=quarantine; np=reject")
        try add(DemoNames.orchard, spf: "v=spf1 ip4:198.51.100.30 ~all", dmarc: "v=DMARC1; p=none")
        try add(DemoNames.beacon, spf: "v=spf1 ip4:198.51.100.40 -all", dmarc: "v=DMARC1; p=reject")
        try add(DemoNames.books, spf: "v=spf1 ip6:2001:db8:5::/64 -all", dmarc: "v=DMARC1; p=quarantine")
        try add(DemoNames.lists, spf: "v=spf1 ip4:203.0.113.16 -all", dmarc: "v=DMARC1; p=none")
        try add(DemoNames.club, spf: "v=spf1 ip4:203.0.113.20 -all", dmarc: nil)
        try add(DemoNames.postbag, spf: "v=spf1 ip4:203.0.113.30 -all", dmarc: "v=DMARC1; p=reject")
        try add(DemoNames.alumni, spf: "v=spf1 ip4:203.0.113.40 -all", dmarc: nil)
        try add(DemoNames.lookAlike, spf: "v=spf1 ip4:203.0.113.50 -all", dmarc: "v=DMARC1; p=reject")
        for name in [DemoNames.slow, "_dmarc." + DemoNames.slow] {
            answers.add(DNSAnswer(question: DNSQuestion(try DomainName(name), .txt), status: .timeout))
        }
    }

    private mutating func add(_ domain: String, spf: String, dmarc: String?) throws {
        add(try DomainName(domain), .txt, [Self.text(spf)])
        if let dmarc { add(try DomainName("_dmarc." + domain), .txt, [Self.text(dmarc)]) }
    }

    private mutating func add(_ name: DomainName, _ type: DNSRecordType, _ data: [DNSRecordData]) {
        let records = data.map { DNSRecord(name: name, type: type, ttlSeconds: 300, data: $0) }
        answers.add(
            DNSAnswer(
                question: DNSQuestion(name, type), status: .noError, records: records, security: .insecure,
                ttlSeconds: 300))
    }

    /// A TXT record of one string, which holds 255 octets.
    private static func text(_ text: String) -> DNSRecordData { .text([Array(text.utf8)]) }
}
