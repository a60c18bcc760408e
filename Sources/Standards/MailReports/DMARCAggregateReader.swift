internal import MailBytes
internal import MailXML

/// Reads an aggregate report and gathers what it bears; then, if asked to, another one in the same text.
struct DMARCAggregateReader {
    var parser: XMLPullParser
    var quirks = DMARCAggregateQuirks()
    var form = DMARCReportForm.rfc7489
    /// Domains that were read already: reports name the same ones again and again.
    var domains = XMLStringCache()
    /// Selectors and comments likewise.
    var texts = XMLStringCache()
    /// The prefix of the report's own elements.
    private var ownPrefix: [UInt8] = []
    /// Their namespace; empty where they have none.
    private var ownNamespace = ""
    private var namespaces = DMARCNamespaceScope()
    /// How deep `feedback` is.
    private var rootDepth = 1
    /// Whether the report is within another element.
    private var isWrapped = false
    /// Whether it is behind another report.
    private var isFurther = false
    /// How many elements had the name of a report alone.
    private var othersCount = 0
    var results = 0
    /// Where the report begins, and where it ends and something else may follow.
    private var start = 0
    private var end = 0
    /// What records looked like so far.
    var known: DMARCRecordForms
    /// Whether records that look like earlier ones are read faster. What comes out is the same.
    let followsForms: Bool
    /// What a record takes in a report as it usually is, so that their list is made once.
    private static let recordBytesUsual = 600
    /// Records for which there is room at first, at most: the text may be long for other reasons.
    private static let recordsAtFirst = 512

    /// - Parameter charset: the character set, where the text does not say it.
    init(_ octets: [UInt8], charset: String? = nil, followsForms: Bool) throws(DMARCAggregateError) {
        guard octets.count <= MailReportLimits.documentBytesMax else { throw DMARCAggregateError(.tooLarge) }
        let limits = XMLLimits(depth: MailReportLimits.depthMax)
        known = DMARCRecordForms(limits: limits)
        self.followsForms = followsForms
        do {
            parser = try XMLPullParser(
                octets, charset: charset, vocabulary: DMARCElement.vocabulary, limits: limits)
        } catch {
            throw DMARCAggregateError(error)
        }
    }

    /// Reads the report. Nil if it is behind another one, and has nothing of a report but the name: then it is none.
    mutating func report() throws(DMARCAggregateError) -> DMARCAggregateReport? {
        try root()
        var seen = DMARCElementSet()
        var last = 0
        var report = DMARCAggregateReport(
            version: nil, organizationName: "", email: nil, reportID: "", begin: nil, end: nil,
            policy: DMARCReportedPolicy(domain: nil), records: [])
        report.records.reserveCapacity(
            min((parser.bytes.count - start) / Self.recordBytesUsual, Self.recordsAtFirst))
        while true {
            if last == DMARCElement.record.rawValue, report.records.count < MailReportLimits.recordsMax,
                let record = knownRecord()
            {
                report.records.append(record)
                continue
            }
            if followsForms { known.begin(parser, results: results) }
            guard let element = try child() else { break }
            // RFC 9990 §3.1.1.2: the elements come in this order.
            if element.rawValue < last { bear(.wrongOrder) }
            last = element.rawValue
            switch element {
            case .record:
                guard report.records.count < MailReportLimits.recordsMax else { throw problem(.tooManyRecords) }
                let record = try record()
                if followsForms { known.end(record, parser, results: results) }
                report.records.append(record)
            case .version:
                if try isFirst(element, &seen) { report.version = try freeText() }
            case .reportMetadata:
                if try isFirst(element, &seen) { try metadata(&report) }
            case .policyPublished:
                if try isFirst(element, &seen) { report.policy = try policy() }
            case .extension:
                if try isFirst(element, &seen) { try extensions() }
            default: try misplaced()
            }
        }
        guard seen.contains(.reportMetadata) || seen.contains(.policyPublished) || !report.records.isEmpty else {
            othersCount += 1
            guard isFurther, othersCount <= MailReportLimits.findingsMax else { throw problem(.empty) }
            end = parser.position
            return nil
        }
        if !seen.contains(.reportMetadata) { bear(.metadataMissing) }
        if !seen.contains(.policyPublished) { bear(.policyMissing) }
        if report.records.isEmpty { bear(.recordsMissing) }
        if form == .rfc9990, let version = report.version, version != "1.0" { bear(.badVersion) }
        end = parser.position
        if isWrapped { bear(.wrappedRoot) } else { _ = try next() }
        bearFlaws()
        report.form = form
        report.quirks = quirks.list
        // A report that is kept does not keep room for records that did not come.
        if report.records.capacity > 4 * (report.records.count + 4) { report.records = report.records.map(\.self) }
        return report
    }

    /// Octets of the report that was read, in UTF-8; where that failed, up to the end of the text.
    var octetsRead: Int { (end > start ? end : parser.bytes.count) - start }

    /// Goes on to a report that is behind the one that was read, or beside it within the same element. False if there
    /// is none.
    mutating func goOn() -> Bool {
        guard let place = parser.place(of: DMARCElement.feedback.rawValue, from: end) else { return false }
        parser.restart(at: place)
        (start, end) = (place.offset, place.offset)
        (isFurther, isWrapped) = (true, place.depth > 0)
        namespaces.keepOuter(of: rootDepth)
        known = DMARCRecordForms(limits: parser.limits)
        // What was read of texts may have been worth a word that the next report needs as well.
        (domains, texts) = (XMLStringCache(), XMLStringCache())
        (quirks, results, ownNamespace) = (DMARCAggregateQuirks(), 0, "")
        return true
    }

