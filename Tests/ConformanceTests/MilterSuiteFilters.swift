import MilterProtocol

/// The filter that belongs to a folder of the suite.
struct MilterSuiteFilter: Sendable {
    /// What is known of a message when something is decided.
    struct Known {
        var sender = ""
        var recipients: [String] = []
        var macros = MilterMacros()
        var body: [UInt8] = []
    }

    var decides: Set<MilterStage> = []
    var decide: @Sendable (MilterEvent, Known) -> MilterVerdict = { _, _ in .continue }
    var end: @Sendable (Known) -> (MilterVerdict, [MilterChange]) = { _ in (.accept, []) }

    static let all: [String: MilterSuiteFilter] = [
        "auth": auth, "body": body, "header": header, "macro": macro, "mail-from": mailFrom, "milter": milter,
        "rcpt-to": recipients,
    ]

    private static let auth = MilterSuiteFilter(
        decides: [.mail],
        decide: { _, known in
            if known.macros.text("tls_version") == nil { return refusal(500, nil, "No starttls") }
            let user = known.macros.text("auth_authen")
            return user == "user1@example.com" ? refusal(502, nil, "Ok") : refusal(501, nil, "No authentication")
        })

    private static let mailFrom = MilterSuiteFilter(
        decides: [.mail], decide: { _, known in verdict(known.sender) },
        end: { known in
            if known.sender == "change@example.com" {
                return (.accept, [.changeSender(MilterPath("another@example.com"))])
            }
            return (.accept, known.sender == "quarantine@example.com" ? [hold] : [])
        })

    private static let recipients = MilterSuiteFilter(
        decides: [.recipient, .data],
        decide: { event, known in
            guard case .data = event else {
                switch known.recipients.last {
                case "reject-one@example.com": return .reject
                case "discard-one@example.com": return .discard
                default: return .continue
                }
            }
            return known.recipients.lazy.map(verdict).first { $0 != .continue } ?? .continue
        },
        end: { known in
            let another = MilterChange.addRecipient(MilterPath("another@example.com"))
            let changes = known.recipients.flatMap { recipient -> [MilterChange] in
                switch recipient {
                case "quarantine@example.com": [hold]
                case "add@example.com": [another]
                case "change@example.com": [.deleteRecipient(MilterPath(recipient)), another]
                default: []
                }
            }
            return (.accept, changes)
        })

    private static let milter = MilterSuiteFilter(
        decides: [.recipient],
        decide: { _, known in
            known.recipients.last == "other-spammer@example.com" ? refusal(550, nil, "No") : .continue
        },
        end: { known in
            guard known.sender == "reject-me@example.com" else { return (.accept, []) }
            return (refusal(550, "5.7.1", "We do not like you", "very much, please go away"), [])
        })

    private static let macro = MilterSuiteFilter(end: { known in
        (known.macros.text("j") == nil ? refusal(500, nil, "No name") : .accept, [])
    })

    private static let body = MilterSuiteFilter(end: { known in
        (.accept, known.sender == "add@example.com" ? [.replaceBody(known.body + Array("two\r\n".utf8))] : [])
    })

    private static let header = MilterSuiteFilter(end: { known in
        let end = [add("X-ADD1"), add("X-ADD2")]
        let top = [insert(1, "X-First1"), insert(2, "X-First2")]
        let changes: [MilterChange] =
            switch known.sender {
            case "add@example.com": end
            case "add-first@example.com": top
            // Behind the mail server's own field, From and To.
            case "add-middle@example.com": [insert(3, "X-Middle1"), insert(4, "X-Middle2")]
            case "subject@example.com": [change("Subject", " changed")]
            case "del@example.com": [.deleteHeader(name: Array("Subject".utf8), occurrence: 1)]
            case "multi@example.com":
                top + [.deleteHeader(name: Array("Subject".utf8), occurrence: 1), insert(5, "X-Before-DATE")] + end
            case "multiline@example.com": [add("X-MultiLine", " Line1\r\n\tLine2\r\n\tLine3")]
            case "change-to@example.com": [change("To", " <to@example.com>,\r\n <to@example.org>")]
            default: []
            }
        return (.accept, changes)
    })

    private static let hold = MilterChange.quarantine(reason: Array("test".utf8))

    private static func add(_ name: String, _ value: String = " Test") -> MilterChange {
        .addHeader(name: Array(name.utf8), value: Array(value.utf8))
    }

    private static func insert(_ index: Int, _ name: String) -> MilterChange {
        .insertHeader(index: index, name: Array(name.utf8), value: Array(" Test".utf8))
    }

    private static func change(_ name: String, _ value: String) -> MilterChange {
        .changeHeader(name: Array(name.utf8), occurrence: 1, value: Array(value.utf8))
    }

    @Sendable
    private static func verdict(_ address: String) -> MilterVerdict {
        switch address {
        case "temp-fail@example.com": .tempfail
        case "reject@example.com": .reject
        case "discard@example.com": .discard
        case "custom@example.com": refusal(555, "5.0.0", "custom")
        default: .continue
        }
    }

    private static func refusal(_ code: Int, _ enhanced: String?, _ lines: String...) -> MilterVerdict {
        // No verdict of the suite is `discard` by mistake: a reply that can't be made shows.
        (try? MilterReplyText(code: code, enhanced: enhanced, lines: lines)).map { .reply($0) } ?? .discard
    }
}
