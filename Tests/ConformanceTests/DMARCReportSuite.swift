import Foundation
import MailBytes
import MailReports
import Rendering
import TestSupport
import Testing

/// Aggregate reports of five collections, in all that they come in: XML, gzip, zip and mails.
enum DMARCReportSuite {
    /// Files that XML parsers refuse, and that are read here all the same, with the quirk that says so.
    private static let recovered = [
        "parsedmarc/aggregate/invalid_xml.xml": "markup-in-text",
        "parsedmarc/aggregate/invalid_utf_8.xml": "invalid-text",
        "parsedmarc/aggregate/ikea.com!example.de!1538690400!1538776800.xml": "wrapped-root",
    ]

    static func run() async throws -> [SuiteTally]? {
        guard let folder = try Suites.folder("dmarc-rua") else { return nil }
        var tally = SuiteTally(suite: "dmarc-rua", standard: "DMARC aggregate reports (RFC 9990)")
        for test in try Suites.json(folder.appending(path: "index.json")).arrayValue ?? [] {
            guard let file = test["file"]?.stringValue else { continue }
            let reports = ReportFile(reading: try Suites.bytes(folder.appending(path: file)), name: file)
            let objects = reports.findings.map(\.normalizedJSON)
            let expected = test["reports"]?.arrayValue ?? []
            if let quirk = recovered[file] {
                if objects.count == 1, objects[0]["quirks"]?.arrayValue?.contains(.string(quirk)) == true {
                    tally.decided.append(
                        .init(
                            name: file, published: "not well-formed", ours: "read, with the quirk \(quirk)",
                            reason:
                                "the suite allows a reader to recover it if it says so; senders still make such files"))
                } else {
                    tally.failures.append("\(file): is not recovered")
                }
            } else if let problem = problem(objects, expected) {
                tally.failures.append("\(file): \(problem)")
            } else {
                tally.agreed += 1
            }
        }
        var values = SuiteTally(suite: "dmarc-rua (mail-auth)", standard: "DMARC aggregate reports (RFC 9990)")
        for name in [
            "001.xml", "002.xml", "003.xml", "004.xml", "005.xml", "100.eml", "101.eml", "102.eml", "103.eml",
            "104.eml",
        ] {
            let base = folder.appending(path: "mail-auth")
            let wanted = try Suites.json(base.appending(path: name.prefix(3) + ".json"))
            let reports = ReportFile(reading: try Suites.bytes(base.appending(path: name)))
            if let problem = MailAuthReport.problem(reports.findings.first?.normalizedJSON ?? .null, wanted) {
                values.failures.append("mail-auth/\(name): \(problem)")
            } else {
                values.agreed += 1
            }
        }
        return [tally, values]
    }

    /// What differs from the published expectation; nil if nothing does.
    private static func problem(_ objects: [JSONValue], _ expected: [JSONValue]) -> String? {
        if expected.isEmpty { return objects.allSatisfy { $0["error"] != nil } ? nil : "is read, and is no report" }
        guard objects.count == expected.count else { return "\(objects.count) findings instead of \(expected.count)" }
        for (object, wanted) in zip(objects, expected) {
            if wanted["problem"] != nil {
                guard object["error"] != nil, object["line"] != nil else { return "is read, and is not well-formed" }
                continue
            }
            guard object["kind"] == "dmarc-aggregate" else { return "\(object["error"] ?? "no error")" }
            guard object["organization"] == wanted["org_name"], object["report_id"] == wanted["report_id"],
                object["domain"] == wanted["domain"]
            else { return "organisation, identifier or domain" }
            let records = object["records"]?.arrayValue ?? []
            guard Int64(records.count) == wanted["records"]?.integerValue else { return "\(records.count) records" }
            // Null: the counts are no numbers.
            let messages = records.reduce(0) { $0 + ($1["count"]?.integerValue ?? 0) }
            guard messages == wanted["messages"]?.integerValue ?? 0 else { return "\(messages) messages" }
        }
        return nil
    }
}

/// The form in which mail-auth prints reports, compared by its values.
enum MailAuthReport {
    static func problem(_ object: JSONValue, _ wanted: JSONValue) -> String? {
        let metadata = wanted["report_metadata"] ?? .null
        let policy = wanted["policy_published"] ?? .null
        guard object["organization"] == metadata["org_name"], object["email"] == metadata["email"],
            object["report_id"] == metadata["report_id"], object["begin"] == metadata["date_range"]?["begin"],
            object["end"] == metadata["date_range"]?["end"]
        else { return "metadata" }
        guard object["domain"] == policy["domain"], word(policy["p"]) == object["policy"]?["p"]?.stringValue else {
            return "policy"
        }
        let records = object["records"]?.arrayValue ?? []
        let wantedRecords = wanted["record"]?.arrayValue ?? []
        guard records.count == wantedRecords.count else { return "\(records.count) records" }
        for (record, wanted) in zip(records, wantedRecords) {
            let row = wanted["row"] ?? .null
            guard record["source_ip"] == row["source_ip"], record["count"] == row["count"] else { return "row" }
            let evaluated = row["policy_evaluated"] ?? .null
            for name in ["disposition", "dkim", "spf"] {
                let word = word(evaluated[name])
                guard word == nil || word == "unspecified" || word == record[name]?.stringValue else { return name }
            }
            guard record["header_from"] == wanted["identifiers"]?["header_from"] else { return "header_from" }
            for (ours, theirs) in [("auth_dkim", "dkim"), ("auth_spf", "spf")] {
                let found = record[ours]?.arrayValue ?? []
                let results = wanted["auth_results"]?[theirs]?.arrayValue ?? []
                guard found.count == results.count else { return "\(found.count) results of \(theirs)" }
                for (one, other) in zip(found, results) {
                    guard one["domain"]?.stringValue ?? "" == other["domain"]?.stringValue,
                        one["result"]?.stringValue?.lowercased() == word(other["result"])
                    else { return "a result of \(theirs)" }
                }
            }
        }
        return nil
    }

