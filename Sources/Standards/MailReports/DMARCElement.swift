internal import MailXML

/// The elements of aggregate reports of all forms.
enum DMARCElement: Int, CaseIterable {
    case feedback, version, reportMetadata, orgName, email, extraContactInfo, reportID, dateRange, begin, end, error
    case generator, policyPublished, domain, adkim, aspf, p, sp, np, pct, fo, testing, discoveryMethod, `extension`
    case record, row, sourceIP, count, policyEvaluated, disposition, dkim, spf, reason, type, comment, identifiers
    case headerFrom, envelopeFrom, envelopeTo, authResults, selector, scope, result, humanResult

    /// The element's name.
    var name: String {
        switch self {
        case .reportMetadata: "report_metadata"
        case .orgName: "org_name"
        case .extraContactInfo: "extra_contact_info"
        case .reportID: "report_id"
        case .dateRange: "date_range"
        case .policyPublished: "policy_published"
        case .discoveryMethod: "discovery_method"
        case .sourceIP: "source_ip"
        case .policyEvaluated: "policy_evaluated"
        case .headerFrom: "header_from"
        case .envelopeFrom: "envelope_from"
        case .envelopeTo: "envelope_to"
        case .authResults: "auth_results"
        case .humanResult: "human_result"
        default: "\(self)"
        }
    }

    static let vocabulary = XMLVocabulary(allCases.map(\.name))
    /// The namespace of RFC 9990 §3.1.1.
    static let namespace = "urn:ietf:params:xml:ns:dmarc-2.0"
    /// The namespaces of RFC 7489 appendix C, of its errata and of the drafts before it.
    static let oldNamespaces: Set<String> = [
        "http://dmarc.org/dmarc-xml/0.1", "http://dmarc.org/dmarc-xml/0.1/rua.xsd", "http://dmarc.org/dmarc-xml/0.2",
    ]
}

/// The elements of one container that have come already.
struct DMARCElementSet {
    private var bits: UInt64 = 0

    @inline(__always)
    func contains(_ element: DMARCElement) -> Bool { bits & (1 << UInt64(element.rawValue)) != 0 }

    /// Whether the element is new.
    @inline(__always)
    mutating func insert(_ element: DMARCElement) -> Bool {
        let bit: UInt64 = 1 << UInt64(element.rawValue)
        defer { bits |= bit }
        return bits & bit == 0
    }
}
