internal import MailBytes
internal import MilterProtocol

/// What the mail server was told about a message: read off the wire, with the daemon's own words from its log.
struct DemoVerdict: Sendable {
    var outcome: DemoOutcome
    /// What the sender's server is told, if the message is not taken.
    var reply: String?
    /// What was changed in the header, besides our own results.
    var changes: [String] = []
    /// The parts of the Authentication-Results field that was put on top.
    var results: [String] = []
    /// What the daemon wrote into its log; nil if the line was lost.
    var record: DemoRecord?

    init(_ answer: MilterOutcome, record: DemoRecord?) {
        self.record = record
        outcome = .accepted
        switch answer.reply {
        case .replyCode(let octets):
            let text = Self.text(octets)
            reply = text.replacing("%%", with: "%")
            outcome = text.hasPrefix("4") ? .deferred : .refused
        case .tempfail, .shutdown, .connectionFailure: outcome = .deferred
        case .reject, .discard: outcome = .refused
        default: for change in answer.changes { take(change) }
        }
    }

    private mutating func take(_ change: MilterChange) {
        switch change {
        case .insertHeader(_, let name, let value), .addHeader(let name, let value):
            takeNewField(Self.text(name), value)
        case .changeHeader(let name, _, let value): changes.append("\(Self.text(name)): \(Self.text(value))")
        case .deleteHeader(let name, _): changes.append("forged \(Self.text(name)) removed")
        case .quarantine: outcome = .quarantined
        case .replaceBody, .addRecipient, .deleteRecipient, .changeSender: break
        }
    }

    private mutating func takeNewField(_ name: String, _ value: [UInt8]) {
        let text = Self.text(value)
        switch name {
        case "Authentication-Results": results = Self.parts(of: text)
        case "DKIM-Signature":
            outcome = .signed
            changes.append("\(name) of \(Self.tag("d", of: text)) added, \(Self.tag("a", of: text))")
        default:
            if name == "X-Postseal", outcome == .accepted { outcome = .marked }
            // What it says is the reason once more.
            changes.append("\(name) added")
        }
    }

    /// The field in pieces that fit a line: by results, and by the words of long ones.
    private static func parts(of text: String) -> [String] {
        let indent = DemoStyle.columns - partColumns
        return text.split(separator: "; ").flatMap { result in
            DemoStyle.wrapped(String(result), indent: indent).enumerated().map { line in
                (line.offset == 0 ? "" : "  ") + line.element
            }
        }
    }

    private static let partColumns = 74

    /// The value of a tag of a signature.
    private static func tag(_ name: String, of value: String) -> String {
        for part in value.split(separator: ";") {
            let words = part.split(whereSeparator: \.isWhitespace)
            if let word = words.first, word.hasPrefix(name + "=") { return String(word.dropFirst(name.count + 1)) }
        }
        return ""
    }

    /// The octets as one line of text.
    private static func text(_ octets: [UInt8]) -> String {
        String(lossy: octets).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}

extension DemoVerdict {
    /// What differs from the story, each as a clause.
    func differences(from expected: DemoExpectation) -> [String] {
        var differences: [String] = []
        if outcome != expected.outcome {
            differences.append("it is \(outcome.rawValue), and the story says \(expected.outcome.rawValue)")
        }
        guard let record else { return differences + ["the daemon's log does not say why"] }
        for (name, word) in [
            ("SPF", expected.spf), ("DKIM", expected.dkim), ("ARC", expected.arc), ("DMARC", expected.dmarc),
        ] where record.word(name) != word {
            differences.append("\(name) says \(record.word(name) ?? "nothing"), and the story \(word ?? "nothing")")
        }
        return differences
    }
}
