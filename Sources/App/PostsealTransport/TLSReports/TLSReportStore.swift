internal import Glibc
public import MailBytes
internal import MailNames
public import PostsealState
internal import Synchronization
public import TLSRPT

/// Sessions that are counted for TLS reports, in memory and in a file for each day.
///
/// Counting takes a lock and no file. ``flush()`` adds what was counted since the last time to the end of the day's
/// file: lines that add up, so that no line is ever written twice, and what a program's end cuts off is no line. When
/// most of a file could be told in fewer lines it is written anew, under another name that then takes its place.
///
/// Where a clock was ahead, a day is closed whose sessions are not all counted. Those that still come count for the
/// next day that is open: the day's reports are made, and others of the same day would be taken for them.
public final class TLSReportStore: Sendable {
    /// What there is to tell the administrator.
    public enum Report: Sendable, Hashable {
        /// Lines of a day's file that could not be read were passed over.
        case skipped(day: TLSReportDay, lines: Int)
        /// Sessions that no report will have, because of a limit.
        case omitted(day: TLSReportDay, sessions: Int)
        /// Nothing can be written; it is tried again each time.
        case cannotWrite(String)
        /// Sessions were lost: it is not known whether they are in the file, and none must be there twice.
        case lost(sessions: Int)
    }

    /// Limit: a larger file of a day is not one of ours.
    static let octetsMax = 1 << 30
    /// A file is written anew when it has grown by so much, and to twice its size.
    static let rewriteOctets = 1 << 20

    private struct DayFile {
        var total: TLSReportCounter
        var octets: Int
        /// How long it was when it had nothing twice.
        var plainOctets: Int
        /// Whether it ends within a line, because the program or the machine stopped there.
        var isWithinLine: Bool
    }

    private struct Files {
        var days: [TLSReportDay: DayFile] = [:]
        /// Days that nothing is added to any more.
        var closed: Set<TLSReportDay> = []
        /// What could not be written yet.
        var unwritten: TLSReportCounter
        var isFailing = false
    }

    /// Where the files are.
    public let folder: String
    private let limits: TLSReportCounterLimits
    private let now: @Sendable () -> UnixTime
    private let report: @Sendable (Report) -> Void
    private let lock: CInt
    private let pending: Mutex<TLSReportCounter>
    private let files: Mutex<Files>

    /// Takes a folder into use, which is made if it is not there.
    ///
    /// - Throws: where it can't be written, or another program has it in use.
    public init(
        folder: String, limits: TLSReportCounterLimits = TLSReportCounterLimits(),
        now: @escaping @Sendable () -> UnixTime, report: @escaping @Sendable (Report) -> Void
    ) throws(StateFileError) {
        self.folder = folder
        self.limits = limits
        self.now = now
        self.report = report
        pending = Mutex(TLSReportCounter(limits: limits))
        files = Mutex(Files(unwritten: TLSReportCounter(limits: limits)))
        do throws(StateFileError) {
            try StateFiles.makeFolder(folder)
            lock = try StateFiles.lock("\(folder)/lock")
        } catch {
            lock = -1
            throw error
        }
        let closed = Self.days(in: folder, Self.closedEnd)
        files.withLock { $0.closed = Set(closed) }
    }

    deinit { if lock >= 0 { close(lock) } }

    /// Counts a session that ends now.
    public func count(_ outcome: TLSSessionOutcome) {
        let time = now()
        pending.withLock { $0.count(outcome, at: time) }
    }

    /// Writes what was counted since the last time. Waits for the disk.
    public func flush() {
        let limits = limits
        files.withLock { files in
            let counted = pending.withLock { pending in
                defer { pending = TLSReportCounter(limits: limits) }
                return pending
            }
            var batch = files.unwritten
            batch.merge(counted)
            files.unwritten = TLSReportCounter(limits: limits)
            let today = TLSReportDay(containing: now())
            for day in batch.days {
                var open = day
                if files.closed.contains(day) { open = max(day, today) }
                while files.closed.contains(open) { open = TLSReportDay(containing: open.end.adding(seconds: 1)) }
                write(batch.only(day, as: open), on: open, &files)
            }
            files.days = files.days.filter { $0.key >= today }
        }
    }

    private func write(_ batch: TLSReportCounter, on day: TLSReportDay, _ files: inout Files) {
        do throws(StateFileError) {
            var file: DayFile
            if let known = files.days[day] { file = known } else { file = try load(day) }
            let text = Array(((file.isWithinLine ? "\n" : "") + batch.text).utf8)
            file.octets = try StateFiles.append(text, to: path(day), length: file.octets)
            file.isWithinLine = false
            let before = file.total.omittedSessions(on: day)
            files.days[day] = nil
            file.total.merge(batch)
            let omitted = file.total.omittedSessions(on: day) - before
            if omitted > 0 { report(.omitted(day: day, sessions: omitted)) }
            files.isFailing = false
            tidy(&file, day, &files)
            files.days[day] = file
        } catch {
            failed(error, &files)
            if error.isCutBack {
                files.unwritten.merge(batch)
            } else {
                report(.lost(sessions: batch.sessions(on: day)))
                files.days[day] = nil
            }
        }
    }

