import Foundation
import MailNames
import MilterProtocol
import TestSupport
import Testing

/// The integration tests of a library for filters in Go: what a client says, what the mail server decides with a
/// certain filter, and the message that goes out. Both sides are ours here, the filters as the suite describes them.
enum MilterSuite {
    static func run() async throws -> [SuiteTally]? {
        guard let folder = try Suites.folder("milter-go-testcases") else { return nil }
        var tally = SuiteTally(suite: "milter-go-testcases", standard: "milter protocol, version 6")
        for (name, filter) in MilterSuiteFilter.all.sorted(by: { $0.key < $1.key }) {
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: name).path)
            for file in files.filter({ $0.hasSuffix(".testcase") }).sorted() {
                let text = String(
                    decoding: try Suites.bytes(folder.appending(path: "\(name)/\(file)")), as: UTF8.self)
                do {
                    var dialogue = try MilterSuiteDialogue(filter)
                    let steps = try MilterSuiteCase.read(text)
                    let problems = try steps.flatMap { try dialogue.problems($0) }
                    if problems.isEmpty {
                        tally.agreed += 1
                    } else {
                        tally.failures.append("\(name)/\(file): \(problems.joined(separator: "; "))")
                    }
                } catch {
                    tally.failures.append("\(name)/\(file): \(error)")
                }
            }
        }
        return [tally]
    }
}

/// One transaction of a file, and what is to come of it.
struct MilterSuiteCase {
    struct Malformed: Error {
        var line: String
    }

    /// An address, and what stood behind it.
    struct Path: Hashable {
        var address: String
        var rest: String
    }

    var isSecure = false
    var user: String?
    /// Recipients of envelopes that came to nothing before.
    var resets: [[Path]] = []
    var sender: Path?
    var recipients: [Path] = []
    var header: String?
    var body: String?

    /// What the mail server is to say in the end.
    var decision = ""
    var reply = ""
    var sentSender: Path?
    var sentRecipients: [Path] = []
    var sentHeader: String?
    var sentBody: String?

    static func read(_ text: String) throws -> [MilterSuiteCase] {
        var cases: [MilterSuiteCase] = []
        var current = MilterSuiteCase()
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[...]
        if lines.last?.isEmpty == true { lines.removeLast() }
        while let line = lines.popFirst() {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            let isOutput = !current.decision.isEmpty
            switch words.first ?? "" {
            case "#":
                if isOutput { cases.append(current) }
                current = MilterSuiteCase(isSecure: current.isSecure, user: current.user)
            case "STARTTLS": current.isSecure = true
            case "AUTH": current.user = words.last
            case "RESET":
                current.resets.append(current.recipients)
                current.recipients = []
            case "FROM":
                if isOutput { current.sentSender = try path(line) } else { current.sender = try path(line) }
            case "TO":
                if isOutput {
                    current.sentRecipients.append(try path(line))
                } else {
                    current.recipients.append(try path(line))
                }
            case "HEADER":
                if isOutput { current.sentHeader = block(&lines) } else { current.header = block(&lines) }
            case "BODY": if isOutput { current.sentBody = block(&lines) } else { current.body = block(&lines) }
            case "DECISION":
                current.decision = words.last ?? ""
                guard current.decision.hasPrefix("CUSTOM") else { break }
                var reply: [String] = []
                while let next = lines.first, next.first?.isNumber == true {
                    reply.append(next)
                    lines.removeFirst()
                }
                current.reply = reply.joined(separator: "\r\n")
            default: throw Malformed(line: line)
            }
        }
        return cases + [current]
    }

    private static func path(_ line: String) throws -> Path {
        guard let start = line.firstIndex(of: "<"), let end = line.firstIndex(of: ">") else {
            throw Malformed(line: line)
        }
        let rest = line[line.index(after: end)...].trimmingCharacters(in: .whitespaces)
        return Path(address: String(line[line.index(after: start)..<end]), rest: rest)
    }

    /// Lines up to one that is a dot, with CRLF.
    private static func block(_ lines: inout ArraySlice<String>) -> String {
        var text = ""
        while let line = lines.popFirst(), line != "." { text += line + "\r\n" }
        return text
    }

    /// The transaction with what the file leaves open filled in.
    func transaction(recipients: [Path]) -> MilterTransaction {
        let all = recipients.isEmpty ? [Path(address: "to@example.com", rest: "")] : recipients
        let content = (header ?? "From: <from@example.com>\r\nTo: <to@example.com>\r\n") + "\r\n" + (body ?? "test\r\n")
        let (fields, octets) = MilterField.read(message: Array(content.utf8))
        var mail: [MilterMacro] = []
        if isSecure { mail.append(MilterMacro("tls_version", "TLSv1.3")) }
        if let user { mail.append(MilterMacro("auth_authen", user)) }
        return MilterTransaction(
            connection: MilterConnection(hostName: "localhost", address: .v4(0x7F00_0001), port: 2525),
            helo: Array("localhost".utf8), sender: MilterPath(sender?.address ?? "from@example.com"),
            recipients: all.map { MilterPath($0.address) }, fields: fields, body: Array(octets),
            macros: [.connect: [MilterMacro("j", "mx.example.com")], .mail: mail])
    }
}

@Suite("Conformance: milter")
struct MilterConformance {
    @Test("every published dialogue has its decision, and its message goes out")
    func everyCase() async throws {
        for tally in try await MilterSuite.run() ?? [] {
            print(tally.line)
            #expect(tally.failures.isEmpty, "\(tally.failures.joined(separator: "\n"))")
            #expect(tally.ran == 36)
        }
    }
}
