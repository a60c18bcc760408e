import DNS
import MailBytes
import MailFormat
import MailNames
import PostsealDashboard
import PostsealEngine
import Testing

@testable import PostsealDaemon

@Suite struct VerdictJournalTests {
    static func record(_ id: String, header: Int = 100, helo: String = "mx.example.org") -> VerdictJournal.Record {
        let text = "From: a@example.org\r\nX: \(String(repeating: "x", count: header))\r\n\r\n"
        return VerdictJournal.Record(
            time: UnixTime(seconds: 1), way: "milter", queueID: id,
            transaction: MailTransaction(
                clientAddress: IPAddress("192.0.2.1"), helo: Array(helo.utf8), mailFrom: [],
                recipients: [Array("b@example.com".utf8), Array("c@EXAMPLE.com".utf8), Array("odd".utf8)],
                message: MailMessage(parsing: Array(text.utf8)), receivedAt: UnixTime(seconds: 1)),
            direction: .incoming, decision: Decision(disposition: .accept, reason: "because"), answers: [],
            duration: .milliseconds(2))
    }

    @Test func `the last messages are kept, and found by their numbers`() {
        let journal = VerdictJournal(recordsMax: 10)
        for number in 1...1000 { journal.add(Self.record("\(number)")) }
        #expect(journal.records.map(\.queueID) == (991...1000).map { "\($0)" })
        #expect(journal.record(991)?.queueID == "991")
        #expect(journal.record(1000)?.queueID == "1000")
        for gone in [0, 1, 990, 1001, UInt64.max] { #expect(journal.record(gone) == nil) }
    }

    @Test func `they take no more memory than they may, and large headers are not kept`() {
        let journal = VerdictJournal(recordsMax: 100_000)
        for number in 1...3000 { journal.add(Self.record("\(number)", header: 60_000)) }
        let octets = journal.records.reduce(0) { $0 + $1.transaction.message.bytes.count }
        #expect(octets <= VerdictJournal.octetsMax && octets > VerdictJournal.octetsMax / 2)
        journal.add(Self.record("large", header: 100_000))
        #expect(journal.records.last?.transaction.message.bytes.isEmpty == true)
    }

    @Test func `a record says what it is about`() {
        let entry = Self.record("q").entry
        #expect(entry.from == "example.org")
        #expect(entry.recipientDomains == ["example.com"])
        #expect(entry.mailFrom?.isEmpty == true)
        #expect(entry.milliseconds == 2)
    }

    @Test func `the command names recipients of those domains alone that may be named`() {
        let record = Self.record("q")
        func recipients(_ isNamed: (String?) -> Bool) -> [String] {
            record.command(naming: isNamed).split(separator: " \\\n  ").filter { $0.hasPrefix("--rcpt=") }
                .map { String($0.dropFirst("--rcpt=".count)) }
        }
        #expect(recipients { _ in true } == ["b@example.com", "c@EXAMPLE.com", "odd"])
        // As domains are compared everywhere, and not as they are written.
        #expect(recipients { $0 == "example.com" } == ["b@example.com", "c@EXAMPLE.com"])
        #expect(recipients { $0 == nil } == ["odd"])
        #expect(recipients { $0 == "other.example" } == [])
        #expect(record.command { _ in false }.hasSuffix("message.eml"))
    }

    /// An argument that begins with `-` would be taken for the name of an option.
    @Test func `what begins with a minus stays the value of its option`() {
        var record = Self.record("q", helo: "-oops")
        record.transaction.envelope.mailFrom = Array("-a@example.org".utf8)
        record.transaction.envelope.recipients = [Array("-b@example.com".utf8)]
        for option in ["--helo='-oops' ", "--mail-from='-a@example.org' ", "--rcpt='-b@example.com' "] {
            #expect(record.command().contains(option))
        }
        #expect(Self.record("q").command().contains("--mail-from='<>' "))
    }

    @Test func `what is delivered with a mark is not only said to be accepted`() {
        var record = Self.record("q")
        record.decision.isTagged = true
        #expect(record.entry.disposition == "tag")
        #expect(record.plainText.hasPrefix("accept, and marked: because"))
    }

    @Test func `others' recipients do not take the places of those that may be named`() {
        var record = Self.record("q")
        record.transaction.envelope.recipients =
            (0..<30).map { Array("a\($0)@other.example".utf8) } + [Array("b@example.com".utf8)]
        let command = record.command { $0 == "example.com" }
        #expect(command.contains("--rcpt=b@example.com") && !command.contains("other.example"))
    }

    @Test(arguments: [
        ("mx.example.org", "mx.example.org"), ("", "''"), ("-x", "'-x'"), ("a b", "'a b'"),
        ("$(rm -r x)", "'$(rm -r x)'"),
        ("'; rm x'", "''\\''; rm x'\\'''"), ("a\nb", "'a?b'"), ("`x`", "'`x`'"), ("<>", "'<>'"),
    ])
    func `what a stranger said is one word of the command`(text: String, word: String) {
        #expect(VerdictJournal.Record.quoted(text) == word)
        #expect(text.isEmpty || Self.record("q", helo: text).command().contains("--helo=\(word) "))
    }
}
