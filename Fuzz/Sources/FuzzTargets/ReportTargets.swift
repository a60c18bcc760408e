import MailReports
import MailXML

/// An aggregate report: what is read ends within its limits, and is the same whether records follow known forms or not;
/// what can be written is read again and is the same; a mistake is within the text.
let fuzzReportXML: PlainBody = { bytes in
    checkTokens(bytes)
    checkForms(bytes)
    do throws(DMARCAggregateError) {
        var report = try DMARCAggregateReport(parsing: bytes)
        precondition(report.records.allSatisfy { $0.count >= 0 }, "a count below zero")
        precondition(report.messages >= 0)
        _ = report.quirks.map(\.word)
        guard let octets = try? report.document() else { return }
        guard let again = try? DMARCAggregateReport(parsing: octets) else { fatalError("cannot read what was printed") }
        precondition(again.quirks.isEmpty, "what was printed has quirks")
        guard let octetsAgain = try? again.document() else { fatalError("cannot print what was read") }
        precondition(octetsAgain == octets, "printing twice gives two texts")
        report.quirks = []
        report.form = .rfc9990
        report.version = "1.0"
        // What no character of XML is becomes another one.
        precondition(again.records == report.records || octets.firstRange(of: [0xEF, 0xBF, 0xBD]) != nil)
    } catch {
        precondition(error.line >= 1 && error.column >= 1, "an error is nowhere")
        // One octet becomes three of UTF-8 at most, and UTF-16 likewise.
        precondition(error.column <= bytes.count * 3 + 1, "an error is outside the text")
    }
}

private func checkForms(_ bytes: [UInt8]) {
    func read(_ followsForms: Bool) -> Result<DMARCAggregateReport, DMARCAggregateError> {
        Result { () throws(DMARCAggregateError) in
            try DMARCAggregateReport(parsing: bytes, followsForms: followsForms)
        }
    }
    let slow = read(false)
    precondition(read(true) == slow, "a record of a known form is read as another one")
    // The same with more of what there is: three times what lies between the first and the last record.
    guard let start = places(of: "<record>", in: bytes).first, let last = places(of: "</record>", in: bytes).last,
        start < last
    else { return }
    let end = last + "</record>".utf8.count
    let more = bytes[..<end] + bytes[start..<end] + bytes[start...]
    let (one, other) = (
        try? DMARCAggregateReport(parsing: Array(more), followsForms: false),
        try? DMARCAggregateReport(parsing: Array(more), followsForms: true)
    )
    precondition(one == other, "a repeated record of a known form is read as another one")
}

private func places(of text: String, in bytes: [UInt8]) -> [Int] {
    let wanted = Array(text.utf8)
    return bytes.indices.filter { bytes[$0] == wanted[0] && bytes[$0...].starts(with: wanted) }
}

private func checkTokens(_ bytes: [UInt8]) {
    let limits = XMLLimits(depth: 8, elements: 200, tagBytes: 200, textBytes: 500)
    guard var parser = try? XMLPullParser(bytes, vocabulary: XMLVocabulary(["feedback", "record"]), limits: limits)
    else { return }
    var begun = 0
    var ended = 0
    while let token = try? parser.next() {
        switch token {
        case .begin:
            begun += 1
            if begun % 5 == 4 {
                guard let text = try? parser.text() else { return }
                ended += 1
                precondition(text.range.count <= 500)
                _ = parser.string(text)
            }
        case .end: ended += 1
        case .finish:
            precondition(begun == ended && begun >= 1, "more begins than ends")
            return
        }
        precondition(parser.depth == begun - ended && parser.depth <= 8)
    }
}

/// The fields of a feedback report: what is read can be written and read again.
let fuzzReportFailure: PlainBody = { bytes in
    guard let report = try? FeedbackReport(parsing: bytes) else { return }
    _ = (report.quirks.map(\.word), report.feedbackType, report.authFailure, report.identityAlignment)
    _ = (report.sourceAddress, report.sourcePort, report.arrivalDate, report.incidents, report.reportedDomains)
    precondition(report.incidents >= 0 && report.fields.count <= MailReportLimits.feedbackFieldsMax)
    let octets = report.fieldOctets
    precondition(octets.allSatisfy { $0 >= 0x20 && $0 < 0x7F || $0 == 0x0D || $0 == 0x0A }, "a control character")
    guard let again = try? FeedbackReport(parsing: octets) else { return }
    precondition(again.fieldOctets == octets, "printing twice gives two texts")
}

/// A file of any kind: there is a finding, and no more than the limit, and its quirks have words.
let fuzzReportContainer: PlainBody = { bytes in
    for name in [nil, "a.xml.gz"] {
        let file = ReportFile(reading: bytes, name: name)
        precondition(!file.findings.isEmpty && file.findings.count <= MailReportLimits.findingsMax)
        for finding in file.findings {
            _ = finding.quirks
            precondition(finding.path.count <= 2 * MailReportLimits.nestingMax + 2)
            if case .failure(let error) = finding.outcome {
                precondition(!error.word.isEmpty && !error.description.isEmpty)
            }
        }
    }
    let packed = ReportPacking.gzip(bytes)
    precondition(packed.count > 17, "gzip gave nothing")
}