    /// `TempError`, `None` in small letters.
    private static func word(_ value: JSONValue?) -> String? { value?.stringValue?.lowercased() }
}

/// Failure and abuse reports of three collections.
enum FeedbackSuite {
    static func run() async throws -> [SuiteTally]? {
        guard let folder = try Suites.folder("dmarc-ruf-arf") else { return nil }
        var tally = SuiteTally(suite: "dmarc-ruf-arf", standard: "Failure reports (RFC 9991, RFC 6591, RFC 5965)")
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
        where name.hasSuffix(".eml") || name.hasSuffix("feedback-report.txt") {
            let octets = try Suites.bytes(folder.appending(path: name))
            let reports = ReportFile(reading: octets)
            let values = folder.appending(path: name.replacing(".eml", with: ".json"))
            var wanted: JSONValue?
            if name.hasPrefix("mail-auth/") { wanted = try Suites.json(values) }
            if let problem = problem(name, reports, wanted, octets) {
                tally.failures.append("\(name): \(problem)")
            } else {
                tally.agreed += 1
            }
        }
        return [tally]
    }

    private static func problem(
        _ name: String, _ file: ReportFile, _ wanted: JSONValue?, _ octets: [UInt8]
    ) -> String? {
        guard file.findings.count == 1, let finding = file.findings.first else {
            return "\(file.findings.count) findings"
        }
        // A text without a part for machines: no report, and no crash.
        if name.hasSuffix("exim_plain_text_only_no_arf_part.eml") { return finding.report == nil ? nil : "is read" }
        guard case .failure(let report)? = finding.report else { return "is refused: \(finding.outcome)" }
        guard let original = report.original, !original.octets.isEmpty else { return "has no message" }
        // Each field comes out as it stands in the file, wherever that is not encoded.
        if !report.quirks.contains(.encodedFields) {
            let text = Array(String(decoding: octets, as: UTF8.self).replacing("\r\n", with: "\n").utf8)
            for field in report.fields {
                let line = Array("\n\(field.name):".utf8)
                guard text.firstRange(of: line) != nil else { return "\(field.name) is made up" }
            }
        }
        guard let again = try? FeedbackReport(parsing: report.fieldOctets),
            again.values("Reported-Domain").count
                == report.values("Reported-Domain").count
        else { return "is another one when written" }
        return wanted.flatMap { self.problem(finding.normalizedJSON, $0) }
    }

    /// Compares with what mail-auth prints: null, `Unspecified` and 0 are absent there.
    private static func problem(_ object: JSONValue, _ wanted: JSONValue) -> String? {
        guard case .object(let members) = wanted else { return "no expectation" }
        for member in members where !["message", "headers", "source_port"].contains(member.name) {
            let found = object[member.name] ?? .null
            switch member.value {
            case .null: continue
            case .integer(0): continue
            case .string(let text):
                guard text != "Unspecified" else { continue }
                guard simplified(found) == simplified(.string(text)) else { return "\(member.name): \(found)" }
            case .array(let values):
                guard (found.arrayValue ?? []).map(simplified) == values.map(simplified) else {
                    return "\(member.name): \(found)"
                }
            default:
                guard simplified(found) == simplified(member.value) else { return "\(member.name): \(found)" }
            }
        }
        return nil
    }

    /// A text without white space, hyphens and capitals: folds and names of cases are written differently. One value of
    /// a list is taken for the list.
    private static func simplified(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text.lowercased().filter { !$0.isWhitespace && $0 != "-" }.replacing("dns;", with: "")
        case .integer(let number): "\(number)"
        case .array(let values): values.map(simplified).joined(separator: ",")
        default: ""
        }
    }
}

@Suite("Conformance: DMARC reports")
struct DMARCReportConformance {
    @Test("every published aggregate report is read or refused as expected")
    func everyAggregate() async throws {
        for tally in try await DMARCReportSuite.run() ?? [] {
            print(tally.line)
            #expect(tally.failures.isEmpty, "\(tally.failures.joined(separator: "\n"))")
            #expect(tally.ran == 68 || tally.ran == 10)
        }
    }

    @Test("every published failure report is read as expected")
    func everyFailure() async throws {
        for tally in try await FeedbackSuite.run() ?? [] {
            print(tally.line)
            #expect(tally.failures.isEmpty, "\(tally.failures.joined(separator: "\n"))")
            #expect(tally.ran == 11)
        }
    }
}
