internal import MailXML

/// The forms that the records of a report had so far, each with a record that had it.
///
/// A record that looks like an earlier one is that one with other values: only those that differ are read. Any other
/// record is read tag by tag, as if nothing had been tried, and adds its form. What markup means besides its values,
/// such as elements that are missing, was noted when it was read first.
struct DMARCRecordForms {
    /// A value of a record.
    enum Field: UInt8 {
        case source, count, disposition, dkimVerdict, spfVerdict
        case reasonType, reasonComment
        case headerFrom, envelopeFrom, envelopeTo
        case signatureDomain, signatureSelector, signatureResult, signatureHumanResult
        case spfDomain, spfScope, spfResult, spfHumanResult

        /// Whether it is another one in nearly each record.
        var changesOften: Bool { self == .source || self == .count }
    }

    /// Where a value belongs.
    struct Slot {
        let field: Field
        /// Which reason, signature or result of SPF it is of.
        let place: Int
    }

    /// What is known of records with one form.
    struct Model {
        var record: DMARCReportRecord
        /// For each text.
        let slots: [Slot]
        let elements: Int
        let results: Int
        /// How many records in a row differed from the model in what is mostly the same.
        var strays = 0
    }

    var forms: XMLForms
    /// By the numbers of the forms.
    var models: [Model] = []

    /// The values of the record that is being read; nil if it has something that no form has.
    private var slots: [Slot]?
    /// The slots of all values that came, empty ones too: by places, a bit for each field.
    private var filled: [UInt32] = []
    private var texts: [(place: Range<Int>, text: Range<Int>)] = []
    private var start = 0
    private var elementsBefore = 0
    private var resultsBefore = 0

    /// How many more records may fail to have a known form before that is given up: a report in which each one is
    /// different would be read twice.
    private var credit = Self.creditAtFirst
    private static let creditAtFirst = 16
    private static let creditMax = 1024
    /// After how many records that differ from the model the last one becomes the model.
    private static let straysMax = 2

    init(limits: XMLLimits) { forms = XMLForms(limits: limits) }

    /// Whether it is worth to look.
    var isOfUse: Bool { credit > 0 && !models.isEmpty }

    /// Notes whether a record had a known form.
    mutating func tried(_ hasMatched: Bool) {
        credit = hasMatched ? min(credit + 1, Self.creditMax) : credit - 1
    }

    // MARK: - Learning

    /// A record may begin here.
    mutating func begin(_ parser: borrowing XMLPullParser, results: Int) {
        slots = forms.isFull || credit <= 0 ? nil : []
        filled.removeAll(keepingCapacity: true)
        texts.removeAll(keepingCapacity: true)
        (start, elementsBefore, resultsBefore) = (parser.position, parser.elements, results)
    }

    /// Notes a value that was read, and where it stands.
    mutating func note(_ slot: Slot, _ text: XMLText, at place: Range<Int>?) {
        guard slots != nil else { return }
        // What came twice depends on both.
        guard let place, fill(slot) else {
            slots = nil
            return
        }
        // Nothing is markup as well.
        if text.range.isEmpty { return }
        slots?.append(slot)
        texts.append((place, text.range))
    }

    /// Whether a slot is filled for the first time.
    private mutating func fill(_ slot: Slot) -> Bool {
        while filled.count <= slot.place { filled.append(0) }
        let bit: UInt32 = 1 << UInt32(slot.field.rawValue)
        defer { filled[slot.place] |= bit }
        return filled[slot.place] & bit == 0
    }

    /// Keeps the form of the record that has been read.
    mutating func end(_ record: DMARCReportRecord, _ parser: borrowing XMLPullParser, results: Int) {
        guard let slots, start <= parser.position,
            let form = forms.keep(start..<parser.position, texts: texts, in: parser.bytes), form == models.count
        else { return }
        models.append(
            Model(
                record: record, slots: slots, elements: parser.elements - elementsBefore,
                results: results - resultsBefore))
    }

    /// Makes the record that was read last the model of its form, where models have not been like their records.
    @inline(__always)
    mutating func compare(_ record: DMARCReportRecord, form: Int, isAlike: Bool) {
        guard !isAlike else {
            models[form].strays = 0
            return
        }
        models[form].strays += 1
        guard models[form].strays >= Self.straysMax else { return }
        models[form].strays = 0
        models[form].record = record
        forms.adopt(form)
    }
}
