import MailBytes
import MailFormat
import PostsealEngine
import Testing

/// A subject stays one valid field, and says what it said, behind the prefix.
@Suite("Subject prefix")
struct SubjectPrefixTests {
    static func letter(_ subjects: [String]) -> Letter {
        Letter(fields: subjects.map { "Subject:" + $0 } + ["From: ann@strict.example"])
    }

    /// The Subject fields as they leave: octets, and as people read them.
    static func subjects(
        _ letter: Letter, _ prefix: String
    ) async -> [(octets: [UInt8], text: String)] {
        let verdict = await letter.judged(
            .with {
                $0.policy.onRejectRequest = .tag
                $0.subjectPrefix = Array(prefix.utf8)
            })
        let message = MailMessage(parsing: verdict.changes.applied(to: letter.header.header))
        #expect(message.defects.isDisjoint(with: [.lineTooLong, .missingSeparator, .bareCarriageReturn, .nulOctet]))
        return message.header.fields(named: "Subject").map {
            (Array(message.header.bytes[$0.whole]), message.header.decodedText($0))
        }
    }

    /// Prefix, value behind the colon, what people read.
    static let cases: [(String, String, String)] = [
        ("[!]", " hello", "[!] hello"), ("[!]", "hello", "[!] hello"), ("  [!]\t", " hello", "[!] hello"),
        ("[!]", "", "[!]"), ("[!]", " \r\n ", "[!]"), ("[!]", "\r\n folded", "[!] folded"),
        ("[!]", " hello\r\n there", "[!] hello there"),
        // There already, at its full length.
        ("[!]", " [!] hello", "[!] hello"), ("[!]", " [!]", "[!]"), ("[!]", " [!]hello", "[!] [!]hello"),
        ("[!]", " Re: [!] hello", "[!] Re: [!] hello"),
        // Encoded words of the subject.
        ("[!]", " =?utf-8?q?gr=C3=BC=C3=9Fe?=", "[!] grüße"),
        ("[!]", " =?utf-8?q?gr=C3=BC?=\r\n =?utf-8?q?=C3=9Fe?= an alle", "[!] grüße an alle"),
        // 8-bit text of the subject.
        ("[!]", " grüße", "[!] grüße"),
        // Prefixes that must be encoded, in front of text and of encoded words: one space in either case.
        ("Achtung, gefälscht:", " hello", "Achtung, gefälscht: hello"),
        ("Achtung, gefälscht:", " =?utf-8?q?gr=C3=BC=C3=9Fe?=", "Achtung, gefälscht: grüße"),
        ("Achtung, gefälscht:", "", "Achtung, gefälscht:"),
        ("偽造の疑い", " =?utf-8?b?44GT44KT44Gr44Gh44Gv?=", "偽造の疑い こんにちは"),
        ("=?utf-8?q?x?=", " hello", "=?utf-8?q?x?= hello"),
        ("a\r\nBcc: x\u{0}\u{1b}", " hello", "aBcc: x hello"),
    ]

    @Test(arguments: cases)
    func reads(_ prefix: String, _ value: String, _ expected: String) async {
        let subjects = await Self.subjects(Self.letter([value]), prefix)
        #expect(subjects.map(\.text).map { $0.trimmed } == [expected])
    }

    @Test("what is encoded is ASCII, in words that RFC 2047 §2 allows")
    func encodedWords() async throws {
        let prefix = String(repeating: "ü偽", count: 40)
        let subjects = await Self.subjects(Self.letter([" hello"]), prefix)
        let octets = try #require(subjects.first).octets
        #expect(octets.allSatisfy { $0 < 0x80 })
        let lines = String(lossy: octets).split(separator: "\r\n")
        #expect(lines.count > 3)
        #expect(lines.allSatisfy { $0.utf8.count <= 9 + 75 + 6 })
        #expect(lines.allSatisfy { $0.ranges(of: "=?utf-8?q?").count <= 1 })
    }

    @Test("a prefix that is there in its encoded form is not put there again")
    func encodedOnce() async throws {
        for value in [" hello", " =?utf-8?q?gr=C3=BC=C3=9Fe?="] {
            let once = try #require(await Self.subjects(Self.letter([value]), "gefälscht").first)
            let again = Self.letter([String(lossy: once.octets.dropFirst("Subject:".utf8.count).dropLast(2))])
            #expect(await Self.subjects(again, "gefälscht").map(\.octets) == [once.octets])
        }
    }

    @Test("long subjects are folded, never beyond what a line may have", arguments: [60, 70, 100, 900, 985])
    func long(_ length: Int) async throws {
        let word = String(repeating: "x", count: length)
        let subject = try #require(await Self.subjects(Self.letter([" " + word]), "[spam?]").first)
        #expect(subject.text.trimmed == "[spam?] " + word)
        #expect(String(lossy: subject.octets).split(separator: "\r\n").allSatisfy { $0.utf8.count <= 998 })
    }

    @Test("what no line may hold goes: NUL, CR and LF by themselves")
    func hostile() async throws {
        let octets =
            Array("From: ann@strict.example\r\nSubject: a".utf8) + [0] + Array("b\rX: y\n c\r\n\r\n".utf8)
        let transaction = MailTransaction(message: MailMessage(parsing: octets), receivedAt: Letter.time)
        let settings = GuardSettings.with {
            $0.policy.onRejectRequest = .tag
            $0.subjectPrefix = Array("[!]".utf8)
        }
        var message = MailGuard(settings: settings).begin(transaction)
        let verdict = await message.finish(resolver: World.zone)
        #expect(verdict.changes.replaced[1]?.value == Array("[!] a?b X: y\r\n c".utf8))
    }

    @Test("each of several Subject fields gets it, for programs show the first or the last")
    func several() async {
        let two = await Self.subjects(Self.letter([" one", " two"]), "[!]")
        #expect(two.map(\.text.trimmed) == ["[!] one", "[!] two"])
        let many = await Self.subjects(Self.letter((0..<1_000).map { " \($0)" }), "[!]").map(\.text.trimmed)
        #expect(many.count == 1_000)
        #expect(many.first == "[!] 0" && many.last == "[!] 999")
        #expect(many.count { $0.hasPrefix("[!]") } == 20, "a message cannot ask for thousands of changes")
    }

    @Test("a message without a subject gets one")
    func missing() async {
        let subjects = await Self.subjects(Self.letter([]), "gefälscht")
        #expect(subjects.map(\.text.trimmed) == ["gefälscht"])
    }
}

extension String {
    fileprivate var trimmed: String { String(lossy: Array(utf8)[...].trimmingWhitespace) }
}
