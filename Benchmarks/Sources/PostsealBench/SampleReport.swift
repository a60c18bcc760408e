import MailBytes
import MailNames
import MailReports

/// An aggregate report as large receivers write them, the same each time.
enum SampleReport {
    static func octets(records count: Int) -> [UInt8] {
        var text = """
            <?xml version="1.0" encoding="UTF-8" ?>
            <feedback>
              <version>1.0</version>
              <report_metadata>
                <org_name>Receiver Inc.</org_name>
                <email>noreply-dmarc@rcpt.example.com</email>
                <report_id>1793610900</report_id>
                <date_range>
                  <begin>1767225600</begin>
                  <end>1767311999</end>
                </date_range>
              </report_metadata>
              <policy_published>
                <domain>example.org</domain>
                <adkim>r</adkim>
                <aspf>r</aspf>
                <p>reject</p>
                <sp>quarantine</sp>
                <pct>100</pct>
              </policy_published>

            """
        for number in 0..<count { text += record(number) }
        text += "</feedback>\n"
        return Array(text.utf8)
    }

    /// A mail with the report, packed, as small as most are.
    static func mail(records count: Int) throws -> [UInt8] {
        var report = try DMARCAggregateReport(parsing: octets(records: count))
        // As RFC 9990 has it.
        report.form = .rfc9990
        report.policy.percentage = nil
        for index in report.records.indices { report.records[index].reasons = [] }
        guard let document = DMARCReportDocument(report, submitter: try DomainName("rcpt.example.com")) else {
            throw BenchmarkError("no domain")
        }
        return try document.mail(
            ReportMailHead(
                from: "noreply-dmarc@rcpt.example.com", to: "dmarc@example.org",
                date: UnixTime(seconds: 1_793_610_900), messageID: "1@rcpt.example.com"))
    }

    /// One of ten has a reason, three of ten have a second signature, and one of seven an IPv6 address.
    private static func record(_ number: Int) -> String {
        let address = number % 7 == 0 ? "2001:db8:\(number % 9999)::1" : "192.0.\(number / 250 % 250).\(number % 250)"
        let domain = number % 10 == 3 ? "bounce\(number % 50).example.org" : "example.org"
        let reason = """

                    <reason>
                      <type>forwarded</type>
                      <comment>looks forwarded, downgrade to none</comment>
                    </reason>
            """
        let signature = """

                  <dkim>
                    <domain>esp\(number % 20).example.net</domain>
                    <selector>k\(number % 9)</selector>
                    <result>pass</result>
                  </dkim>
            """
        let verdict = number % 11 == 0 ? "fail" : "pass"
        return """
              <record>
                <row>
                  <source_ip>\(address)</source_ip>
                  <count>\(number % 500 + 1)</count>
                  <policy_evaluated>
                    <disposition>none</disposition>
                    <dkim>\(verdict)</dkim>
                    <spf>pass</spf>\(number % 10 == 7 ? reason : "")
                  </policy_evaluated>
                </row>
                <identifiers>
                  <envelope_from>\(domain)</envelope_from>
                  <header_from>example.org</header_from>
                </identifiers>
                <auth_results>
                  <dkim>
                    <domain>example.org</domain>
                    <selector>rsa</selector>
                    <result>\(verdict)</result>
                  </dkim>\(number % 10 < 3 ? signature : "")
                  <spf>
                    <domain>\(domain)</domain>
                    <scope>mfrom</scope>
                    <result>pass</result>
                  </spf>
                </auth_results>
              </record>

            """
    }
}
