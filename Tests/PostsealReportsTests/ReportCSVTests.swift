import MailBytes
import MailReports
import PostsealReports
import TestSupport
import Testing

@testable import Rendering

/// What programs for tables get.
@Suite struct ReportCSVTests {
    @Test(arguments: [
        ("", ""), ("a", "a"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("a\r\nb", "\"a\r\nb\""), (" a", "\" a\""),
        ("=1+1", "\"'=1+1\""), ("+1", "\"'+1\""), ("-1", "\"'-1\""), ("@SUM(A1)", "\"'@SUM(A1)\""),
        ("\t=1", "\"'\t'=1\""), ("  =1", "\"'  =1\""), ("\u{FF1D}1", "\"'\u{FF1D}1\""), ("\r=1", "\"'\r'=1\""),
        ("a=1", "a=1"), ("=\"x\",", "\"'=\"\"x\"\",\""),
        // Where the comma stands in numbers, cells end at a semicolon, and nothing quotes it.
        ("a;=1+1", "\"a;'=1+1\""), ("a; @x;-2", "\"a;' @x;'-2\""), ("a\t=1", "\"a\t'=1\""), ("a;b", "\"a;b\""),
        ("\u{FEFF}=1", "\"'\u{FEFF}=1\""), ("\u{200B} =1", "\"'\u{200B} =1\""), ("a;;=1", "\"a;;'=1\""),
        ("x\n=1", "\"x\n'=1\""), ("x;\"=1", "\"x;'\"\"=1\""),
    ])
    func cells(_ text: String, _ cell: String) {
        var csv = CSVText(["h"])
        csv.add([.text(text)])
        #expect(String(decoding: csv.octets, as: UTF8.self) == "h\r\n\(cell)\r\n")
    }

    @Test func records() throws {
        let report = Made.report([
            Made.record("=cmd|' /C calc'!A0", 3, dkim: nil, signed: ["a.example", "b,c"], [.init(type: .forwarded)])
        ])
        let lines = String(decoding: MailReport.aggregate(report).csv, as: UTF8.self).split(separator: "\r\n")
        #expect(lines.count == 2)
        #expect(
            lines.last == """
                Reporter,1,example.com,2026-11-20T00:00:00Z,2026-11-20T23:59:59Z,"'=cmd|' /C calc'!A0",3,none,,pass,\
                forwarded,example.com,example.com,,"a.example=pass b,c=pass",example.com=pass
                """)
    }

    @Test func sums() {
        let key = ReportTallyKey(
            source: .missing, via: nil, isDKIMAligned: false, isSPFAligned: true, disposition: .reject)
        let tally = ReportTally(start: UnixTime(seconds: Made.day), key: key, messages: -5)
        let text = String(decoding: ReportTally.csv([tally], of: "example.com"), as: UTF8.self)
        #expect(text.hasSuffix("\r\nexample.com,2026-11-20,,,fail,pass,reject,none,no,-5\r\n"))
    }
}
