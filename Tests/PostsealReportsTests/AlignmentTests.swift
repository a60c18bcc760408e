import MailBytes
import MailNames
import MailReports
import PostsealReports
import TestSupport
import Testing

/// Whose messages are, where names alone do not say it.
@Suite struct AlignmentTests {
    private struct Record {
        var from = "example.com"
        var evaluated: String?
        var signed: [String] = []
        var returnPath: String?
    }

    /// The sums of a record, as `domain aligned`.
    private func sums(
        _ records: Record..., of domain: String = "example.com", policy: String = ""
    ) async throws -> [String] {
        let rows = records.map { record in
            let evaluated = record.evaluated.map { "<policy_evaluated>\($0)</policy_evaluated>" } ?? ""
            let signed = record.signed.map { "<dkim><domain>\($0)</domain><result>pass</result></dkim>" }.joined()
            let spf = record.returnPath.map { "<spf><domain>\($0)</domain><result>pass</result></spf>" } ?? ""
            return """
                <record><row><source_ip>192.0.2.1</source_ip><count>1000</count>\(evaluated)</row>
                <identifiers><header_from>\(record.from)</header_from></identifiers>
                <auth_results>\(signed)\(spf)</auth_results></record>
                """
        }
        let text = """
            <feedback><report_metadata><org_name>One</org_name><report_id>1</report_id><date_range>
            <begin>\(Made.day)</begin><end>\(Made.day + 86_399)</end></date_range></report_metadata>
            <policy_published><domain>\(domain)</domain><p>none</p>\(policy)</policy_published>\(rows.joined())
            </feedback>
            """
        return try await withFolder { folder in
            let store = try SQLReportStore(path: "\(folder)/reports.db")
            _ = try await store.take([ReportArrival(reading: Array(text.utf8), name: nil, received: Made.now)])
            return try await store.totals(of: domain, .day, from: UnixTime(seconds: 0), to: Made.now)
                .map { "\($0.key.via ?? "-") dkim \($0.key.isDKIMAligned) spf \($0.key.isSPFAligned)" }.sorted()
        }
    }

    @Test func whatIsNotEvaluatedIsToldByWhatPassed() async throws {
        #expect(
            try await sums(Record(signed: ["example.com"], returnPath: "b.example.com"))
                == ["example.com dkim true spf true"])
        #expect(
            try await sums(Record(signed: ["example.com", "esp.example"], returnPath: "esp.example"))
                == ["esp.example dkim true spf false"])
        #expect(try await sums(Record(returnPath: "esp.example")) == ["esp.example dkim false spf false"])
        #expect(try await sums(Record()) == ["- dkim false spf false"])
        // What the report says counts.
        let failed = "<disposition>none</disposition><dkim>fail</dkim><spf>fail</spf>"
        #expect(
            try await sums(Record(evaluated: failed, signed: ["example.com"]))
                == ["example.com dkim false spf false"])
    }

    @Test func strictAlignmentTakesTheSameDomain() async throws {
        let strict = "<adkim>s</adkim><aspf>s</aspf>"
        #expect(
            try await sums(Record(signed: ["example.com"], returnPath: "b.example.com"), policy: strict)
                == ["example.com dkim true spf false"])
        #expect(
            try await sums(Record(from: "a.example.com", signed: ["example.com"]), policy: strict)
                == ["example.com dkim false spf false"])
    }

    /// The record may be at a domain below the organizational one, which signs.
    @Test func theDomainAboveIsTheDomainItselfWhereItIsAligned() async throws {
        let passed = "<disposition>none</disposition><dkim>pass</dkim><spf>fail</spf>"
        let failed = "<disposition>none</disposition><dkim>fail</dkim><spf>fail</spf>"
        func sum(_ evaluated: String?, _ signed: String...) async throws -> [String] {
            try await sums(
                Record(from: "mail.example.com", evaluated: evaluated, signed: signed), of: "mail.example.com")
        }
        #expect(try await sum(passed, "example.com") == ["mail.example.com dkim true spf false"])
        #expect(try await sum(nil, "example.com") == ["mail.example.com dkim true spf false"])
        #expect(try await sum(passed, "example.com", "esp.example") == ["esp.example dkim true spf false"])
        // Alignment is strict there: the domain above is to be set up for this one.
        #expect(try await sum(failed, "example.com") == ["example.com dkim false spf false"])
        // Nobody has a domain of one label.
        #expect(try await sum(passed, "com") == ["com dkim true spf false"])
    }
}
