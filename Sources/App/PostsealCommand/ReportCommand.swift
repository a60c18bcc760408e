internal import ArgumentParser
internal import MailBytes
internal import Rendering
internal import TLSRPT

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Reads reports that others send about a domain.",
        subcommands: [ReportReadCommand.self])
}

struct ReportReadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read", abstract: "Reads TLS reports (RFC 8460), plain JSON.",
        discussion: """
            What senders do wrong without leaving doubt is borne and named. Exit status: 0 if every file is a report, \
            2 if one is not or cannot be read; the others are read all the same.
            """)

    @Argument(help: ArgumentHelp("Report files, and directories of them; - is standard input.", valueName: "file"))
    var files: [String]

    @Flag(name: .customLong("json"), help: "Print JSON, one object a line.")
    var json = false

    func run() throws {
        var worst = Verdict.good
        for file in FileInput.expand(files) {
            do {
                show(file, try Self.report(file))
            } catch let failure as CommandFailure {
                if json {
                    let object: JSONValue = ["file": .string(file), "error": .string(failure.sentence)]
                    Console.write(Array((object.text + "\n").utf8))
                }
                Console.complain(failure.sentence)
                worst = .unknown
            }
        }
        if worst != .good { throw worst }
    }

    private func show(_ file: String, _ report: TLSReport) {
        guard json else {
            for line in report.lines { Console.print(line) }
            return
        }
        guard case .object(let members) = report.normalizedJSON else { return }
        let object = JSONValue.object([JSONMember("file", .string(file))] + members)
        Console.write(Array((object.text + "\n").utf8))
    }

    /// The report in a file.
    private static func report(_ file: String) throws -> TLSReport {
        let octets = try FileInput.read(file)
        if let kind = otherKind(octets) {
            throw CommandFailure("\(file) is \(kind); only the plain JSON of TLS reports is read")
        }
        do {
            return try TLSReport(parsing: octets)
        } catch {
            throw CommandFailure("\(file) is no TLS report: \(error)")
        }
    }

    /// What a file is that reports come in, and that is not read.
    static func otherKind(_ octets: [UInt8]) -> String? {
        let kinds = [
            ("\u{1F}", "compressed with gzip"), ("PK", "a zip file"), ("<", "XML"), ("From", "a mail"),
            ("Received:", "a mail"), ("Return-Path:", "a mail"), ("Delivered-To:", "a mail"),
        ]
        return kinds.first { octets.starts(with: $0.0.utf8) }?.1
    }
}
