import Foundation
import MailReports
import TestSupport
import Testing

/// Records that look like earlier ones are read in another way than the first: nothing else may come out.
@Suite struct DMARCRecordFormsTests {
    /// What a report comes to when every tag is read, and when records follow known forms.
    private static func both(_ text: String) -> (slow: String, fast: String) { both(Array(text.utf8)) }

    private static func both(_ octets: [UInt8]) -> (slow: String, fast: String) {
        func outcome(_ followsForms: Bool) -> String {
            do throws(DMARCAggregateError) {
                return "\(try DMARCAggregateReport(parsing: octets, followsForms: followsForms))"
            } catch {
                return "\(error) \(error.line) \(error.column)"
            }
        }
        return (outcome(false), outcome(true))
    }

    private static let head = """
        <feedback><report_metadata><org_name>a</org_name><email>b</email><report_id>c</report_id><date_range>
        <begin>1</begin><end>2</end></date_range></report_metadata><policy_published><domain>d.example</domain>
        <p>none</p></policy_published>

        """

    private static let record = """
        <record>
          <row>
            <source_ip>192.0.2.1</source_ip>
            <count>1</count>
            <policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated>
          </row>
          <identifiers><envelope_from>b.example</envelope_from><header_from>d.example</header_from></identifiers>
          <auth_results>
            <dkim><domain>d.example</domain><selector>s</selector><result>pass</result></dkim>
            <spf><domain>b.example</domain><scope>mfrom</scope><result>fail</result></spf>
          </auth_results>
        </record>

        """

    /// Changes of a record, which come between others of the usual form, twice, and before them.
    @Test(arguments: [
        ("192.0.2.1", "2001:db8::1"), ("192.0.2.1", ""), ("192.0.2.1", " 192.0.2.2 "), ("192.0.2.1", "nobody"),
        ("192.0.2.1", "<b>"), ("<count>1</count>", "<count>2</count>"), ("<count>1</count>", ""),
        ("<count>1</count>", "<count/>"), ("<count>1</count>", "<count></count>"), (">1</count>", ">-1</count>"),
        ("<count>1</count>", "<count>&#49;</count>"), ("<count>1</count>", "<count>1</count><count>2</count>"),
        ("<count>1</count>", "<count>1<!-- one --></count>"), ("<count>1</count>", "<count><![CDATA[1]]></count>"),
        ("none", "quarantine"), ("none", "NONE"), ("none", "pass"), ("none", "nothing"), ("none", ""),
        ("<dkim>pass</dkim><spf>", "<dkim>fail</dkim><spf>"), ("<dkim>pass</dkim><spf>", "<spf>"),
        ("<dkim>pass</dkim><spf>", "<dkim/><spf>"), ("<spf>fail</spf>", "<spf>softfail</spf>"),
        ("</spf></policy", "</spf><reason><type>forwarded</type><comment>c</comment></reason></policy"),
        ("</spf></policy", "</spf><reason><type>other</type><comment>&amp;</comment></reason></policy"),
        ("</spf></policy", "</spf><reason></reason></policy"), ("</spf></policy", "</spf><reason/></policy"),
        ("</spf></policy", "</spf><reason><type/><comment>c</comment></reason></policy"),
        ("</spf></policy", "</spf><reason><type>x</type></reason><reason><type>other</type></reason></policy"),
        ("<envelope_from>b.example</envelope_from>", "<envelope_from></envelope_from>"),
        ("<envelope_from>b.example</envelope_from>", "<envelope_from/>"),
        ("<envelope_from>b.example</envelope_from>", "<envelope_from> </envelope_from>"),
        ("<envelope_from>b.example</envelope_from>", ""),
        ("<envelope_from>b.example</envelope_from>", "<envelope_from>B.Example</envelope_from>"),
        ("<envelope_from>b.example</envelope_from>", "<envelope_from>-</envelope_from>"),
        ("<header_from>d.example</header_from>", "<header_from>b\u{FC}.example</header_from>"),
        ("<header_from>d.example</header_from>", "<envelope_to>d.example</envelope_to>"),
        ("<header_from>d", "<Header_From>d"), ("<row>", "<row><x><source_ip>9</source_ip></x>"), ("<row>", "x<row>"),
        ("<row>", "<row><selector>x</selector>"), ("<record>", "<x/><record>"), ("<record>", "<record a='b'>"),
        ("</row>", "<!-- \u{1} --></row>"), ("</record>", "</record><row/>"), ("</record>", "</record></feedback>"),
        ("</record>", "</record><version>1</version>"), ("</record>", ""), ("</auth_results>", ""), ("<row>", ""),
        ("<scope>mfrom</scope>", "<scope>helo</scope>"), ("<scope>mfrom</scope>", ""), ("s</selector>", "</selector>"),
        ("</dkim>\n    <spf>", "</dkim><dkim><domain>e.example</domain><result>fail</result></dkim>\n    <spf>"),
        ("</dkim>\n    <spf>", "</dkim><dkim></dkim>\n    <spf>"), ("</dkim>\n    <spf>", "</dkim><dkim/>\n    <spf>"),
        ("  <auth_results>", "<policy_evaluated><dkim>fail</dkim></policy_evaluated>  <auth_results>"),
        ("  <auth_results>", "<policy_evaluated><dkim></dkim></policy_evaluated>  <auth_results>"),
    ])
    func `a record among others of another form is read as it is alone`(old: String, new: String) {
        #expect(Self.record.contains(old))
        let changed = Self.record.replacing(old, with: new, maxReplacements: 1)
        let other = Self.record.replacing("192.0.2.1", with: "192.0.2.77").replacing("pass", with: "fail")
        let otherChanged = other.replacing(old, with: new, maxReplacements: 1)
        for records in [
            [Self.record, Self.record, changed, other], [changed, changed, Self.record, changed],
            [Self.record, changed, otherChanged, changed, otherChanged, otherChanged, other, Self.record],
        ] {
            let (slow, fast) = Self.both(Self.head + records.joined() + "</feedback>")
            #expect(fast == slow)
        }
    }

