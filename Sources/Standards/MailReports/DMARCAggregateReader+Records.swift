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
            case .sourceIP: try take(.source, 0, &record)
            case .count: try take(.count, 0, &record)
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
                try reason(&record)
                continue
            }
            guard try isFirst(element, &seen) else { continue }
            switch element {
            case .disposition: try take(.disposition, 0, &record)
            case .dkim: try take(.dkimVerdict, 0, &record)
            case .spf: try take(.spfVerdict, 0, &record)
            default: try misplaced()
            }
        }
        if record.disposition == nil { bear(.dispositionMissing) }
        if record.dkimAligned == nil || record.spfAligned == nil { bear(.verdictMissing) }
    }

    /// Reads a reason. One that is empty, which some reporters write where there is none, is not kept.
    private mutating func reason(_ record: inout DMARCReportRecord) throws(DMARCAggregateError) {
        let place = record.reasons.count
        record.reasons.append(DMARCReportReason(type: .unknown("")))
        var seen = DMARCElementSet()
        while let element = try child() {
            guard try isFirst(element, &seen) else { continue }
            switch element {
            case .type: try take(.reasonType, place, &record)
            case .comment: try take(.reasonComment, place, &record)
            default: try misplaced()
            }
        }
        if record.reasons[place].type == .unknown("") {
            bear(.reasonTypeMissing)
            if record.reasons[place].comment == nil {
                record.reasons.removeLast()
                return
            }
        }
        try countResult(behind: place)
    }

    private mutating func identifiers(_ record: inout DMARCReportRecord) throws(DMARCAggregateError) {
        var seen = DMARCElementSet()
        while let element = try child() {
            guard try isFirst(element, &seen) else { continue }
            switch element {
            case .headerFrom: try take(.headerFrom, 0, &record)
            case .envelopeFrom: try take(.envelopeFrom, 0, &record)
            case .envelopeTo: try take(.envelopeTo, 0, &record)
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
                try countResult(behind: record.dkim.count)
                try signature(&record)
            case .spf:
                try countResult(behind: record.spf.count)
                if form == .rfc9990, !record.spf.isEmpty { bear(.severalSPF) }
                try spf(&record)
            default: try misplaced()
            }
        }
    }

    private mutating func signature(_ record: inout DMARCReportRecord) throws(DMARCAggregateError) {
        let place = record.dkim.count
        record.dkim.append(DMARCReportedSignature(domain: nil, selector: nil, result: .other("")))
        var seen = DMARCElementSet()
        while let element = try child() {
            guard try isFirst(element, &seen) else { continue }
            switch element {
            case .domain: try take(.signatureDomain, place, &record)
            case .selector: try take(.signatureSelector, place, &record)
            case .result: try take(.signatureResult, place, &record)
            case .humanResult: try take(.signatureHumanResult, place, &record)
            default: try misplaced()
            }
        }
        if record.dkim[place].domain == nil { bear(.resultDomainMissing) }
        if record.dkim[place].selector == nil, form == .rfc9990 { bear(.selectorMissing) }
        if !seen.contains(.result) { bear(.resultMissing) }
    }

    private mutating func spf(_ record: inout DMARCReportRecord) throws(DMARCAggregateError) {
        let place = record.spf.count
        record.spf.append(DMARCReportedSPF(domain: nil, scope: nil, result: .other("")))
        var seen = DMARCElementSet()
        while let element = try child() {
            guard try isFirst(element, &seen) else { continue }
            switch element {
            case .domain: try take(.spfDomain, place, &record)
            case .scope: try take(.spfScope, place, &record)
            case .result: try take(.spfResult, place, &record)
            case .humanResult: try take(.spfHumanResult, place, &record)
            default: try misplaced()
            }
        }
        if record.spf[place].domain == nil { bear(.resultDomainMissing) }
        if !seen.contains(.result) { bear(.resultMissing) }
    }

    /// Counts one more result or reason of a record that had this many before.
    private mutating func countResult(behind count: Int) throws(DMARCAggregateError) {
        results += 1
        guard count < MailReportLimits.resultsPerRecordMax, results <= MailReportLimits.resultsMax else {
            throw problem(.tooManyResults)
        }
    }

    /// Reads the text of the element that has begun as a value of the record.
    private mutating func take(
        _ field: DMARCRecordForms.Field, _ place: Int, _ record: inout DMARCReportRecord
    ) throws(DMARCAggregateError) {
        let text = try text()
        let slot = DMARCRecordForms.Slot(field: field, place: place)
        set(slot, text, &record)
        if followsForms { known.note(slot, text, at: parser.textPlace) }
    }
}
