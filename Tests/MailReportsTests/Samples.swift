import MailBytes
import MailNames
import MailReports

/// Reports and containers for the tests of this module.
enum Samples {
    /// The example of RFC 9990 appendix B, with what its text asks for beyond it.
    static let aggregate = """
        <?xml version="1.0" encoding="UTF-8"?>
        <feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">
          <version>1.0</version>
          <report_metadata>
            <org_name>Sample Reporter</org_name>
            <email>report_sender@example-reporter.com</email>
            <extra_contact_info>...</extra_contact_info>
            <report_id>3v98abbp8ya9n3va8yr8oa3ya</report_id>
            <date_range>
              <begin>302832000</begin>
              <end>302918399</end>
            </date_range>
            <error>one</error>
            <generator>Example DMARC Aggregate Reporter v1.2</generator>
          </report_metadata>
          <policy_published>
            <domain>example.com</domain>
            <discovery_method>treewalk</discovery_method>
            <p>quarantine</p>
            <sp>none</sp>
            <np>reject</np>
            <fo>1:d:s</fo>
            <adkim>s</adkim>
            <aspf>r</aspf>
            <testing>n</testing>
          </policy_published>
          <record>
            <row>
              <source_ip>192.0.2.123</source_ip>
              <count>123</count>
              <policy_evaluated>
                <disposition>pass</disposition>
                <dkim>pass</dkim>
                <spf>fail</spf>
                <reason>
                  <type>local_policy</type>
                  <comment>a &lt; b</comment>
                </reason>
              </policy_evaluated>
            </row>
            <identifiers>
              <header_from>example.com</header_from>
              <envelope_from>example.com</envelope_from>
              <envelope_to>example.net</envelope_to>
            </identifiers>
            <auth_results>
              <dkim>
                <domain>example.com</domain>
                <selector>abc123</selector>
                <result>pass</result>
                <human_result>good</human_result>
              </dkim>
              <spf>
                <domain>example.com</domain>
                <scope>mfrom</scope>
                <result>softfail</result>
              </spf>
            </auth_results>
          </record>
        </feedback>

        """

    static var aggregateOctets: [UInt8] { Array(aggregate.utf8) }

    /// The same report in the form of RFC 7489: without namespace and what is new.
    static let old =
        aggregate
        .replacing(" xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\"", with: "").replacing("<np>reject</np>", with: "")
        .replacing("<discovery_method>treewalk</discovery_method>", with: "")
        .replacing("<testing>n</testing>", with: "<pct>100</pct>")
        .replacing("<generator>Example DMARC Aggregate Reporter v1.2</generator>", with: "")
        .replacing("<disposition>pass", with: "<disposition>none")

    static let tls = """
        {"organization-name":"Company-X","date-range":{"start-datetime":"2016-04-01T00:00:00Z",\
        "end-datetime":"2016-04-01T23:59:59Z"},"contact-info":"a@company-x.example","report-id":"5065",\
        "policies":[{"policy":{"policy-type":"no-policy-found","policy-domain":"company-y.example"},\
        "summary":{"total-successful-session-count":5326,"total-failure-session-count":0}}]}
        """

    /// The octets as a zip file with these entries.
    static func zip(_ entries: [ZipSample], prefix: [UInt8] = [], hasDirectory: Bool = true) -> [UInt8] {
        var output = prefix
        var directory: [UInt8] = []
        for entry in entries {
            let offset = output.count - prefix.count
            output += number(0x0403_4B50, 4) + number(20, 2) + number(entry.flags, 2) + number(entry.method, 2)
            let sizes =
                number(Int(entry.checksum), 4) + number(entry.packed.count, 4) + number(entry.octets.count, 4)
            output += number(0, 4) + (entry.isOpen ? number(0, 12) : sizes)
            output += number(entry.name.utf8.count, 2) + number(0, 2) + Array(entry.name.utf8) + entry.packed
            if entry.isOpen { output += number(0x0807_4B50, 4) + sizes }
            directory += number(0x0201_4B50, 4) + number(20, 2) + number(20, 2) + number(entry.flags, 2)
            directory += number(entry.method, 2) + number(0, 4) + sizes + number(entry.name.utf8.count, 2)
            directory += number(0, 12) + number(offset, 4) + Array(entry.name.utf8)
        }
        guard hasDirectory else { return output }
        let start = output.count - prefix.count
        output += directory + number(0x0605_4B50, 4) + number(0, 4) + number(entries.count, 2)
        return output + number(entries.count, 2) + number(directory.count, 4) + number(start, 4) + number(0, 2)
    }

    /// A number, the lowest octet first.
    static func number(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    /// A mail with these parts, each a header and a body.
    static func mail(_ parts: [(header: String, body: [UInt8])], type: String = "multipart/mixed") -> [UInt8] {
        var output = Array("From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: \(type); boundary=x\r\n\r\n".utf8)
        for part in parts {
            output += Array("--x\r\n\(part.header)\r\n\r\n".utf8) + part.body + Array("\r\n".utf8)
        }
        return output + Array("--x--\r\n".utf8)
    }
}

/// An entry of a zip file to be made.
struct ZipSample {
    var name: String
    var octets: [UInt8]
    var method = 8
    var flags = 0
    /// Overrides what the octets have.
    var wrongChecksum: UInt32?

    /// Whether sizes come behind the octets.
    var isOpen: Bool { flags & 8 != 0 }

    init(_ name: String, _ octets: [UInt8], method: Int = 8, flags: Int = 0, wrongChecksum: UInt32? = nil) {
        self.name = name
        self.octets = octets
        self.method = method
        self.flags = flags
        self.wrongChecksum = wrongChecksum
    }

    /// What is within gzip: ten octets of header, deflate, eight of trailer.
    var packed: [UInt8] { method == 0 ? octets : Array(ReportPacking.gzip(octets).dropFirst(10).dropLast(8)) }

    var checksum: UInt32 {
        if let wrongChecksum { return wrongChecksum }
        return ReportPacking.gzip(octets).suffix(8).prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}

extension ReportFile {
    /// What came out, a word for each finding: the kind, or the reason of the refusal.
    var words: [String] {
        findings.map { finding in
            switch finding.outcome {
            case .success(let report): report.kind
            case .failure(let error): error.word
            }
        }
    }
}
