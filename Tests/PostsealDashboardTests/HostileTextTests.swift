import HTTPTypes
import MailBytes
import MailNames
import PostsealHTTP
import PostsealReports
import Testing

@testable import PostsealDashboard

/// Markup in every place where a stranger can write, on every page.
@Suite struct HostileTextTests {
    static let mark = "\"'><img src=x onerror=alert(1)><script>alert(1)</script>"
    static let escapedMark = "&quot;&#39;&gt;&lt;img src=x onerror=alert(1)&gt;&lt;script&gt;"

    /// As XML, so that it is text there.
    static let xml = mark.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    static let json = mark.replacing("\"", with: "\\\"")

    static let files: [(name: String, text: String, isCounted: Bool)] = [
        (
            "\(mark).xml",
            """
            <feedback><version>\(xml)</version><report_metadata><org_name>\(xml)</org_name><email>\(xml)</email>
            <extra_contact_info>\(xml)</extra_contact_info><report_id>\(xml)</report_id><date_range>
            <begin>\(Reports.day)</begin><end>\(Reports.day + 86_399)</end></date_range><error>\(xml)</error>
            <generator>\(xml)</generator></report_metadata><policy_published><domain>example.com</domain><p>\(xml)</p>
            <sp>\(xml)</sp><fo>\(xml)</fo></policy_published><record><row><source_ip>\(xml)</source_ip>
            <count>5000</count><policy_evaluated><disposition>\(xml)</disposition><dkim>\(xml)</dkim><spf>fail</spf>
            <reason><type>\(xml)</type><comment>\(xml)</comment></reason></policy_evaluated></row><identifiers>
            <header_from>\(xml)</header_from><envelope_from>\(xml)</envelope_from><envelope_to>\(xml)</envelope_to>
            </identifiers><auth_results><dkim><domain>\(xml)</domain><selector>\(xml)</selector><result>\(xml)</result>
            <human_result>\(xml)</human_result></dkim><spf><domain>\(xml)</domain><scope>\(xml)</scope>
            <result>\(xml)</result></spf></auth_results></record></feedback>
            """, true
        ),
        ("b.xml", Reports.aggregate("\(xml)", id: "domain"), true),
        ("plain.xml", Reports.aggregate("example.com", id: "plain"), true),
        (
            "c.json",
            """
            {"organization-name":"\(json)","date-range":{"start-datetime":"2026-11-24T00:00:00Z",
            "end-datetime":"2026-11-24T23:59:59Z"},"contact-info":"\(json)","report-id":"\(json)","policies":[
            {"policy":{"policy-type":"\(json)","policy-string":["\(json)"],"policy-domain":"example.com",
            "mx-host":["\(json)"]},"summary":{"total-successful-session-count":1,"total-failure-session-count":2},
            "failure-details":[{"result-type":"\(json)","sending-mta-ip":"\(json)","receiving-mx-hostname":"\(json)",
            "receiving-mx-helo":"\(json)","receiving-ip":"\(json)","failed-session-count":2,
            "additional-information":"\(json)","failure-reason-code":"\(json)"}]}]}
            """, true
        ),
        (
            "d.eml",
            Reports.failure("example.com").replacing("private words", with: mark)
                .replacing(
                    "Delivery-Result: reject",
                    with: "Delivery-Result: \(mark)\r\nX-Odd: \(mark)\r\nAuthentication-Results: \(mark)"
                )
                .replacing("Source-IP: 203.0.113.9", with: "Source-IP: \(mark)"), true
        ),
    ]

