import MailBytes
import MailFormat
import PostsealEngine
import Testing

/// What people and delivery agents see of a decision.
@Suite("Marks")
struct MarkTests {
    static let spoof = Letter()

    private static func settings(_ action: RejectRequestAction) -> GuardSettings {
        .policy { $0.onRejectRequest = action }
    }

    @Test("quarantine by the mail server: held, and nothing in the message but the results")
    func hold() async {
        var settings = Self.settings(.quarantine)
        settings.subjectPrefix = Array("[spam?]".utf8)
        let verdict = await Self.spoof.judged(settings)
        #expect(verdict.isHeld)
        #expect(verdict.decision.disposition == .quarantine)
        #expect(Self.spoof.fields(after: verdict).dropFirst() == Self.spoof.fields[...])
    }

    @Test("quarantine by header: delivered with a mark for the delivery agent, and the prefix")
    func header() async {
        var settings = Self.settings(.quarantine)
        settings.quarantine = .header
        settings.subjectPrefix = Array("[spam?]".utf8)
        let verdict = await Self.spoof.judged(settings)
        #expect(!verdict.isHeld)
        #expect(
            Self.spoof.fields(after: verdict).dropFirst() == [
                "X-Postseal-Quarantine: DMARC fails and strict.example asks for rejection",
                "From: Ann <ann@strict.example>", "Subject: [spam?] hello",
            ])
    }

    @Test("tag: delivered with a mark that says why, and the prefix")
    func tag() async {
        var settings = Self.settings(.tag)
        settings.subjectPrefix = Array("[spam?]".utf8)
        let verdict = await Self.spoof.judged(settings)
        #expect(
            Self.spoof.fields(after: verdict).dropFirst() == [
                "X-Postseal: tag; DMARC fails and strict.example asks for rejection",
                "From: Ann <ann@strict.example>", "Subject: [spam?] hello",
            ])
    }

    @Test("without a prefix, or with an empty one, the subject stays", arguments: [nil, "", " \r\n\u{0}"])
    func noPrefix(_ prefix: String?) async {
        var settings = Self.settings(.tag)
        settings.subjectPrefix = prefix.map { Array($0.utf8) }
        #expect(await Self.spoof.judged(settings).changes.replaced.isEmpty)
    }

    @Test("honest mail gets the results alone")
    func honest() async throws {
        var settings = Self.settings(.careful)
        settings.subjectPrefix = Array("[spam?]".utf8)
        let letter = try Self.spoof.signed(by: [World.key("strict.example")])
        let verdict = await letter.judged(settings)
        #expect(verdict.changes.removed.isEmpty && verdict.changes.replaced.isEmpty)
        #expect(verdict.changes.added.map(\.name) == ["Authentication-Results"])
        #expect(verdict.notes.isEmpty)
    }

    static var dryRuns: [(String, Letter, (inout DecisionPolicy) -> Void, Disposition?, String?)] {
        [
            ("reject", spoof, { $0.onRejectRequest = .reject }, .reject, "would-reject; DMARC fails"),
            ("quarantine", spoof, { $0.onRejectRequest = .quarantine }, .quarantine, "would-quarantine; DMARC fails"),
            ("tag", spoof, { $0.onRejectRequest = .tag }, nil, "would-tag; DMARC fails"),
            ("accept", spoof, { $0.onRejectRequest = .accept }, nil, nil),
            (
                "tempfail", Letter(fields: ["From: a@dead.example"], mailFrom: ""), { _ in }, .tempfail,
                "would-tempfail; DNS failed"
            ),
        ]
    }

    @Test("a dry run delivers everything, changes no subject, and records what it would have done")
    func dryRun() async {
        for (name, letter, change, expected, mark) in Self.dryRuns {
            var settings = GuardSettings.policy(change)
            settings.policy.isDryRun = true
            settings.subjectPrefix = Array("[spam?]".utf8)
            let verdict = await letter.judged(settings)
            #expect(verdict.decision.disposition == .accept, "\(name)")
            #expect(verdict.decision.reply == nil)
            #expect(!verdict.isHeld)
            #expect(verdict.decision.dryRun == expected, "\(name)")
            let fields = letter.fields(after: verdict)
            #expect(fields.first?.hasPrefix("Authentication-Results:") == true)
            #expect(
                fields.first { $0.hasPrefix("X-Postseal") }?.hasPrefix("X-Postseal: \(mark ?? "")")
                    == (mark == nil ? nil : true))
            #expect(verdict.changes.replaced.isEmpty)
        }
    }

    @Test("Received-SPF goes below the results, if asked for, and says who we are")
    func receivedSPF() async {
        let verdict = await Self.spoof.judged(
            .with {
                $0.addsReceivedSPF = true
                $0.policy.onRejectRequest = .accept
            })
        #expect(verdict.changes.added.map(\.name) == ["Authentication-Results", "Received-SPF"])
        let field = Self.spoof.fields(after: verdict)[1]
        #expect(field.hasPrefix("Received-SPF: fail (mx.example: "))
        #expect(field.hasSuffix("identity=mailfrom"))
        let unknown = await Letter(client: nil).judged(
            .with {
                $0.addsReceivedSPF = true
                $0.policy.onRejectRequest = .accept
            })
        #expect(unknown.changes.added.map(\.name) == ["Authentication-Results"], "what was not checked is not told")
    }

    @Test("no text of a sender gets more than its place in a mark")
    func injection() async {
        let letter = Letter(fields: ["From: a@\"x\r\n y: z\".example <a@strict.example>", "Subject: s"])
        for action in PolicyAction.allCases {
            let verdict = await letter.judged(.policy { $0.onAmbiguousAuthor = action })
            let header = MailMessage(parsing: verdict.changes.applied(to: letter.header.header))
            #expect(header.defects.isEmpty)
            #expect(header.header.fields.count == 2 + verdict.changes.added.count)
        }
    }
}