    /// Writes a file anew that has grown by lines which add up.
    private func tidy(_ file: inout DayFile, _ day: TLSReportDay, _ files: inout Files) {
        guard file.octets > 2 * file.plainOctets + Self.rewriteOctets else { return }
        let whole = Array(file.total.text.utf8)
        do throws(StateFileError) {
            try StateFiles.replace(path(day), with: whole)
            file.octets = whole.count
            file.plainOctets = whole.count
        } catch {
            failed(error, &files)
        }
    }

    /// Told once, until it works again: a full disk would fill the log as well.
    private func failed(_ error: StateFileError, _ files: inout Files) {
        if !files.isFailing { report(.cannotWrite(error.description)) }
        files.isFailing = true
    }

    private func load(_ day: TLSReportDay) throws(StateFileError) -> DayFile {
        let content = try StateFiles.content(of: path(day), octetsMax: Self.octetsMax) ?? []
        let (total, skipped) = TLSReportCounter.reading(content, limits: limits)
        if !skipped.isEmpty { report(.skipped(day: day, lines: skipped.count)) }
        return DayFile(
            total: total.only(day), octets: content.count, plainOctets: content.count,
            isWithinLine: content.last.map { $0 != .lineFeed } ?? false)
    }

    // MARK: Days that are over

    private func path(_ day: TLSReportDay) -> String { "\(folder)/\(day.text).counts" }

    private func donePath(_ day: TLSReportDay) -> String { "\(folder)/\(day.text).done" }

    private static let closedEnd = ".closed"

    private static func days(in folder: String, _ end: String) -> [TLSReportDay] {
        StateFiles.names(in: folder).compactMap { name in
            name.hasSuffix(end) ? TLSReportDay(text: String(name.dropLast(end.count))) : nil
        }
    }

    /// The days that there are files of, in order.
    public var days: [TLSReportDay] { Self.days(in: folder, ".counts") }

    /// Adds nothing to a day any more: reports are made of what is counted.
    func setClosed(_ day: TLSReportDay) throws(StateFileError) {
        try files.withLock { files throws(StateFileError) in
            guard !files.closed.contains(day) else { return }
            try StateFiles.replace("\(folder)/\(day.text)\(Self.closedEnd)", with: [])
            files.closed.insert(day)
            files.days[day] = nil
        }
    }

    /// Whether the reports of a day are made, or are being made.
    public static func isClosed(_ day: TLSReportDay, in folder: String) -> Bool {
        StateFiles.size(of: "\(folder)/\(day.text)\(closedEnd)") != nil
    }

    /// Forgets which days before one were closed, where nothing of them is left.
    func forgetClosed(before day: TLSReportDay) {
        let counted = Set(days)
        files.withLock { files in
            for old in files.closed where old < day && !counted.contains(old) {
                StateFiles.remove("\(folder)/\(old.text)\(Self.closedEnd)")
                files.closed.remove(old)
            }
        }
    }

    /// What was counted on a day and is written.
    func counter(of day: TLSReportDay) throws(StateFileError) -> TLSReportCounter {
        try Self.counter(of: day, in: folder, limits: limits)
    }

    /// What was counted on a day, from the files of a daemon that may be running.
    ///
    /// - Throws: where they can't be read.
    public static func counter(
        of day: TLSReportDay, in folder: String, limits: TLSReportCounterLimits = TLSReportCounterLimits()
    ) throws(StateFileError) -> TLSReportCounter {
        let content = try StateFiles.content(of: "\(folder)/\(day.text).counts", octetsMax: octetsMax) ?? []
        return TLSReportCounter.reading(content, limits: limits).counter.only(day)
    }

    /// How many octets the files of a day take.
    func octets(of day: TLSReportDay) -> Int {
        (StateFiles.size(of: path(day)) ?? 0) + (StateFiles.size(of: donePath(day)) ?? 0)
    }

    /// The domains of a day that nothing is to be done for any more.
    func done(of day: TLSReportDay) throws(StateFileError) -> Set<DomainName> {
        let content = try StateFiles.content(of: donePath(day), octetsMax: Self.octetsMax) ?? []
        return Set(
            content.split(separator: .lineFeed).compactMap { line in
                // What begins and ends like this was not cut off.
                guard line.first == UInt8(ascii: "+"), line.last == UInt8(ascii: ";") else { return nil }
                return try? DomainName(presentation: String(decoding: line.dropFirst().dropLast(), as: UTF8.self))
            })
    }

    /// Remembers that nothing is to be done for these domains any more.
    func setDone(_ domains: [DomainName], of day: TLSReportDay) throws(StateFileError) {
        guard !domains.isEmpty else { return }
        let text = domains.map { "\n+\($0.text);" }.joined() + "\n"
        _ = try StateFiles.append(
            Array(text.utf8), to: donePath(day), length: StateFiles.size(of: donePath(day)) ?? 0)
    }

    /// Forgets the counts of a day.
    func remove(_ day: TLSReportDay) {
        // In this order: without counts nobody asks who is done.
        StateFiles.remove(path(day))
        StateFiles.remove(donePath(day))
        files.withLock { $0.days[day] = nil }
    }
}
