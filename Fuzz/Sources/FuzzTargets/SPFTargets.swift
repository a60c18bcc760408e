import DNS
import MailBytes
import MailNames
import SPF
import Synchronization
import Trace

/// An SPF record: what is read can be printed and read again, and says the same.
let fuzzSPFRecord: PlainBody = { bytes in
    let record: SPFRecord
    do throws(SPFSyntaxError) {
        record = try SPFRecord(parsing: bytes)
    } catch {
        precondition(error.offset >= 0 && error.offset <= bytes.count, "an error is outside the record")
        return
    }
    precondition(record.bytes == bytes, "the text as published was changed")
    precondition(SPFRecord.isRecord(bytes), "a record that would not be selected")
    guard let again = try? SPFRecord(parsing: record.text) else { fatalError("cannot read what was printed") }
    precondition(again == record, "the round trip changed the record")
    precondition(again.text == record.text, "printing twice gives two texts")
    guard let made = try? SPFRecord(record.terms) else { fatalError("cannot make a record of its terms") }
    precondition(made == record, "a record of the same terms is another one")
    precondition(made.lookupTermCount == record.lookupTermCount && record.lookupTermCount <= record.terms.count)
}

/// A check against a zone that the input makes up: it ends within the limits, shows nothing unprintable, and comes out
/// the same with a trace and with a cache.
let fuzzSPFCheck: WaitingBody = { bytes in
    let zones = (0..<4).map { _ in FuzzZone(bytes) }
    // Four octets choose the client and the sender, the rest is the zone.
    let choice = bytes.prefix(4) + [0, 0, 0, 0]
    let clients: [IPAddress] = [
        .v4(0xC000_0201), .v6(0x2001_0DB8_0000_0000, 1), .v6(0, 0xFFFF_C000_0201), .v6(0, 0),
    ]
    let senders = [
        "l-o.c+al@x.org", "", "\"a@b\"@x.org", "p\u{e9}l\u{e9}@x.org", "@x.org", "x.org", "a b@b\u{fc}.x.org",
    ]
    let names = ["h.x.org", "[192.0.2.1]", "", "a b\u{0}.x.org", "b\u{fc}.x.org", String(repeating: "h.", count: 200)]
    let request = SPFRequest(
        clientAddress: clients[Int(choice[0]) % clients.count], helo: names[Int(choice[1]) % names.count],
        mailFrom: senders[Int(choice[2]) % senders.count], at: UnixTime(seconds: 1_700_000_000))
    let cache = SPFRecordCache()
    let outcomes = [
        await SPFVerifier(resolver: zones[0]).checkHost(request),
        await SPFVerifier(resolver: zones[1]).checkHost(request, tracing: true),
        await SPFVerifier(resolver: zones[2], cache: cache).checkHost(request),
        await SPFVerifier(resolver: zones[3], cache: cache).checkHost(request),
    ]
    for var outcome in outcomes {
        outcome.trace = .disabled
        precondition(outcome == outcomes[0], "a trace or a cache changes the outcome")
    }
    let outcome = outcomes[0]
    precondition(outcome.lookups <= 11 && outcome.voidLookups <= 3 && outcome.voidLookups <= outcome.lookups)
    // RFC 7208 §4.6.4: a record and an explanation, ten terms with ten names each, the client's names.
    precondition(zones.allSatisfy { $0.asked.count <= 1 + 10 * 11 + 1 + 11 }, "more questions than the limits allow")
    for text in [outcome.reason, outcome.mechanism ?? "", outcome.explanation ?? ""] {
        precondition(text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }, "an outcome with octets that are not printable")
        precondition(text.utf8.count <= 1_500, "an outcome of any length")
    }
    precondition(outcome.explanation == nil || outcome.result == .fail, "an explanation without a fail")
    let hasTerm = [.pass, .fail, .softfail, .neutral].contains(outcome.result)
    precondition((outcome.mechanism != nil) == hasTerm, "a mechanism belongs to a result of a record")
}

/// Answers everything, by what the input holds: of its records one for each name, of addresses those that match or not.
private struct FuzzZone: Resolver {
    private let records: [[UInt8]]

    /// How many questions were asked.
    final class Counter: Sendable {
        private let number = Mutex(0)
        var count: Int { number.withLock { $0 } }
        func add() { number.withLock { $0 += 1 } }
    }

    let asked = Counter()

    /// Words of the language, so that an input is a record more often than not.
    private static let words: [String] = [
        "v=spf1 ", " ", "-", "~", "?", "+", "all", "include:", "a", "mx", "ptr", "exists:", "ip4:", "ip6:", "redirect=",
        "exp=", "x=", "%{", "}", "%%", "%_", "%-", "s", "l", "o", "d", "i", "p", "v", "h", "c", "r", "t", "S", "L", "R",
        "1", "2", "0", "9", "127", ".", "/", "//", ":", "=", ",", "_", ".org", "x.org", "y.x.org", "192.0.2.1", "/24",
        "2001:db8::1", "//64", " -all", " include:y.x.org", " a:%{i}.x.org", " exists:%{l1r-+}.%{d2}", " mx:%{o}",
        " redirect=%{d1}.x.org", " exp=%{p}.x.org", "%{p}", "\u{7f}", "\u{e9}",
    ]

    init(_ bytes: [UInt8]) {
        var records: [[UInt8]] = [[]]
        for byte in bytes.dropFirst(4) {
            if byte >= 0xF0 {
                records.append([])
            } else {
                records[records.count - 1] += Array(Self.words[Int(byte) % Self.words.count].utf8)
            }
        }
        self.records = records
    }

    func answer(_ question: DNSQuestion) async -> DNSAnswer {
        let name = question.name
        let number = name.bytes.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF }
        asked.add()
        var answer = DNSAnswer(question: question, status: .noError, ttlSeconds: 60)
        if number % 11 == 0 { return DNSAnswer(question: question, status: number % 2 == 0 ? .timeout : .nxDomain) }
        func add(_ data: DNSRecordData) {
            answer.records.append(DNSRecord(name: name, type: question.type, ttlSeconds: 60, data: data))
        }
        switch question.type {
        case .txt:
            add(.text([records[number % records.count]]))
            if number % 7 == 0 { add(.text([Array("other %{p} %{h}".utf8)])) }
        case .mx:
            for index in 0..<(number % 13) { if let host = host(index) { add(.mx(preference: 1, exchange: host)) } }
        case .ptr: for index in 0..<(number % 13) { if let host = host(index) { add(.ptr(host)) } }
        case .a: if number % 3 != 0 { add(.address(.v4(number % 2 == 0 ? 0xC000_0201 : 0xC000_02FF))) }
        case .aaaa: if number % 3 != 0 { add(.address(.v6(0x2001_0DB8_0000_0000, UInt64(number % 2)))) }
        default: break
        }
        return answer
    }

    private func host(_ index: Int) -> DomainName? { try? DomainName(index == 7 ? "" : "m\(index).x.org") }
}
