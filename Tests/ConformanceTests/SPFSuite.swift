import DNS
import Foundation
import MailBytes
import MailNames
import SPF
import TestSupport
import Testing
import Yams

/// The test suite of RFC 7208 that was published at openspf.org: scenarios of a zone and the checks within it.
enum SPFSuite {
    static func run() async throws -> [SuiteTally]? {
        guard let folder = try Suites.folder("spf-rfc7208") else { return nil }
        let text = String(lossy: try Suites.bytes(folder.appending(path: "rfc7208-tests.yml")))
        var tally = SuiteTally(suite: "spf-rfc7208", standard: "RFC 7208")
        for document in try Yams.compose_all(yaml: text) {
            let zone = SuiteZone(document["zonedata"]?.mapping)
            for (name, test) in document["tests"]?.mapping ?? [:] {
                try await check(name.string ?? "", test, zone, &tally)
            }
        }
        return [tally]
    }

    private static func check(_ name: String, _ test: Node, _ zone: SuiteZone, _ tally: inout SuiteTally) async throws {
        guard let host = test["host"]?.string, let address = IPAddress(host), let helo = test["helo"]?.string,
            let mailFrom = test["mailfrom"]?.string
        else {
            tally.failures.append("\(name): no client, HELO name or reverse-path")
            return
        }
        let request = SPFRequest(
            clientAddress: address, helo: helo, mailFrom: mailFrom, receivingHost: "receiver.example",
            at: UnixTime(seconds: 1_700_000_000))
        let outcome = await SPFVerifier(resolver: zone).checkHost(request)
        // A test that allows several results names the preferred one first; each of them is right.
        let allowed = test["result"]?.sequence.map { $0.compactMap(\.string) } ?? [test["result"]?.string ?? ""]
        guard allowed.contains(outcome.result.rawValue) else {
            tally.failures.append("\(name): \(allowed) published, \(outcome.result.rawValue) ours: \(outcome.reason)")
            return
        }
        // `DEFAULT` is the checker's own text, and Postseal has none.
        if let published = test["explanation"]?.string {
            let ours = outcome.explanation ?? "DEFAULT"
            guard published == ours else {
                tally.failures.append("\(name): explanation '\(published)' published, '\(ours)' ours")
                return
            }
        }
        tally.agreed += 1
    }
}

/// The zone of a scenario, by the rules of the suite's own description.
private struct SuiteZone: DNS.Resolver {
    private var answers = RecordedAnswers()
    /// Names of which every type that is not listed times out.
    private var silent: Set<DomainName> = []

    init(_ zone: Node.Mapping?) {
        for (name, records) in zone ?? [:] {
            guard let name = try? DomainName(name.string ?? "") else { continue }
            add(name, records.sequence ?? [])
        }
    }

    private mutating func add(_ name: DomainName, _ records: Node.Sequence) {
        var found: [DNSRecordType: [DNSRecordData]] = [:]
        var policies: [DNSRecordData] = []
        var hasText = false
        for record in records {
            if record.string == "TIMEOUT" { silent.insert(name) }
            for (type, value) in record.mapping ?? [:] {
                switch type.string {
                case "SPF": policies.append(Self.text(value))
                case "TXT":
                    hasText = true
                    if value.string != "NONE" { found[.txt, default: []].append(Self.text(value)) }
                case let type:
                    guard let type = type.flatMap(DNSRecordType.init(text:)), let data = Self.data(type, value) else {
                        continue
                    }
                    found[type, default: []].append(data)
                }
            }
        }
        // Records of the type SPF stand for TXT records, unless there are such.
        if !hasText { found[.txt, default: []] += policies }
        for (type, data) in found where !data.isEmpty {
            answers.add(
                DNSAnswer(
                    question: DNSQuestion(name, type), status: .noError,
                    records: data.map { DNSRecord(name: name, type: type, ttlSeconds: 300, data: $0) }))
        }
        // The name exists, even if it has none of these.
        answers.add(DNSAnswer(question: DNSQuestion(name, .soa), status: .noError))
    }

    private static func text(_ value: Node) -> DNSRecordData {
        // Characters above 127 stand for octets.
        func octets(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }
        return .text(value.sequence?.map { octets($0.string ?? "") } ?? [octets(value.string ?? "")])
    }

    private static func data(_ type: DNSRecordType, _ value: Node) -> DNSRecordData? {
        switch type {
        case .mx:
            guard let parts = value.sequence, parts.count == 2, let preference = parts[0].int,
                let exchange = try? DomainName(parts[1].string ?? "")
            else { return nil }
            return .mx(preference: UInt16(truncatingIfNeeded: preference), exchange: exchange)
        default: return DNSRecordData(presentation: value.string ?? "", type: type)
        }
    }

    func answer(_ question: DNSQuestion) async -> DNSAnswer {
        let answer = answers.lookUp(question)
        return answer.isVoid && silent.contains(question.name)
            ? DNSAnswer(question: question, status: .timeout) : answer
    }
}

@Suite struct SPFSuiteTests {
    @Test func `all cases of the RFC 7208 suite come out as published`() async throws {
        guard let tallies = try await SPFSuite.run() else { return }
        for tally in tallies {
            print(tally.line)
            #expect(tally.failures.isEmpty, "\(tally.failures.joined(separator: "\n"))")
        }
        #expect(tallies.map(\.ran) == [203])
    }
}
