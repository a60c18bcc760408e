internal import MailBytes
internal import MailNames

/// Reads a report and gathers what it bears.
struct TLSReportReader {
    private var quirks: Set<TLSReportQuirk> = []
    /// Policies and failure details so far.
    private var details = 0

    mutating func bear(_ quirk: TLSReportQuirk) { quirks.insert(quirk) }

    mutating func report(_ value: JSONValue) throws(TLSReportError) -> TLSReport {
        guard case .object = value else { throw TLSReportError("report is no JSON object") }
        guard let range = value["date-range"], case .object = range else {
            throw TLSReportError("report without 'date-range'")
        }
        let (begin, end) = try dates(range)
        let organization = words(value, "organization-name", orElse: .organizationMissing) ?? ""
        let contact = words(value, "contact-info", orElse: .contactMissing)
        let id = words(value, "report-id", orElse: .reportIDMissing) ?? ""
        guard let elements = elements(value, "policies", ifObject: .policiesNotArray) else {
            throw TLSReportError("report without 'policies'")
        }
        var policies: [TLSReportPolicy] = []
        for element in elements {
            guard case .object = element else {
                bear(.strayElement)
                continue
            }
            policies.append(try policy(element))
        }
        return TLSReport(
            organizationName: organization, begin: begin, end: end, contactInfo: contact, reportID: id,
            policies: policies, quirks: TLSReportQuirk.allCases.filter(quirks.contains))
    }

    // MARK: - Parts

    private mutating func countDetail() throws(TLSReportError) {
        details += 1
        guard details <= TLSRPTLimits.reportDetailsMax else {
            throw TLSReportError("report of more than \(TLSRPTLimits.reportDetailsMax) policies and failure details")
        }
    }

    private mutating func policy(_ value: JSONValue) throws(TLSReportError) -> TLSReportPolicy {
        try countDetail()
        var inner: JSONValue = value["policy"] ?? .null
        if case .object = inner {
        } else {
            // Some have the members of the policy beside the summary.
            bear(.policyMissing)
            inner = value
        }
        let type = text(inner, "policy-type", orElse: .policyTypeMissing).map(TLSRPTPolicyType.init) ?? .noPolicyFound
        if case .unknown = type { bear(.unknownPolicyType) }
        let lines = strings(inner, "policy-string", ifText: .policyStringNotArray)
        var domain: DomainName?
        if let name = text(inner, "policy-domain", orElse: .policyDomainMissing) {
            // What a backslash would stand for differs between those who read and those who print names.
            domain = name.utf8.contains(UInt8(ascii: "\\")) ? nil : try? DomainName(mailDomain: name)
            if domain == nil { bear(.badPolicyDomain) }
        }
        let summary = value["summary"] ?? .null
        if case .object = summary {} else { bear(.summaryMissing) }
        var failures: [TLSReportFailure] = []
        for element in elements(value, "failure-details", ifObject: .failureDetailsNotArray) ?? [] {
            guard case .object = element else {
                bear(.strayElement)
                continue
            }
            try countDetail()
            failures.append(failure(element))
        }
        let isKnown = !failures.contains { Self.withoutPolicy.contains($0.resultType) }
        if lines == nil, isKnown, type == .sts || type == .tlsa { bear(.policyStringMissing) }
        return TLSReportPolicy(
            type: type, strings: lines ?? [], domain: domain, mxHosts: mxHosts(inner, or: value),
            successfulSessions: count(summary, "total-successful-session-count", orElse: 0),
            failedSessions: count(summary, "total-failure-session-count", orElse: 0), failures: failures)
    }

    /// RFC 8460 §4.3.2: failures where nobody knows the policy, so that there is none to show.
    private static let withoutPolicy: Set<TLSRPTResultType> = [
        .stsPolicyFetchError, .stsWebPKIInvalid, .dnssecInvalid, .daneRequired,
    ]

    private mutating func failure(_ value: JSONValue) -> TLSReportFailure {
        let type = text(value, "result-type", orElse: .resultTypeMissing).map(TLSRPTResultType.init)
        if case .unknown = type { bear(.unknownResultType) }
        return TLSReportFailure(
            type ?? .validationFailure, sendingMTAIP: address(value, "sending-mta-ip"),
            receivingMXHostname: text(value, "receiving-mx-hostname"),
            receivingMXHELO: text(value, "receiving-mx-helo"), receivingIP: address(value, "receiving-ip"),
            failedSessions: count(value, "failed-session-count", orElse: 1),
            // RFC 8460 §4.4 has two names for one thing: that of the schema, and that of the text.
            additionalInformation: text(value, "additional-information") ?? text(value, "additional-info-uri"),
            failureReasonCode: text(value, "failure-reason-code"))
    }