    /// Finds `feedback`.
    private mutating func root() throws(DMARCAggregateError) {
        var depth = 0
        while case .begin(let index) = try next() {
            namespaces.enter(parser)
            if DMARCElement(rawValue: index) == .feedback {
                ownPrefix = Array(parser.bytes[parser.prefix])
                form = namespace()
                rootDepth = parser.depth
                if depth > 0 { isWrapped = true }
                return
            }
            // Some reporters put the tag of the schema in front, and do not close it.
            guard index == XMLVocabulary.unknown, depth < 2 else { throw problem(.notFeedback) }
            depth += 1
        }
        throw problem(.notFeedback)
    }

    private mutating func namespace() -> DMARCReportForm {
        let isHere = parser.attribute(ownPrefix.isEmpty ? "xmlns" : "xmlns:" + String(lossy: ownPrefix)) != nil
        guard let value = namespaces.namespace(of: ownPrefix[...]), !value.isEmpty else { return .rfc7489 }
        // Whoever declares it: it is that of what is in the report as well.
        ownNamespace = value
        let isOld = DMARCElement.oldNamespaces.contains(value)
        // That of a schema around the report says nothing of the form.
        guard isHere || isOld || value == DMARCElement.namespace else { return .rfc7489 }
        if value == DMARCElement.namespace { return .rfc9990 }
        if isOld { return .rfc7489 }
        bear(.unknownNamespace)
        return .other
    }

    private mutating func bearFlaws() {
        let names: [(XMLFlaws, DMARCAggregateQuirk)] = [
            (.invalidText, .invalidText), (.controlCharacter, .invalidText), (.wrongEncoding, .wrongEncoding),
            (.badDeclaration, .badDeclaration),
            (.leadingText, .leadingText), (.trailingText, .trailingText), (.strayText, .strayText),
            (.markupInText, .markupInText), (.badReference, .badReference), (.wrongCase, .wrongCase),
        ]
        for (flaw, quirk) in names where parser.flaws.contains(flaw) { bear(quirk) }
    }

    // MARK: - Steps

    @inline(__always)
    mutating func bear(_ quirk: DMARCAggregateQuirk) { quirks.insert(quirk) }

    func problem(_ problem: DMARCAggregateError.Problem) -> DMARCAggregateError {
        DMARCAggregateError(problem, parser.error(.badTag, at: parser.name.lowerBound))
    }

    private mutating func next() throws(DMARCAggregateError) -> XMLToken {
        do {
            return try parser.next()
        } catch {
            throw DMARCAggregateError(error)
        }
    }

    /// The text of the element that has begun.
    mutating func text() throws(DMARCAggregateError) -> XMLText {
        do {
            return try parser.text()
        } catch {
            throw DMARCAggregateError(error)
        }
    }

    mutating func skip() throws(DMARCAggregateError) {
        do {
            try parser.skip()
        } catch {
            throw DMARCAggregateError(error)
        }
    }

    /// The next known element within the one that has begun, or nil at its end. Elements of extensions, which RFC 9990
    /// §3.1.1.7 wants in a namespace of their own, and unknown ones are passed over.
    mutating func child() throws(DMARCAggregateError) -> DMARCElement? {
        while true {
            guard case .begin(let index) = try next() else { return nil }
            if !isExtension() {
                if let element = DMARCElement(rawValue: index) { return element }
                bear(.unknownElement)
            }
            try skip()
        }
    }

    /// Passes over what `extension` has in it, which has to be in other namespaces (RFC 9990 §3.1.1.7).
    private mutating func extensions() throws(DMARCAggregateError) {
        while case .begin = try next() {
            if !isExtension() { bear(.unknownElement) }
            try skip()
        }
    }

    /// Whether the element that has begun is in another namespace than the report.
    @inline(__always)
    private mutating func isExtension() -> Bool {
        guard parser.hasAttributes || parser.hasPrefix else { return false }
        namespaces.enter(parser)
        guard parser.hasPrefix else { return !isOwn(parser.attribute("xmlns")) }
        let prefix = parser.bytes[parser.prefix]
        if let namespace = namespaces.namespace(of: prefix) { return !isOwn(namespace) }
        // Where nobody declares it, its letters have to do.
        if prefix.elementsEqual(ownPrefix) { return false }
        bear(.unknownElement)
        return true
    }

    /// Whether a namespace is the report's. Some programs write it once more, or none.
    private func isOwn(_ namespace: String?) -> Bool {
        guard let namespace, !namespace.isEmpty, namespace != ownNamespace else { return true }
        return namespace == DMARCElement.namespace || DMARCElement.oldNamespaces.contains(namespace)
    }

    mutating func misplaced() throws(DMARCAggregateError) {
        bear(.misplacedElement)
        try skip()
    }

    /// Whether the element that has begun is the first of its name; a further one is passed over.
    @inline(__always)
    mutating func isFirst(
        _ element: DMARCElement, _ seen: inout DMARCElementSet
    ) throws(DMARCAggregateError) -> Bool {
        if seen.insert(element) { return true }
        bear(.repeatedElement)
        try skip()
        return false
    }
}
