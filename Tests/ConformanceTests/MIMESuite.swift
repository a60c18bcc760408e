import Foundation
import MailBytes
import MailFormat
import TestSupport
import Testing

/// The corpus of the mail-parser library, as far as it is about what Postseal reads: seven tables of header fields, and
/// 107 messages of which each comes with LF and with CR LF.
///
/// Both sides of a case are written as one line of text, which is compared. A difference is a failure unless
/// ``MIMEDecisions`` names the case; a decision whose case agrees is a failure as well.
enum MIMESuite {
    static func run() async throws -> [SuiteTally]? {
        guard let folder = try Suites.folder("mime-mail-parser") else { return nil }
        var tallies: [SuiteTally] = []
        for table in tables {
            var run = MIMERun(suite: "mime-mail-parser/\(table.name)", standard: table.standard)
            let entries = try Suites.json(folder.appending(path: table.name + ".json")).arrayValue ?? []
            for (number, entry) in entries.enumerated() {
                guard let header = entry["header"]?.stringValue, let expected = entry["expected"] else {
                    run.tally.failures.append("\(table.name) \(number): not of the form of the table")
                    continue
                }
                run.compare("\(table.name) \(number)", table.published(expected), table.ours(field(header)))
            }
            tallies.append(run.finish())
        }
        tallies.append(try messages(folder))
        guard let structure = try MIMEStructureSuite.run() else { return nil }
        tallies.append(structure)
        return tallies
    }

    /// A table: how both sides of its cases are written.
    private struct Table: Sendable {
        var name: String
        var standard: String
        var published: @Sendable (JSONValue) -> String
        var ours: @Sendable ([UInt8]) -> String
    }

    private static let tables: [Table] = [
        Table(name: "address", standard: "RFC 5322", published: MIMEText.addresses, ours: MIMEText.ourAddresses),
        Table(
            name: "content_type", standard: "RFC 2045", published: MIMEText.contentType, ours: MIMEText.ourContentType),
        Table(name: "date", standard: "RFC 5322", published: MIMEText.date, ours: MIMEText.ourDate),
        Table(name: "id", standard: "RFC 5322", published: MIMEText.list) {
            MIMEText.line(MessageIdentifier.list(parsing: $0[...]).map(\.text))
        },
        Table(name: "list", standard: "RFC 5322", published: MIMEText.list, ours: MIMEText.ourList),
        Table(name: "received", standard: "RFC 5321", published: MIMEText.received, ours: MIMEText.ourReceived),
        Table(
            name: "unstructured", standard: "RFC 2047", published: { $0.stringValue ?? "null" },
            ours: MIMEText.unstructured),
    ]

    /// The value of a field as a table has it: up to the line break that no white space follows.
    private static func field(_ text: String) -> [UInt8] {
        let bytes = Array("X:".utf8) + Array(text.utf8)
        let header = MailMessage(parsing: bytes).header
        guard let field = header.fields.first else { return [] }
        return Array(header.value(of: field))
    }

    private static func messages(_ folder: URL) throws -> SuiteTally {
        var run = MIMERun(suite: "mime-mail-parser/messages", standard: "RFC 2046")
        for group in ["legacy", "malformed", "rfc", "thirdparty"] {
            let directory = folder.appending(path: "eml/\(group)")
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            for name in names.filter({ $0.hasSuffix(".eml") }).sorted() {
                let number = String(name.dropLast(4))
                let bytes = try Suites.bytes(directory.appending(path: name))
                // The plain expectation is that of the file with LF, also where the file has CR LF.
                let network = MailMessage.withNetworkLineEndings(bytes)
                for (kind, octets) in [("", withoutCarriageReturns(network)), (".crlf", network)] {
                    let expected = try Suites.json(directory.appending(path: number + kind + ".json"))
                    run.compare(
                        "\(group) \(number)\(kind)", MIMETreeText.published(expected), MIMETreeText.ours(octets))
                }
            }
        }
        return run.finish()
    }

    private static func withoutCarriageReturns(_ bytes: [UInt8]) -> [UInt8] { bytes.filter { $0 != .carriageReturn } }
}

/// A tally with the decisions applied.
struct MIMERun {
    var tally: SuiteTally
    private var undecided: Set<String>

    init(suite: String, standard: String) {
        tally = SuiteTally(suite: suite, standard: standard)
        let table = suite.split(separator: "/").last.map(String.init) ?? ""
        undecided = Set(
            MIMEDecisions.reasons.keys.filter {
                table == "messages" ? !MIMEDecisions.isField($0) : $0.hasPrefix(table + " ")
            })
    }

    mutating func compare(_ name: String, _ published: String, _ ours: String) {
        // The corpus has NUL in a value; the page of results is text.
        let (published, ours) = (published.replacing("\u{0}", with: "\\0"), ours.replacing("\u{0}", with: "\\0"))
        if published == ours {
            tally.agreed += 1
        } else if let reason = MIMEDecisions.reasons[name] {
            undecided.remove(name)
            tally.decided.append(.init(name: name, published: published, ours: ours, reason: reason))
        } else {
            tally.failures.append("\(name):\n  published \(published)\n  ours      \(ours)")
        }
    }

    func finish() -> SuiteTally {
        var tally = tally
        tally.failures += undecided.sorted().map { "\($0): decided as a difference, and is none" }
        return tally
    }
}

@Suite struct MIMEConformance {
    @Test func `the corpus of mail-parser is read as published or as decided`() async throws {
        for tally in try await MIMESuite.run() ?? [] {
            print(tally.line)
            #expect(tally.failures.isEmpty, "\(tally.failures.joined(separator: "\n"))")
        }
    }
}