    // MARK: - Members

    /// A member; nil, with a quirk, if it is `null`.
    private mutating func member(_ object: JSONValue, _ name: String) -> JSONValue? {
        guard let value = object[name] else { return nil }
        guard value != .null else {
            bear(.null)
            return nil
        }
        return value
    }

    private mutating func text(
        _ object: JSONValue, _ name: String, orElse quirk: TLSReportQuirk? = nil
    ) -> String? {
        let text: String? =
            switch member(object, name) {
            case .string(let text)?: text
            case .integer(let number)?: other("\(number)")
            case .double(let number)?: other("\(number)")
            case .bool(let value)?: other("\(value)")
            case .array?, .object?: other(nil)
            case nil, .null?: nil
            }
        if text == nil, let quirk { bear(quirk) }
        return text
    }

    /// A text that says something: an empty one is as good as none.
    private mutating func words(_ object: JSONValue, _ name: String, orElse quirk: TLSReportQuirk) -> String? {
        guard let text = text(object, name), !text.allSatisfy(\.isWhitespace) else {
            bear(quirk)
            return nil
        }
        return text
    }

    private mutating func other(_ text: String?) -> String? {
        bear(.notText)
        return text
    }

    private mutating func elements(
        _ object: JSONValue, _ name: String, ifObject quirk: TLSReportQuirk
    ) -> [JSONValue]? {
        switch member(object, name) {
        case .array(let elements)?: return elements
        case .object(let members)?:
            bear(quirk)
            return [.object(members)]
        default: return nil
        }
    }

    /// An array of texts, or one text whose lines are the elements; nil if it is missing.
    private mutating func strings(
        _ object: JSONValue, _ name: String, ifText quirk: TLSReportQuirk
    ) -> [String]? {
        switch member(object, name) {
        case .string(let text)?:
            bear(quirk)
            return text.split(whereSeparator: \.isNewline).map(String.init)
        case .array(let elements)?:
            var texts: [String] = []
            for element in elements {
                guard let text = element.stringValue else {
                    bear(.strayElement)
                    continue
                }
                texts.append(text)
            }
            return texts
        case nil: return nil
        default:
            bear(.notText)
            return nil
        }
    }

    /// The MX patterns, which some have beside the policy.
    private mutating func mxHosts(_ policy: JSONValue, or outer: JSONValue) -> [String] {
        strings(policy, "mx-host", ifText: .mxHostNotArray) ?? strings(outer, "mx-host", ifText: .mxHostNotArray) ?? []
    }

    private mutating func address(_ object: JSONValue, _ name: String) -> String? {
        guard let text = text(object, name) else { return nil }
        guard let address = IPAddress(text) else {
            bear(.badAddress)
            return text
        }
        return address.text
    }

    private mutating func count(_ object: JSONValue, _ name: String, orElse missing: Int) -> Int {
        var number: Int?
        switch member(object, name) {
        case nil:
            bear(.countMissing)
            return missing
        case .integer(let value)?: number = Int(exactly: value)
        case .double(let value)?:
            bear(.countNotInteger)
            number = Int(exactly: value.rounded(.towardZero))
        case .string(let text)?:
            bear(.countNotInteger)
            var cursor = ByteCursor(Array(text.utf8)[...].trimmingWhitespace.map(\.self))
            number = cursor.decimal(digits: 16)
            if !cursor.isAtEnd { number = nil }
        default: break
        }
        guard let number, (0...TLSRPTLimits.countMax).contains(number) else {
            bear(.badCount)
            return 0
        }
        return number
    }

    private mutating func dates(_ range: JSONValue) throws(TLSReportError) -> (begin: UnixTime, end: UnixTime) {
        let begin = date(range, "start-datetime", isEnd: false)
        let end = date(range, "end-datetime", isEnd: true)
        // A report is of one day (RFC 8460 §4.1).
        guard let first = begin ?? end.flatMap({ TLSReportDate(beforeEnd: $0.time) }),
            let last = end ?? TLSReportDate(afterBegin: first.time)
        else { throw TLSReportError("'date-range' without a usable 'start-datetime'") }
        quirks.formUnion([first.quirk, last.quirk].compactMap(\.self))
        if last.time < first.time { bear(.endBeforeBegin) }
        return (first.time, last.time)
    }

    private mutating func date(_ range: JSONValue, _ name: String, isEnd: Bool) -> TLSReportDate? {
        switch member(range, name) {
        case .integer(let number)?: TLSReportDate(number: Double(number))
        case .double(let number)?: TLSReportDate(number: number)
        case .string(let text)?: TLSReportDate(text, isEnd: isEnd)
        default: nil
        }
    }
}
