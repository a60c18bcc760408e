import MailBytes
import MailFormat
import PostsealEngine
import Testing

@Suite("Changes of a header")
struct MessageChangesTests {
    static let header = MailMessage(
        parsing: Array(
            "A: 1\r\nB: 1\r\na:  2\r\n folded\r\nA : 3\r\nB: 2\r\nC: 1\r\nA: 4\r\n\r\nbody".utf8)
    ).header

    static var changes: MessageChanges {
        var changes = MessageChanges()
        changes.removed = [0, 3, 4]
        changes.replaced = [2: NewHeaderField("a", Array("new\r\n fold".utf8)), 5: NewHeaderField("C", [])]
        changes.added = [NewHeaderField("X", Array("1".utf8)), NewHeaderField("Y", Array("2".utf8))]
        return changes
    }

    @Test("the header as it will be")
    func applied() {
        #expect(
            String(lossy: Self.changes.applied(to: Self.header))
                == "X: 1\r\nY: 2\r\nB: 1\r\na: new\r\n fold\r\nC: \r\nA: 4\r\n\r\n")
        #expect(
            String(lossy: MessageChanges().applied(to: Self.header))
                == "A: 1\r\nB: 1\r\na:  2\r\n folded\r\nA : 3\r\nB: 2\r\nC: 1\r\nA: 4\r\n\r\n")
        #expect(MessageChanges().isEmpty)
        #expect(!Self.changes.isEmpty)
    }

    @Test("a mail server counts the fields of a name, whatever its case, in the message as it came")
    func edits() {
        #expect(
            Self.changes.edits(of: Self.header) == [
                FieldEdit(name: Array("A".utf8), occurrence: 1, value: nil),
                FieldEdit(name: Array("a".utf8), occurrence: 2, value: Array("new\r\n fold".utf8)),
                FieldEdit(name: Array("A".utf8), occurrence: 3, value: nil),
                FieldEdit(name: Array("B".utf8), occurrence: 2, value: nil),
                FieldEdit(name: Array("C".utf8), occurrence: 1, value: []),
            ])
        #expect(MessageChanges().edits(of: Self.header).isEmpty)
    }

    @Test("a field that goes gets no value; positions beyond the header are nothing")
    func odd() {
        var changes = MessageChanges()
        changes.removed = [1, 99]
        changes.replaced = [1: NewHeaderField("B", [1]), -1: NewHeaderField("Z", []), 7: NewHeaderField("Z", [])]
        #expect(changes.edits(of: Self.header) == [FieldEdit(name: Array("B".utf8), occurrence: 1, value: nil)])
        #expect(String(lossy: changes.applied(to: Self.header)).hasPrefix("A: 1\r\na:  2\r\n"))
    }

    /// Each edit carried out from the end, as by a server that counts anew after each removal.
    @Test("edits carried out from the end give the header that was meant")
    func carriedOut() {
        var fields = Self.header.fields.map { (Array(Self.header.name(of: $0)), Array(Self.header.bytes[$0.whole])) }
        for edit in Self.changes.edits(of: Self.header).reversed() {
            let places = fields.indices.filter { fields[$0].0.asciiLowercased == edit.name.asciiLowercased }
            let place = places[edit.occurrence - 1]
            if let value = edit.value {
                fields[place].1 = NewHeaderField(String(lossy: edit.name), value).line
            } else {
                fields.remove(at: place)
            }
        }
        let added = Self.changes.added.flatMap(\.line)
        #expect(added + fields.flatMap(\.1) + Array("\r\n".utf8) == Self.changes.applied(to: Self.header))
    }

    @Test("tens of thousands of fields cost no more than their number")
    func many() {
        let text = String(repeating: "Authentication-Results: x; none\r\n", count: 40_000)
        let header = MailMessage(parsing: Array(text.utf8)).header
        var changes = MessageChanges()
        changes.removed = Array(0..<40_000)
        let edits = changes.edits(of: header)
        #expect(edits.count == 40_000)
        #expect(edits.last?.occurrence == 40_000)
    }
}
