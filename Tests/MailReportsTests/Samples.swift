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

    /// A report from its first element on.
    static func withoutDeclaration(_ text: String) -> Substring { text.drop { $0 != "\n" } }

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
    static func zip(
        _ entries: [ZipSample], prefix: [UInt8] = [], hasDirectory: Bool = true, length: ZipLength = .short
    ) -> [UInt8] {
        var output = prefix
        var directory: [UInt8] = []
        let isLong = length == .entries || length == .all
        for entry in entries {
            let offset = output.count - prefix.count
            output += number(0x0403_4B50, 4) + number(20, 2) + number(entry.flags, 2) + number(entry.method, 2)
            let (packed, checksum) = (entry.packed, number(Int(entry.checksum), 4))
            let lengths = number(entry.octets.count, 8) + number(packed.count, 8)
            let sizes =
                checksum + number(isLong ? -1 : packed.count, 4) + number(isLong ? -1 : entry.octets.count, 4)
            let extra = isLong && !entry.isOpen ? number(1, 2) + number(16, 2) + lengths : []
            output += number(0, 4) + (entry.isOpen ? number(0, 12) : sizes)
            output += number(entry.name.utf8.count, 2) + number(extra.count, 2) + Array(entry.name.utf8) + extra
            output += packed
            if entry.isOpen {
                let width = isLong ? 8 : 4
                output += number(0x0807_4B50, 4) + checksum
                output += number(packed.count, width) + number(entry.octets.count, width)
            }
            let long = isLong ? number(7, 2) + number(1, 2) + [0] + number(1, 2) + number(24, 2) + lengths : []
            directory += number(0x0201_4B50, 4) + number(20, 2) + number(20, 2) + number(entry.flags, 2)
            directory += number(entry.method, 2) + number(0, 4) + sizes + number(entry.name.utf8.count, 2)
            directory += number(isLong ? long.count + 8 : 0, 2) + number(0, 10) + number(isLong ? -1 : offset, 4)
            directory += Array(entry.name.utf8) + long + (isLong ? number(offset, 8) : [])
        }
        guard hasDirectory else { return output }
        let start = output.count - prefix.count
        output += directory
        if length != .short, length != .entries {
            let place = output.count - prefix.count
            output += number(0x0606_4B50, 4) + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 8)
            output += number(entries.count, 8) + number(entries.count, 8) + number(directory.count, 8)
            output += number(start, 8) + number(0x0706_4B50, 4) + number(0, 4) + number(place, 8) + number(1, 4)
        }
        let isFull = length == .values || length == .all
        output += number(0x0605_4B50, 4) + number(0, 4) + number(isFull ? -1 : entries.count, 2)
        output += number(isFull ? -1 : entries.count, 2) + number(isFull ? -1 : directory.count, 4)
        return output + number(isFull ? -1 : start, 4) + number(0, 2)
    }

    /// A number, the lowest octet first.
    static func number(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    /// The lines of uuencode, 45 octets each.
    static func uuencoded(_ octets: [UInt8]) -> String {
        func character(_ value: UInt8) -> UInt8 { value == 0 ? UInt8(ascii: "`") : value + 0x20 }
        var output: [UInt8] = []
        for start in stride(from: 0, to: octets.count, by: 45) {
            let line = Array(octets[start..<min(start + 45, octets.count)])
            output.append(character(UInt8(line.count)))
            for index in stride(from: 0, to: line.count, by: 3) {
                let group = (0..<3).map { index + $0 < line.count ? line[index + $0] : 0 }
                output += [
                    group[0] >> 2, (group[0] & 3) << 4 | group[1] >> 4, (group[1] & 15) << 2 | group[2] >> 6,
                    group[2] & 63,
                ].map(character)
            }
            output += Array("\r\n".utf8)
        }
        return String(decoding: output + Array("`\r\n".utf8), as: UTF8.self)
    }

    /// A value of DER.
    static func der(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let length = number(content.count, 3).reversed()
        return [tag] + (content.count < 0x80 ? [UInt8(content.count)] : [0x83] + length) + content
    }

    /// A CMS SignedData around an octet string, without certificates and signatures (RFC 5652 §5.1).
    static func signed(_ string: [UInt8], isDefinite: Bool) -> [UInt8] {
        func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
            isDefinite ? der(tag, content) : [tag, 0x80] + content + [0, 0]
        }
        let prefix: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07]
        let content = value(0x30, der(0x06, prefix + [0x01]) + value(0xA0, string))
        let data = der(0x02, [1]) + der(0x31, []) + content + der(0x31, [])
        return value(0x30, der(0x06, prefix + [0x02]) + value(0xA0, value(0x30, data)))
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

/// How much of a zip file is in the form for large ones (zip64).
enum ZipLength {
    case short
    /// A record with long values in front of the end, which says them itself.
    case record
    /// The same, and it is needed.
    case values
    /// The sizes and places of entries.
    case entries
    case all
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
