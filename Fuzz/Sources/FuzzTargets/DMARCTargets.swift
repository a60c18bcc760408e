import DMARC

/// A DMARC record: what is read can be printed and read again, and is the same but for the notes.
let fuzzDMARCRecord: PlainBody = { bytes in
    guard var record = try? DMARCRecord(parsing: bytes) else { return }
    for note in record.notes {
        precondition(note.offset >= 0 && note.offset <= bytes.count, "a note is outside the record")
        precondition(note.tag.utf8.count <= 16, "a note repeats too much of the record")
    }
    record.notes = []
    let printed = record.text
    guard let again = try? DMARCRecord(parsing: Array(printed.utf8)) else { fatalError("cannot read what was printed") }
    precondition(again == record, "the round trip changed the record")
    precondition(again.text == printed, "printing twice gives two texts")
    precondition(printed.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }, "the text has octets that no record has")
    for uri in record.aggregateReports + record.failureReports {
        precondition(DMARCReportURI(uri.text) == uri, "the round trip changed a destination")
        guard let mailbox = uri.mailbox else { continue }
        let made = DMARCReportURI(localPart: mailbox.localPart, domain: mailbox.domain)
        precondition(made?.mailbox == mailbox, "a mailbox does not survive being encoded")
        precondition(!mailbox.localPart.contains { $0 < 0x20 || $0 == 0x7F }, "a mailbox has control characters")
    }
    for subject in [DMARCRecordSubject.publisher, .subdomain] {
        for exists in [false, true] {
            let requested = record.requests(of: subject, exists: exists)
            precondition(subject == .subdomain || requested.tag == .p, "a publisher has a subdomain's policy")
            precondition(requested.policy.whileTesting <= requested.policy, "testing asks for more")
        }
    }
}
