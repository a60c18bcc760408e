import DNS
import MailBytes
import MailNames
import PostsealDashboard
import TestSupport
import Testing

@testable import PostsealDaemon

/// What the page of a domain says of its records: what receivers come to with them.
@Suite struct ProtectionRatingTests {
    private static let lines =
        [
            "good.example TXT \"v=spf1 ip4:192.0.2.0/24 -all\"", "soft.example TXT \"v=spf1 ~all\"",
            "broken.example TXT \"v=spf1 nonsense -all\"", "silent.example TXT timeout",
            "open.example TXT \"v=spf1 +all\"",
            "deep.example TXT \"v=spf1 " + (0..<12).map { "include:i\($0).example" }.joined(separator: " ") + " -all\"",
        ] + (0..<12).map { "i\($0).example TXT \"v=spf1 -all\"" }

    @Test(
        arguments: [
            (["+all"], .broken, "(+all)"), (["all"], .broken, "Everybody may send"),
            (["mx:mail.example ALL "], .broken, "forges"), (["+all -all"], .broken, ""),
            (["?all"], .partial, "(?all)"), (["a:mail.example"], .partial, "not refused."),
            (["mx -all"], .good, "refused (-all)."), (["~all exp=e.example"], .good, "enough for DMARC"),
            (["ip4:192.0.2.0/24 ip4:203.0.113.0/24 -all"], .good, ""), (["include:open.example -all"], .broken, ""),
            (["exists:%{l}.mail.example -all"], .good, ""),
            // Servers have names, and some of them IPv6.
            (["ptr ptr:mail.example ptr:good.example -all"], .good, "refused (-all)."),
            (["ip6:::/0 -all"], .broken, "(ip6:::/0)"),
            // By the record that decides in the end.
            (["redirect=good.example"], .good, "refused (-all)."), (["redirect=soft.example"], .good, "(~all)"),
            (["redirect=open.example"], .broken, "(+all)"), (["redirect=good.example ?all"], .partial, ""),
            // What is an error at receivers.
            (["include:deep.example -all"], .broken, "more than 10 terms that ask the DNS"),
            (["include:nothere.example -all"], .broken, "nothere.example"),
            (["redirect=nothere.example"], .broken, "nothere.example"),
            (["redirect=deep.example"], .broken, "more than 10 terms"),
            (["include:broken.example -all"], .broken, "syntax"), (["oops -all"], .broken, "syntax"),
            (["-all", "~all"], .broken, "2 SPF records"),
            (["include:silent.example -all"], .unknown, "DNS failed"), ([], .missing, "no SPF record"),
        ] as [([String], ProtectionState.Rating, String)])
    func `SPF is what becomes of a server that no record names`(
        records: [String], rating: ProtectionState.Rating, words: String
    ) async throws {
        let zone = Zone(
            Self.lines + ["mail.example A 192.0.2.1", "d.example MX 10 mail.example"]
                + records.map { "d.example TXT \"v=spf1 \($0)\"" })
        let state = await DashboardProtections.spf(
            try DomainName("d.example"), at: UnixTime(seconds: 1_795_608_000), zone)
        #expect(state.rating == rating && state.summary.contains(words), "\(state.summary)")
        #expect(records.isEmpty || state.evidence.contains { $0.contains("d.example") })
    }

    @Test(
        arguments: [
            ([], [], .missing, "There is no DMARC record"), (["v=DMARC1; p=reject"], [], .good, "reject"),
            (["v=DMARC1; p=none"], [], .partial, "nothing is done"),
            (["v=DMARC1; p=reject", "v=DMARC1; p=none"], [], .broken, "2 DMARC records at _dmarc.d.org.example"),
            (["v=DMARC1 p=reject"], [], .broken, "The record at _dmarc.d.org.example is none to receivers"),
            (["V = dmarc1; p=reject"], [], .broken, "version"), (["v=spf1 -all"], [], .missing, ""),
            ([], ["v=DMARC1; p=reject"], .good, "by the record of org.example"),
            ([], ["v=DMARC1; p=none", "v=DMARC1; p=none"], .broken, "2 DMARC records at _dmarc.org.example"),
            ([], ["v=DMARC1 p=none"], .broken, "_dmarc.org.example"),
            // Its own record would have been another one.
            (["v=DMARC1; p=none", "v=DMARC1; p=none"], ["v=DMARC1; p=reject"], .partial, "receivers use none of them"),
        ] as [([String], [String], ProtectionState.Rating, String)])
    func `DMARC records that nobody can use are not missing but broken`(
        own: [String], organization: [String], rating: ProtectionState.Rating, words: String
    ) async throws {
        let zone = Zone(
            ["d.org.example A 192.0.2.1"] + own.map { "_dmarc.d.org.example TXT \"\($0)\"" }
                + organization.map { "_dmarc.org.example TXT \"\($0)\"" })
        let state = await DashboardProtections.dmarc(try DomainName("d.org.example"), zone)
        #expect(state.rating == rating && state.summary.contains(words), "\(state.rating) \(state.summary)")
    }
}
