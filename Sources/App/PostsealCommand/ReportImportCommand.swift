internal import ArgumentParser
internal import CMalloc
internal import MailBytes
internal import MailReports
internal import PostsealReports
internal import Rendering

struct ReportImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Puts reports into the store.",
        discussion: """
            Takes what 'report read' takes: directories with all below them, Maildirs with their subfolders, mbox \
            files. The same report counts once, however often it is imported. What is imported is counted, whoever \
            sent it. The daemon removes from the store what is older than its reports.keep-sums (1100 days). Exit \
            status: 0 if everything was read, 2 if something was refused, or no file is there at all; the rest is in \
            the store all the same.
            """)

    /// What the daemon keeps where its configuration does not say anything else.
    private static let retention = ReportRetention()

    static func warning(old: Int) -> String {
        "\(old.of("new report")) \(old == 1 ? "is" : "are") older than \(retention.tallyDays) days: the daemon removes "
            + "\(old == 1 ? "it" : "them") at its next start, unless reports.keep-sums in its configuration is more"
    }

    /// Refusals that are told one by one.
    private static let complaintsMax = 20

    @Argument(help: ArgumentHelp("Report files, mailboxes, and directories of them.", valueName: "path"))
    var paths: [String]

    @OptionGroup var store: ReportStoreOptions
    @OptionGroup var clock: ClockOptions

    @Flag(name: .customLong("json"), help: "Print JSON: a line for each refusal, and one for the whole.")
    var json = false

    /// What became of everything.
    private struct Counts {
        var files = 0
        var new = 0
        var known = 0
        var conflicting = 0
        var refused: [String: Int] = [:]
        /// New ones that are older than what is kept without more in the configuration.
        var old = 0

        var refusals: Int { refused.values.reduce(0, +) }
    }

    /// Memory that is given back to the system and taken again takes longer than what it is for.
    private static let memoryKept: Int32 = 64 << 20
    /// A piece of so many octets is given back: few reports are so large.
    private static let pieceKept: Int32 = 4 << 20

    mutating func run() async throws {
        mallopt(M_TRIM_THRESHOLD, Self.memoryKept)
        mallopt(M_MMAP_THRESHOLD, Self.pieceKept)
        let store = try await store.open(isReadOnly: false)
        let mailboxes = MailboxReader(files: MailboxFiles.expand(paths), received: clock.now)
        var pipeline = MailboxPipeline(mailboxes, into: store)
        var counts = Counts()
        let all = mailboxes.files.count
        do {
            try await pipeline.run { file, failure in
                refuse(file, [], failure.sentence, failure.reason, &counts)
            } stored: { batch, results, files in
                account(batch, results, &counts)
                progress(files, all, counts)
            }
        } catch {
            counts.files = pipeline.mailboxes.filesBehind
            conclude(counts)
            throw error
        }
        counts.files = all
        if Console.showsProgress { Console.progress("") }
        conclude(counts)
        if all == 0, let complaint = MailboxFiles.complaint(ofNothingIn: paths) { throw CommandFailure(complaint) }
        if counts.refusals > 0 { throw Verdict.unknown }
    }

    private func account(_ batch: MailboxPipeline.Batch, _ results: [[ReportIntake]], _ counts: inout Counts) {
        for (item, result) in zip(batch, results) {
            let isOld = Self.retention.forgets(item.arrival, at: clock.now)
            for (index, (path, intake)) in zip(item.arrival.paths, result).enumerated() {
                switch intake {
                case .new:
                    counts.new += 1
                    if isOld[index] { counts.old += 1 }
                case .known: counts.known += 1
                case .conflicting: counts.conflicting += 1
                case .refused(let error): refuse(item.file, path, error.description, error.word, &counts)
                }
            }
        }
    }

    private func refuse(
        _ file: String, _ part: [String], _ sentence: String, _ reason: String, _ counts: inout Counts
    ) {
        counts.refused[reason, default: 0] += 1
        if json {
            let object: JSONValue = [
                "file": .string(file), "part": part.isEmpty ? .null : .array(part.map { .string($0) }),
                "error": .string(sentence), "reason": .string(reason),
            ]
            Console.write(Array((object.text + "\n").utf8))
            return
        }
        guard counts.refusals <= Self.complaintsMax else { return }
        if Console.showsProgress { Console.progress("") }
        let place = part.isEmpty ? "" : " (\(part.joined(separator: ", ")))"
        Console.complain("\(file)\(place) is refused: \(sentence)")
    }

    private func progress(_ done: Int, _ all: Int, _ counts: Counts) {
        guard Console.showsProgress else { return }
        let found = "\(counts.new) new, \(counts.known) known, \(counts.refusals) refused"
        Console.progress("\(done) of \(all) files, \(found)")
    }

    private func conclude(_ counts: Counts) {
        defer { if counts.old > 0 { Console.complain(Self.warning(old: counts.old)) } }
        let reasons = counts.refused.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        if json {
            let object: JSONValue = [
                "files": JSONValue(counts.files), "new": JSONValue(counts.new), "known": JSONValue(counts.known),
                "conflicting": JSONValue(counts.conflicting), "refused": JSONValue(counts.refusals),
                "reasons": .object(reasons.map { JSONMember($0.key, JSONValue($0.value)) }),
            ]
            Console.write(Array((object.text + "\n").utf8))
            return
        }
        if counts.refusals > Self.complaintsMax {
            Console.complain("and \(counts.refusals - Self.complaintsMax) more; --json tells each")
        }
        var line = "\(counts.files) files: \(counts.new) new, \(counts.known) known, \(counts.refusals) refused"
        if !reasons.isEmpty { line += " (\(reasons.map { "\($0.key) \($0.value)" }.joined(separator: ", ")))" }
        Console.print(line)
        if counts.conflicting > 0 {
            Console.print(
                "\(counts.conflicting) say other things than reports of the same reporter, period and identifier that "
                    + "were there before: they are kept apart (see report list --apart)")
        }
    }
}

/// A failure of the store, said as a command says it.
enum StoreFailure {
    static func command(_ error: any Error) -> CommandFailure { CommandFailure("\(error)") }
}
