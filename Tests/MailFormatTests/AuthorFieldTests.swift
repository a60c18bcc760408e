import MailBytes
import MailFormat
import MailNames
import Testing

@Suite struct AuthorFieldTests {
    private func authors(_ header: String) -> Authors {
        AuthorField.read(MailMessage(parsing: Array((header + "\r\n\r\nbody\r\n").utf8)))
    }

    @Test(arguments: AuthorTrick.all)
    func `names every trick and reads the strict author`(_ trick: AuthorTrick) {
        let authors = authors(trick.header)
        #expect(authors.mailboxes.map(\.addrSpec) == trick.authors)
        #expect(Set(authors.ambiguities.map(\.rawValue)) == trick.ambiguities)
        #expect(authors.ambiguities == authors.ambiguities.sorted())
    }

    @Test func `has a table of tricks with names of their own`() {
        #expect(AuthorTrick.all.count >= 60)
        #expect(Set(AuthorTrick.all.map(\.name)).count == AuthorTrick.all.count)
        let covered = AuthorTrick.all.reduce(into: Set<String>()) { $0.formUnion($1.ambiguities) }
        // The two others have tests of their own below.
        #expect(Set(AuthorAmbiguity.allCases.map(\.rawValue)).subtracting(covered) == ["unread-fields", "not-utf8"])
    }
}
