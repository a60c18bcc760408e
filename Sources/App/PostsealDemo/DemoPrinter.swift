/// Prints what happens, for somebody who has never heard of DMARC.
struct DemoPrinter: Sendable {
    let style: DemoStyle
    let write: @Sendable (String) -> Void
    /// Columns of the time of day, with the space behind it.
    private static let indent = 7
    /// Columns of the verdict.
    private static let titleColumns = 15
    private static let separator = " · "
    /// Limit: characters of a domain that are shown among the results.
    private static let domainMax = 40
    private var margin: String { String(repeating: " ", count: Self.indent) }
    /// As wide as time and verdict.
    private var deep: String { String(repeating: " ", count: Self.indent + Self.titleColumns) }

    /// The first lines of a message, before it is sent.
    func announce(_ message: DemoMessage) {
        let sender = message.shownFrom
        write(
            style.paint(DemoStyle.padded(message.time, to: Self.indent), .bold)
                + style.paint(sender, .bold) + style.paint(" → ", .dim) + message.recipient)
        for line in DemoStyle.wrapped(message.story, indent: Self.indent) { write(margin + line) }
    }

    /// What came of a message.
    func show(_ verdict: DemoVerdict, differences: [String], showingResults: Bool = false) {
        show(verdict.record?.checks ?? [], author: verdict.record?.author ?? "")
        show(verdict.outcome, verdict.record?.plainReason ?? "")
        if let reply = verdict.reply { note("the sender's server is told", reply) }
        for change in verdict.changes { note("header", change) }
        if showingResults, !verdict.results.isEmpty {
            note("header, as every message gets it", "Authentication-Results added")
            for part in verdict.results { write(deep + "  " + style.paint(DemoStyle.clean(part), .dim)) }
        }
        for difference in differences { write(margin + style.paint("NOT AS EXPECTED: \(difference)", .bold, .red)) }
        write("")
    }

    /// A line of the log that belongs to no message of the day: somebody else's message, or a complaint.
    func show(stranger record: DemoRecord) {
        if record.isVerdict { show(visitor: record) } else if record.isComplaint { show(complaint: record) }
    }

    /// A message that could not be sent.
    func show(failure: String) {
        write(margin + style.paint("NOT SENT: \(DemoStyle.clean(failure))", .bold, .red))
        write("")
    }

    /// A message that somebody else sent.
    private func show(visitor record: DemoRecord) {
        let author = record.author.isEmpty ? "no author" : record.author
        let sender = record.mailFrom.isEmpty ? "nobody" : record.mailFrom
        let way = record.queueID == nil ? "over HTTP" : "over the milter"
        write(
            style.paint(DemoStyle.padded("yours", to: Self.indent), .bold)
                + style.paint("a message from \(DemoStyle.clean(author))", .bold)
                + style.paint(", sent as \(DemoStyle.clean(sender)) \(way)", .dim))
        show(record.checks, author: record.author)
        show(record.outcome, record.plainReason)
        write("")
    }

    /// Something that the daemon complains of.
    private func show(complaint record: DemoRecord) {
        for line in DemoStyle.wrapped("the daemon says: \(record.message)", indent: Self.indent) {
            write(margin + style.paint(line, .yellow))
        }
    }

    private func show(_ checks: [DemoRecord.Check], author: String) {
        guard !checks.isEmpty else { return }
        var line = ""
        var columns = Self.indent
        for check in checks {
            // Whose result it is goes without saying where it is the author's.
            let isNamed = check.name != "DMARC" && check.domain != author && !check.domain.isEmpty
            let domain = isNamed ? " (\(DemoStyle.clean(String(check.domain.prefix(Self.domainMax)))))" : ""
            let word = DemoStyle.clean(check.word)
            let width = check.name.count + 1 + word.count + domain.count
            if !line.isEmpty, columns + Self.separator.count + width > DemoStyle.columns {
                write(margin + line)
                (line, columns) = ("", Self.indent)
            }
            if !line.isEmpty { line += style.paint(Self.separator, .dim) }
            columns += width + (line.isEmpty ? 0 : Self.separator.count)
            line += style.paint(check.name, .dim) + " " + paint(word: word) + style.paint(domain, .dim)
        }
        write(margin + line)
    }

    private func paint(word: String) -> String {
        switch word {
        case "pass": style.paint(word, .green)
        case "none", "neutral": style.paint(word, .dim)
        case "temperror": style.paint(word, .blue)
        case "softfail": style.paint(word, .yellow)
        default: style.paint(word, .red)
        }
    }

    private func show(_ outcome: DemoOutcome, _ reason: String) {
        let title = DemoStyle.padded("\(outcome.sign) \(outcome.rawValue.uppercased())", to: Self.titleColumns)
        for (index, line) in DemoStyle.wrapped(reason, indent: Self.indent + Self.titleColumns).enumerated() {
            let start =
                index == 0
                ? style.paint(title, .bold, outcome.tone) : String(repeating: " ", count: Self.titleColumns)
            write(margin + start + line)
        }
    }

    /// Details, below the reason.
    private func note(_ label: String, _ text: String) {
        let indent = Self.indent + Self.titleColumns
        let lead = indent + label.count + 2
        for (index, line) in DemoStyle.wrapped(text, indent: indent + 2, first: lead).enumerated() {
            write(deep + (index == 0 ? "" : "  ") + style.paint((index == 0 ? label + ": " : "") + line, .dim))
        }
    }
}

extension DemoRecord {
    /// What became of the message, in the demo's words.
    var outcome: DemoOutcome {
        switch disposition {
        case "tag": .marked
        case "quarantine": .quarantined
        case "reject": .refused
        case "tempfail": .deferred
        default: isSigned ? .signed : .accepted
        }
    }
}
