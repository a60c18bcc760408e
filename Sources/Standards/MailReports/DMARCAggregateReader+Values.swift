internal import MailBytes
internal import MailNames
internal import MailXML

/// The words of the format.
private enum Words {
    static let actions = XMLVocabulary(["none", "pass", "quarantine", "reject"])
    static let verdicts = XMLVocabulary(["pass", "fail"])
    static let results = XMLVocabulary([
        "none", "pass", "fail", "softfail", "policy", "neutral", "temperror", "permerror", "hardfail", "error",
        "unknown",
    ])
    static let scopes = XMLVocabulary(["mfrom", "helo"])
    static let reasons = XMLVocabulary([
        "local_policy", "mailing_list", "other", "policy_test_mode", "trusted_forwarder", "forwarded", "sampled_out",
    ])
}

extension DMARCAggregateReader {
    /// A text as it stands there, cut where it is too long; nil if it is empty.
    mutating func freeText() throws(DMARCAggregateError) -> String? { string(try text()) }

    /// As ``freeText()``, for texts that come again and again.
    mutating func repeatedText(_ text: XMLText) -> String? {
        if let known = texts.string(text, in: parser.bytes) { return known }
        guard let string = string(text) else { return nil }
        texts.keep(string, for: text, in: parser.bytes)
        return string
    }

    mutating func string(_ text: XMLText) -> String? {
        guard !text.range.isEmpty else { return nil }
        guard text.range.count > MailReportLimits.textBytesMax else { return parser.string(text) }
        bear(.textCut)
        let octets = text.isDecoded ? parser.decoded : parser.bytes
        // Not within a character.
        var end = text.range.lowerBound + MailReportLimits.textBytesMax
        while end > text.range.lowerBound, octets[end] & 0xC0 == 0x80 { end -= 1 }
        return String(lossy: octets[text.range.lowerBound..<end].trimmingWhitespace)
    }

    // MARK: - Domains

    /// A domain in small letters; nil if there is none.
    mutating func domain(_ text: XMLText) -> String? {
        guard !text.range.isEmpty else { return nil }
        if let known = domains.string(text, in: parser.bytes) { return known }
        guard let string = string(text) else { return nil }
        let domain = normalised(string)
        domains.keep(domain, for: text, in: parser.bytes)
        return domain
    }

    private mutating func normalised(_ text: String) -> String {
        // Where a field was taken apart, what stood behind the domain may hang on.
        let isEnded = text.utf8.last == UInt8(ascii: ";")
        let text = isEnded ? String(text.dropLast()) : text
        if let name = DomainName(reported: text) {
            if isEnded { bear(.badDomain) }
            if text.utf8.contains(where: \.isNonASCII) { bear(.unicodeDomain) }
            return name.text
        }
        bear(.badDomain)
        return isEnded ? text + ";" : text
    }

    // MARK: - Words

    /// The number of a word; nil if there is none, and `unknown` with the text if it is not known.
    @inline(__always)
    private mutating func word(_ text: XMLText, _ vocabulary: XMLVocabulary) -> (index: Int, text: String)? {
        guard !text.range.isEmpty else { return nil }
        let (index, isExact) =
            text.isDecoded
            ? vocabulary.index(of: parser.decoded, in: text.range) : vocabulary.index(of: parser.bytes, in: text.range)
        guard index == XMLVocabulary.unknown else {
            if !isExact { bear(.wrongCase) }
            return (index, "")
        }
        return (index, string(text) ?? "")
    }

    mutating func action(
        _ text: XMLText, orElse quirk: DMARCAggregateQuirk, isPolicy: Bool
    ) -> DMARCReportedAction? {
        guard let (index, text) = word(text, Words.actions) else { return nil }
        switch index {
        case 0: return DMARCReportedAction.none
        case 1:
            // RFC 9990 §3.1.1.9; a policy cannot ask for it.
            if isPolicy { bear(quirk) } else if form == .rfc7489 { bear(.mixedForms) }
            return .pass
        case 2: return .quarantine
        case 3: return .reject
        default:
            bear(quirk)
            return .other(text)
        }
    }

    mutating func verdict(_ text: XMLText) -> Bool? {
        guard let (index, _) = word(text, Words.verdicts) else { return nil }
        if index == XMLVocabulary.unknown { bear(.badVerdict) }
        return index == 0
    }

    mutating func flag(
        _ yes: String, _ no: String, orElse quirk: DMARCAggregateQuirk
    ) throws(DMARCAggregateError) -> Bool? {
        guard let text = try freeText() else { return nil }
        let small = text.lowercased()
        guard small == yes || small == no else {
            bear(quirk)
            return nil
        }
        if small != text { bear(.wrongCase) }
        return small == yes
    }

    mutating func result(_ text: XMLText) -> DMARCReportedResult {
        guard let (index, text) = word(text, Words.results) else {
            bear(.resultMissing)
            return .other("")
        }
        switch index {
        case 0: return .none
        case 1: return .pass
        case 2: return .fail
        case 3: return .softfail
        case 4: return .policy
        case 5: return .neutral
        case 6: return .temperror
        case 7: return .permerror
        case 8, 9, 10:
            // Of drafts, and of the first RFC of SPF: what became `fail`, `temperror` and `permerror`.
            bear(.oldResult)
            return index == 8 ? .fail : index == 9 ? .temperror : .permerror
        default:
            bear(.unknownResult)
            return .other(text)
        }
    }

    /// As ``result(_:)``, of DKIM.
    mutating func signatureResult(_ text: XMLText) -> DMARCReportedResult {
        let result = result(text)
        // RFC 8601 §2.7.1: it is a result of SPF alone.
        if result == .softfail { bear(.unknownResult) }
        return result
    }

    mutating func scope(_ text: XMLText) -> DMARCReportedScope? {
        guard let (index, text) = word(text, Words.scopes) else { return nil }
        if index == 0 { return .mailFrom }
        if index == 1 {
            if form == .rfc9990 { bear(.mixedForms) }
            return .helo
        }
        bear(.unknownScope)
        return .other(text)
    }

    mutating func reasonType(_ text: XMLText) -> DMARCReasonType {
        guard let (index, text) = word(text, Words.reasons) else { return .unknown("") }
        switch index {
        case 0: return .localPolicy
        case 1: return .mailingList
        case 2: return .other
        case 3:
            if form == .rfc7489 { bear(.mixedForms) }
            return .policyTestMode
        case 4: return .trustedForwarder
        case 5, 6:
            if form == .rfc9990 { bear(.mixedForms) }
            return index == 5 ? .forwarded : .sampledOut
        default:
            bear(.unknownReason)
            return .unknown(text)
        }
    }
}
