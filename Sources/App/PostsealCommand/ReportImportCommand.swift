internal import ArgumentParser
internal import MailBytes
internal import MailReports
internal import PostsealReports
internal import Rendering

struct ReportImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Puts reports into the store.",
        discussion: """
            Takes what 'report read' takes, and whole mailboxes: directories with all below them, Maildirs, mbox \
            files. The same report counts once, however often it is imported. What is imported is counted, whoever \
            sent it. Exit status: 0 if everything was read, 2 if something was refused; the rest is in the store all \
            the same.
            """)

    /// What is stored at once: each time waits for the disk.
    private static let batchMax = 1000
    private static let batchOctetsMax = 16 << 20
    /// Limit: records of reports in memory. Ten thousand take some ten megabytes.
    private static let batchRecordsMax = 10_000
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

        var refusals: Int { refused.values.reduce(0, +) }
    }

    private typealias Batch = [(file: String, arrival: ReportArrival)]

    mutating func run() async throws {
        let store = try await store.open(isReadOnly: false)
        var mailboxes = MailboxReader(files: MailboxFiles.expand(paths), received: clock.now)
        var counts = Counts()
        var isAtEnd = false
        var read: Batch = []
        while !isAtEnd || !read.isEmpty {
            // What is read is stored while what comes next is read.
            let storing = read
            async let stored = Self.take(storing.map(\.arrival), store)
            read = await next(from: &mailboxes, &counts)
            isAtEnd = read.isEmpty
            do {
                account(storing, try await stored, &counts)
            } catch {
                conclude(counts)
                throw error
            }
            progress(mailboxes.filesBehind, mailboxes.files.count, counts)
        }
        if Console.showsProgress { Console.progress("") }
        conclude(counts)
        if counts.refusals > 0 { throw Verdict.unknown }
    }

    /// Reads as much as is stored at once; nothing at the end.
    private func next(from mailboxes: inout MailboxReader, _ counts: inout Counts) async -> Batch {
        var batch: Batch = []
        var (octets, records) = (0, 0)
        while batch.count < Self.batchMax, octets < Self.batchOctetsMax, records < Self.batchRecordsMax {
            let pieces = await mailboxes.next()
            guard !pieces.isEmpty else { break }
            for piece in pieces {
                switch piece.outcome {
                case .success(let arrival):
                    batch.append((piece.file, arrival))
                    octets += arrival.octets.count
                    records += arrival.recordCount
                case .failure(let failure): refuse(piece.file, [], failure.sentence, failure.reason, &counts)
                }
            }
        }
        counts.files = mailboxes.filesBehind
        return batch
    }

    private static func take(_ arrivals: [ReportArrival], _ store: any ReportStore) async throws -> [[ReportIntake]] {
        guard !arrivals.isEmpty else { return [] }
        do {
            return try await store.take(arrivals)
        } catch {
            throw StoreFailure.command(error)
        }
    }

    private func account(_ batch: Batch, _ results: [[ReportIntake]], _ counts: inout Counts) {
        for (item, result) in zip(batch, results) {
            for (finding, intake) in zip(item.arrival.findings, result) {
                switch intake {
                case .new: counts.new += 1
                case .known: counts.known += 1
                case .conflicting: counts.conflicting += 1
                case .refused(let error): refuse(item.file, finding.path, error.description, error.word, &counts)
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
                    + "were there before; those count")
        }
    }
}

/// A failure of the store, said as a command says it.
enum StoreFailure {
    static func command(_ error: any Error) -> CommandFailure { CommandFailure("\(error)") }
}
