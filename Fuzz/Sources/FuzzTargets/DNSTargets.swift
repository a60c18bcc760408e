import DNS
import MailBytes

/// A recorded file of DNS answers: what is read can be written and read again, and is the same.
let fuzzDNSAnswers: PlainBody = { bytes in
    guard let answers = try? RecordedAnswers(parsing: bytes) else { return }
    let written = Array(answers.file.text.utf8)
    guard let again = try? RecordedAnswers(parsing: written) else { fatalError("cannot read what was written") }
    precondition(again.file == answers.file, "the round trip changed the answers")
}
