internal import ArgumentParser
internal import MailBytes
internal import MailFormat
internal import MailReports
internal import Rendering

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Reads and keeps reports that others send about a domain.",
        subcommands: [
            ReportReadCommand.self, ReportImportCommand.self, ReportListCommand.self, ReportShowCommand.self,
            ReportAcceptCommand.self, ReportSummaryCommand.self, ReportWhatIfCommand.self, ReportBuildCommand.self,
            ReportSendCommand.self, ReportSentCommand.self,
        ])
}

struct ReportReadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read", abstract: "Reads DMARC aggregate and failure reports, and TLS reports.",
        discussion: """
            A file is XML, JSON, either packed by gzip or zip, a whole mail with any number of these in it, or an \
            mbox file of mails; what it is, is seen by its octets and not by its name. What senders do wrong without \
            leaving doubt is borne and named. Exit status: 0 if every file, and every mail of an mbox file, holds \
            reports and each of them is read, 2 if not; the others are read all the same.
            """)

    @Argument(help: ArgumentHelp("Report files, and directories of them; - is standard input.", valueName: "file"))
    var files: [String]

    @Flag(name: .customLong("json"), help: "Print JSON, one object a line.")
    var json = false

    func run() throws {
        var worst = Verdict.good
        let paths = MailboxFiles.expand(files)
        if paths.isEmpty, let complaint = MailboxFiles.complaint(ofNothingIn: files) { throw CommandFailure(complaint) }
        for path in paths {
            let file = path.description
            do {
                for message in Mbox.messages(in: try FileInput.read(path)) {
                    let name = path == .standardInput ? nil : path.name
                    if !show(file, ReportFile(reading: Array(message), name: name)) { worst = .unknown }
                }
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

    /// Prints what a file holds. Whether all of it was read.
    private func show(_ file: String, _ reports: ReportFile) -> Bool {
        var isGood = true
        for finding in reports.findings {
            if json, case .object(let members) = finding.normalizedJSON {
                let object = JSONValue.object([JSONMember("file", .string(file))] + members)
                Console.write(Array((object.text + "\n").utf8))
            } else {
                for line in finding.lines { Console.print(line) }
            }
            if case .failure(let error) = finding.outcome {
                isGood = false
                let place = finding.path.isEmpty ? "" : " (\(finding.path.joined(separator: ", ")))"
                Console.complain("\(file)\(place) is no report: \(error)")
            }
        }
        return isGood
    }
}