    @Test func `the values of many records of few forms are their own`() throws {
        let records = (0..<500).map { number in
            var text = Self.record.replacing("192.0.2.1", with: "192.0.2.\(number % 256)")
            text = text.replacing("<count>1<", with: "<count>\(number)<")
            if number % 3 == 0 { text = text.replacing("b.example", with: "b\(number).example") }
            if number % 5 == 0 { text = text.replacing("<selector>s<", with: "<selector>s\(number)<") }
            return text
        }
        let report = try DMARCAggregateReport(parsing: Array((Self.head + records.joined() + "</feedback>").utf8))
        #expect(report.quirks.isEmpty)
        for (number, record) in report.records.enumerated() {
            #expect(record.source.text == "192.0.2.\(number % 256)")
            #expect(record.count == number)
            #expect(record.envelopeFrom == (number % 3 == 0 ? "b\(number).example" : "b.example"))
            #expect(record.spf.map(\.domain) == [record.envelopeFrom])
            #expect(record.dkim.map(\.selector) == [number % 5 == 0 ? "s\(number)" : "s"])
        }
        #expect(report.records.count == 500)
    }

    @Test func `records that are broken anywhere come to the same`() {
        var numbers = Numbers(seed: 9)
        let pieces = [
            "<", ">", "/", "&", "&amp;", "</", "<!--", "-->", "]]>", " ", "\n", "\u{FC}", "<dkim>", "</row>", "x",
        ].map { Array($0.utf8) }
        let usual = Array(Self.record.utf8)
        for _ in 0..<1000 {
            var octets = Array(Self.head.utf8)
            for _ in 0..<numbers.below(6) + 2 {
                var record = usual
                for _ in 0..<numbers.below(3) {
                    let lower = numbers.below(record.count)
                    let upper = min(record.count, lower + numbers.below(12))
                    record.replaceSubrange(lower..<upper, with: pieces[numbers.below(pieces.count)])
                }
                octets += record
                if numbers.below(2) == 0 { octets += record }
            }
            octets += Array("</feedback>".utf8)
            let (slow, fast) = Self.both(octets)
            #expect(fast == slow)
        }
    }

    /// More records, and more signatures, than are taken.
    @Test(arguments: [
        (0, MailReportLimits.recordsMax, "too-many-records"),
        (100, MailReportLimits.resultsMax / 100, "too-many-results"),
    ])
    func `limits hold for records of a known form`(signatures: Int, count: Int, word: String) throws {
        let results = "<auth_results>\(String(repeating: "<dkim/>", count: signatures))</auth_results>"
        let record = "<record><row><count>1</count></row>\(results)</record>"
        for followsForms in [false, true] {
            func read(_ count: Int) throws(DMARCAggregateError) -> DMARCAggregateReport {
                let text = Self.head + String(repeating: record, count: count) + "</feedback>"
                return try DMARCAggregateReport(parsing: Array(text.utf8), followsForms: followsForms)
            }
            #expect(try read(count).records.count == count)
            let error = try #require(throws: DMARCAggregateError.self) { try read(count + 1) }
            #expect(error.word == word)
        }
    }

    @Test func `reports of the suite come to the same`() throws {
        guard let folder = try Suites.folder("dmarc-rua") else { return }
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var count = 0
        for case let url as URL in files where url.pathExtension == "xml" {
            let (slow, fast) = Self.both(try Suites.bytes(url))
            #expect(fast == slow, "\(url.lastPathComponent)")
            count += 1
        }
        #expect(count > 20)
    }
}
