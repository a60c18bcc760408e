internal import MailXML

extension DMARCAggregateReader {
    /// The record that comes next, if it looks like an earlier one; nil otherwise, and nothing has moved.
    mutating func knownRecord() -> DMARCReportRecord? {
        guard followsForms, known.isOfUse else { return nil }
        guard let match = known.forms.match(at: parser.position, in: parser.bytes) else {
            known.tried(false)
            return nil
        }
        let (elements, results) = (known.models[match.form].elements, results + known.models[match.form].results)
        guard results <= MailReportLimits.resultsMax, parser.pass(to: match.end, elements: elements) else { return nil }
        self.results = results
        known.tried(true)
        var record = known.models[match.form].record
        var isAlike = true
        for change in known.forms.changes {
            let slot = known.models[match.form].slots[change]
            set(slot, XMLText(range: known.forms.texts[change], isDecoded: false), &record)
            if !slot.field.changesOften { isAlike = false }
        }
        known.compare(record, form: match.form, isAlike: isAlike)
        return record
    }

    /// Puts a value in its place, which the record has.
    mutating func set(_ slot: DMARCRecordForms.Slot, _ text: XMLText, _ record: inout DMARCReportRecord) {
        let place = slot.place
        switch slot.field {
        case .source: record.source = source(text)
        case .count: record.count = count(text)
        case .disposition: record.disposition = action(text, orElse: .badDisposition, isPolicy: false)
        case .dkimVerdict: record.dkimAligned = verdict(text)
        case .spfVerdict: record.spfAligned = verdict(text)
        case .reasonType: record.reasons[place].type = reasonType(text)
        case .reasonComment: record.reasons[place].comment = repeatedText(text)
        case .headerFrom: record.headerFrom = domain(text)
        // RFC 9990 §3.1.1.11: it may be empty, for the null path.
        case .envelopeFrom: record.envelopeFrom = domain(text) ?? ""
        case .envelopeTo: record.envelopeTo = domain(text)
        case .signatureDomain: record.dkim[place].domain = domain(text)
        case .signatureSelector: record.dkim[place].selector = repeatedText(text)
        case .signatureResult: record.dkim[place].result = signatureResult(text)
        case .signatureHumanResult: record.dkim[place].humanResult = repeatedText(text)
        case .spfDomain: record.spf[place].domain = domain(text)
        case .spfScope: record.spf[place].scope = scope(text)
        case .spfResult: record.spf[place].result = result(text)
        case .spfHumanResult: record.spf[place].humanResult = repeatedText(text)
        }
    }
}
