internal import MailBytes
internal import MailNames
internal import MailXML

extension DMARCAggregateReader {
    mutating func record() throws(DMARCAggregateError) -> DMARCReportRecord {
        var record = DMARCReportRecord(
            source: .missing, count: 0, disposition: nil, dkimAligned: nil, spfAligned: nil, headerFrom: nil)
        var seen = DMARCElementSet()
        var last = 0
        while let element = try child() {
            if element.rawValue < last { bear(.wrongOrder) }
            last = element.rawValue
            guard try isFirst(element, &seen) else { continue }
            switch element {
            case .row: try row(&record)
            case .identifiers: try identifiers(&record)
            case .authResults: try authResults(&record)
            case .policyEvaluated:
                bear(.misplacedElement)
                try evaluation(&record)
            default: try misplaced()
            }
        }
        if !seen.contains(.row) { bear(.rowMissing) }
        if !seen.contains(.identifiers) { bear(.identifiersMissing) }
        if !seen.contains(.authResults) { bear(.resultsMissing) }
        return record
    }

    private mutating func row(_ record: inout DMARCReportRecord) throws(DMARCAggregateError) {
        var seen = DMARCElementSet()
        while let element = try child() {
            guard try isFirst(element, &seen) else { continue }
            switch element {
            case .sourceIP: record.source = try source()
            case .count: record.count = try count()
            case .policyEvaluated: try evaluation(&record)
            default: try misplaced()
            }
        }
        if record.source == .missing { bear(.sourceMissing) }
        if !seen.contains(.count) { bear(.countMissing) }
        if !seen.contains(.policyEvaluated) { bear(.evaluationMissing) }
    }

    private mutating func evaluation(_ record: inout DMARCReportRecord) throws(DMARCAggregateError) {
        var seen = DMARCElementSet()
        var last = 0
        while let element = try child() {
            if element.rawValue < last { bear(.wrongOrder) }
            last = element.rawValue
            if element == .reason {
                if let reason = try reason() {
                    try take(record.reasons.count)
                    record.reasons.append(reason)
                }
                continue
            }
            guard try isFirst(element, &seen) else { continue }
            switch element {
            case .disposition: record.disposition = try action(orElse: .badDisposition, isPolicy: false)
            case .dkim: record.dkimAligned = try verdict()
            case .spf: record.spfAligned = try verdict()
            default: try misplaced()
            }
        }
        if record.disposition == nil { bear(.dispositionMissing) }
        if record.dkimAligned == nil || record.spfAligned == nil { bear(.verdictMissing) }
    }

    /// A reason; nil for one that is empty, which some reporters write where there is none.
    private mutating func reason() throws(DMARCAggregateError) -> DMARCReportReason? {
        var reason = DMARCReportReason(type: .unknown(""))
        var seen = DMARCElementSet()
        while let element = try child() {
            guard try isFirst(element, &seen) else { continue }
            switch element {
            case .type: reason.type = try reasonType()
            case .comment: reason.comment = try repeatedText()
            default: try misplaced()
            }
        }
        guard reason.type == .unknown("") else { return reason }
        bear(.reasonTypeMissing)
        return reason.comment == nil ? nil : reason
    }

    private mutating func identifiers(_ record: inout DMARCReportRecord) throws(DMARCAggregateError) {
        var seen = DMARCElementSet()
        while let element = try child() {
            guard try isFirst(element, &seen) else { continue }
            switch element {
            case .headerFrom: record.headerFrom = try domain()
            // RFC 9990 §3.1.1.11: it may be empty, for the null path.
            case .envelopeFrom: record.envelopeFrom = try domain() ?? ""
            case .envelopeTo: record.envelopeTo = try domain()
            default: try misplaced()
            }
        }
        if record.headerFrom == nil { bear(.headerFromMissing) }
    }

    private mutating func authResults(_ record: inout DMARCReportRecord) throws(DMARCAggregateError) {
        var last = 0
        while let element = try child() {
            if element.rawValue < last { bear(.wrongOrder) }
            last = element.rawValue
            switch element {
            case .dkim:
                try take(record.dkim.count)
                record.dkim.append(try signature())
            case .spf:
                try take(record.spf.count)
                if form == .rfc9990, !record.spf.isEmpty { bear(.severalSPF) }
                record.spf.append(try spf())
            default: try misplaced()
            }
        }
    }

    private mutating func signature() throws(DMARCAggregateError) -> DMARCReportedSignature {
        var signature = DMARCReportedSignature(domain: nil, selector: nil, result: .other(""))
        var seen = DMARCElementSet()
        while let element = try child() {
            guard try isFirst(element, &seen) else { continue }
            switch element {
            case .domain: signature.domain = try domain()
            case .selector: signature.selector = try repeatedText()
            case .result: signature.result = try result()
            case .humanResult: signature.humanResult = try repeatedText()
            default: try misplaced()
            }
        }
        if signature.domain == nil { bear(.resultDomainMissing) }
        if signature.selector == nil, form == .rfc9990 { bear(.selectorMissing) }
        if !seen.contains(.result) { bear(.resultMissing) }
        return signature
    }

    private mutating func spf() throws(DMARCAggregateError) -> DMARCReportedSPF {
        var spf = DMARCReportedSPF(domain: nil, scope: nil, result: .other(""))
        var seen = DMARCElementSet()
        while let element = try child() {
            guard try isFirst(element, &seen) else { continue }
            switch element {
            case .domain: spf.domain = try domain()
            case .scope: spf.scope = try scope()
            case .result: spf.result = try result()
            case .humanResult: spf.humanResult = try repeatedText()
            default: try misplaced()
            }
        }
        if spf.domain == nil { bear(.resultDomainMissing) }
        if !seen.contains(.result) { bear(.resultMissing) }
        return spf
    }

    /// Counts one more result or reason, of which the record has this many.
    private mutating func take(_ count: Int) throws(DMARCAggregateError) {
        results += 1
        guard count < MailReportLimits.resultsPerRecordMax, results <= MailReportLimits.resultsMax else {
            throw problem(.tooManyResults)
        }
    }
}
