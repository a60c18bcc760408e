import MailBytes
import MailCrypto
import MailReports
import TestSupport
import Testing

@testable import PostsealReports

/// What tells reports apart stands in stores: it must never come out otherwise.
@Suite struct ReportIdentityTests {
    /// The members of a report, each with its length in front, the plain way.
    private struct Members {
        var octets: [UInt8] = []

        mutating func add(_ member: [UInt8]) {
            withUnsafeBytes(of: UInt64(member.count).littleEndian) { octets.append(contentsOf: $0) }
            octets += member
        }

        mutating func add(_ text: String?) {
            add([text == nil ? 0 : 1] as [UInt8])
            add(Array((text ?? "").utf8))
        }

        var hash: [UInt8] { SHA256Hasher.hash(octets).bytes }
    }

    private static func content(_ report: DMARCAggregateReport) -> [UInt8] {
        var members = Members()
        members.add(report.policy.domain)
        members.add(report.policy.policy?.word)
        members.add(report.policy.subdomainPolicy?.word)
        members.add(report.policy.nonexistentPolicy?.word)
        members.add("\(report.records.count)")
        for record in report.records {
            members.add(record.source.text)
            members.add("\(record.count)")
            members.add(record.disposition?.word)
            members.add(record.dkimAligned.map { $0 ? "1" : "0" })
            members.add(record.spfAligned.map { $0 ? "1" : "0" })
            for text in [record.headerFrom, record.envelopeFrom, record.envelopeTo] { members.add(text) }
            for reason in record.reasons { members.add(reason.type.word) }
            for signature in record.dkim {
                for text in [signature.domain, signature.selector, signature.result.word] { members.add(text) }
            }
            for spf in record.spf {
                members.add(spf.domain)
                members.add(spf.result.word)
            }
        }
        return members.hash
    }

    private static func identity(_ report: DMARCAggregateReport) -> [UInt8] {
        var members = Members()
        members.add("dmarc-aggregate")
        members.add(report.organizationName.lowercased())
        members.add(report.reportID)
        members.add(report.policy.domain)
        members.add(report.begin.map { "\($0.seconds)" })
        members.add(report.end.map { "\($0.seconds)" })
        if report.reportID.isEmpty { members.add(content(report)) }
        return members.hash
    }

    @Test func identitiesAreWhatTheyWere() {
        let long = String(repeating: "ü", count: 20_000)
        var records = [
            Made.record("0.0.0.0", 0), Made.record("255.255.255.255", .max), Made.record("192.0.2.10", 10),
            Made.record("2001:db8::1"), Made.record("::ffff:192.0.2.1"), Made.record("unknown"), Made.record(""),
            Made.record(from: nil, dkim: nil, spf: false, .reject, signed: [], returnPath: nil), Made.record(from: ""),
            Made.record(from: long), Made.record(signed: ["a.example", "", long, String(long.dropLast(11_804))]),
            Made.record(
                "192.0.2.1", -5, .reject,
                [DMARCReportReason(type: .forwarded), DMARCReportReason(type: .unknown("x"))]),
        ]
        for number in 0..<1500 {
            let source: String = "10.\(number % 7).\(number / 256).\(number % 256)"
            records.append(Made.record(source, number))
        }
        for report in [
            Made.report([]), Made.report(records), Made.report(records, id: "", by: "Ärzte"), Made.report(of: nil),
            Made.report(id: long, begin: -1, end: .max),
        ] {
            let head = ReportHead(.aggregate(report))
            let found = ReportIdentity(.aggregate(report), head)
            #expect(found.content == Self.content(report))
            if report.policy.domain != nil { #expect(found.identity == Self.identity(report)) }
        }
    }
}
