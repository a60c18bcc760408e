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

    /// Files that are stored at once: each time waits for the disk.
    private static let batchMax = 100
    private static let batchOctetsMax = 16 << 20
    /// Limit: records of reports in memory. Ten thousand take some ten megabytes.
    private static let batchRecordsMax = 10_000
    /// Files that are read side by side, and their octets: reports unpack to many times their size.
    private static let readTogether = 16
    private static let readTogetherOctets = 256 << 10
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
        let files = MailboxFiles.expand(paths)
        let now = clock.now
        var counts = Counts()
        var (ready, pieces): (Batch, [Piece]) = ([], [])
        var octets = 0
        for (index, file) in files.enumerated() {
            counts.files += 1
            let whole: [UInt8]
            do {
                whole = try FileInput.read(file)
            } catch let failure as CommandFailure {
                refuse(file, [], failure.sentence, "unreadable", &counts)
                continue
            }
            let name = file.split(separator: "/").last.map(String.init)
            for octetsOfPiece in MailboxFiles.messages(whole) {
                guard octetsOfPiece.count <= ReportArrival.octetsMax else {
                    refuse(file, [], "larger than \(ReportArrival.octetsMax >> 20) MB", "too-large", &counts)
                    continue
                }
                pieces.append(Piece(file: file, name: name, octets: Array(octetsOfPiece)))
                octets += octetsOfPiece.count
                guard pieces.count >= Self.batchMax || octets >= Self.batchOctetsMax else { continue }
                try await turn(&ready, &pieces, now, store, &counts)
                octets = 0
                progress(index + 1, files.count, counts)
            }
        }
        try await turn(&ready, &pieces, now, store, &counts)
        try await turn(&ready, &pieces, now, store, &counts)
        if Console.showsProgress { Console.progress("") }
        conclude(counts)
        if counts.refusals > 0 { throw Verdict.unknown }
    }

    /// A file, or a mail of a mailbox, that is to be read.
    private struct Piece: Sendable {
        let file: String
        let name: String?
        let octets: [UInt8]
    }

    /// Stores what is read, and reads what comes next at the same time.
    private func turn(
        _ ready: inout Batch, _ pieces: inout [Piece], _ now: UnixTime, _ store: any ReportStore, _ counts: inout Counts
    ) async throws {
        let storing = ready
        async let stored = Self.take(storing.map(\.arrival), store)
        var next: Batch = []
        var rest = pieces[...]
        pieces = []
        while !rest.isEmpty {
            // What is small is read side by side; what is large, or may unpack to much, by itself.
            var (together, octets) = (0, 0)
            for piece in rest.prefix(Self.readTogether) {
                guard together == 0 || octets + piece.octets.count <= Self.readTogetherOctets else { break }
                together += 1
                octets += piece.octets.count
            }
            next += await Self.read(Array(rest.prefix(together)), now)
            rest = rest.dropFirst(together)
            // Memory for records is bounded, too.
            guard next.reduce(0, { $0 + $1.arrival.recordCount }) >= Self.batchRecordsMax, !rest.isEmpty else {
                continue
            }
            let results = try await Self.take(next.map(\.arrival), store)
            account(next, results, &counts)
            next = []
        }
        do {
            account(storing, try await stored, &counts)
        } catch {
            conclude(counts)
            throw error
        }
        ready = next
    }

    /// Reads pieces side by side. In their order.
    private static func read(_ pieces: [Piece], _ now: UnixTime) async -> Batch {
        guard pieces.count > 1 else {
            return pieces.map { ($0.file, ReportArrival(reading: $0.octets, name: $0.name, received: now)) }
        }
        return await withTaskGroup(of: (Int, ReportArrival).self) { group in
            for (place, piece) in pieces.enumerated() {
                group.addTask { (place, ReportArrival(reading: piece.octets, name: piece.name, received: now)) }
            }
            var arrivals: [Int: ReportArrival] = [:]
            for await (place, arrival) in group { arrivals[place] = arrival }
            return pieces.enumerated().compactMap { place, piece in arrivals[place].map { (piece.file, $0) } }
        }
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