    @Test func `nothing that a stranger wrote becomes markup`() async throws {
        let entries = [Messages.entry(1, from: "example.com", to: ["example.com\(Self.mark)"], mark: Self.mark)]
        try await World.with(Self.files, messages: entries) { world in
            // Names of hosts are looked at before they are kept; a store could be filled by others.
            let named = [("192.0.2.1", SourceHost.Outcome.confirmed), ("203.0.113.9", .unconfirmed)]
            try await world.dashboard.reports?.keep(
                Dictionary(
                    uniqueKeysWithValues: named.compactMap { address, outcome in
                        IPAddress(address).map {
                            ($0, SourceHost(outcome, name: "mx\(Self.mark)", lookedUp: World.now))
                        }
                    }))
            let hostile = world.serving(
                Dashboard.Sources(
                    protections: FixedProtections(mark: Self.mark),
                    messages: FixedMessages(entries: entries, mark: Self.mark), sent: FixedSent(mark: Self.mark),
                    daemon: FixedFacts()))
            let browser = try await hostile.logIn("ada").browser
            let reports = try await hostile.get("/api/v1/reports", browser).json["reports"]?.arrayValue ?? []
            #expect(reports.count >= 3, "the reports are read, odd as they are")
            var targets = Route.all.filter { $0.method == .get && !$0.path.hasPrefix("/api/") && $0.path != "/login" }
                .map { RouteTests.target($0, isOwn: true) }.filter {
                    !$0.contains("original") && !$0.contains("document") && !$0.contains(".")
                        || $0.contains("example.com")
                }
            targets += reports.compactMap { $0["id"]?.integerValue }.map { "/reports/\($0)" }
            let query = Link.encoded(Self.mark)
            targets += [
                "/search?q=\(query)", "/reports?domain=\(query)&id=\(query)", "/messages?q=\(query)", "/\(query)",
            ]
            var shown = 0
            for target in targets {
                let page = try await hostile.get(target, browser).text
                #expect(!page.contains("<img src=x") && !page.contains("<script>"), "\(target)")
                #expect(MarkupCheck.problems(page) == [], "\(target)")
                if page.contains(Self.escapedMark) { shown += 1 }
            }
            #expect(shown > 8, "the texts are shown: \(shown)")
        }
    }

    @Test func `the check of markup finds what is wrong`() {
        #expect(MarkupCheck.problems("<p>a</p>") == [])
        #expect(MarkupCheck.problems("<p>a") != [])
        #expect(MarkupCheck.problems("<p><b>a</p></b>") != [])
        #expect(MarkupCheck.problems("<script>x</script>") != [])
        #expect(MarkupCheck.problems("<p onclick=\"x\">a</p>") != [])
        #expect(MarkupCheck.problems("<a href=\"javascript:x\">a</a>") != [])
        #expect(MarkupCheck.problems("<p id=\"x\"></p><p id=\"x\"></p>") != [])
    }
}

/// Reads a page as a browser would, and complains of what our pages never have.
enum MarkupCheck {
    private static let empty: Set<String> = ["meta", "link", "input", "br", "hr", "img", "!DOCTYPE"]

    static func problems(_ page: String) -> [String] {
        var problems: [String] = []
        var open: [String] = []
        var ids: Set<String> = []
        var rest = page[...]
        while let start = rest.firstIndex(of: "<") {
            guard let end = rest[start...].firstIndex(of: ">") else { return problems + ["an element without an end"] }
            let text = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            if text.hasPrefix("/") {
                if open.popLast() != String(text.dropFirst()) { problems.append("\(text) ends what is not open") }
                continue
            }
            let name = String(text.prefix { $0 != " " })
            if !empty.contains(name) { open.append(name) }
            if name == "script", !text.contains("src=\"/assets/") { problems.append("a script within the page") }
            if name == "style" || name == "iframe" || name == "object" { problems.append("an element \(name)") }
            // Without what stands in quotes.
            let bare = text.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 0 }.map(\.element).joined(separator: "\"\"")
            for attribute in ["onclick", "onerror", "onload", "style"] where bare.contains(" \(attribute)=") {
                problems.append("an attribute \(attribute)")
            }
            for attribute in ["href=\"", "src=\"", "action=\""] {
                guard let range = text.firstRange(of: attribute) else { continue }
                if let first = text[range.upperBound...].first, first != "/", first != "#" {
                    problems.append("a link elsewhere: \(text)")
                }
            }
            if let range = text.firstRange(of: " id=\"") {
                let id = String(text[range.upperBound...].prefix { $0 != "\"" })
                if !ids.insert(id).inserted { problems.append("two of id \(id)") }
            }
        }
        if !open.isEmpty { problems.append("not ended: \(open.joined(separator: ", "))") }
        return problems
    }
}
