import DNS
import Glibc
import MailBytes
import MailNames
import PostsealTransport
import Synchronization
import TLSRPT
import TestSupport
import Testing
import UnboundResolver

/// A clock that stands until it is set.
final class Clock: Sendable {
    private let value: Mutex<UnixTime>

    init(_ text: String) { value = Mutex(UnixTime(text: text) ?? UnixTime(seconds: 0)) }

    var now: UnixTime { value.withLock { $0 } }

    func set(_ text: String) { value.withLock { $0 = UnixTime(text: text) ?? $0 } }
}

/// Answers that can be changed, and that count how often they were asked for.
final class ChangingResolver: DeadlineResolver {
    private let state: Mutex<(answers: RecordedAnswers, asked: [String])>

    init(_ lines: [String]) { state = Mutex((Zone(lines).answers, [])) }

    var asked: [String] { state.withLock { $0.asked.sorted() } }

    func change(_ lines: [String]) { state.withLock { $0.answers = Zone(lines).answers } }

    func answer(_ question: DNSQuestion) async -> DNSAnswer {
        let answers = state.withLock { state in
            state.asked.append(question.name.text)
            return state.answers
        }
        return await answers.answer(question)
    }

    func answer(_ question: DNSQuestion, by deadline: ContinuousClock.Instant) async -> DNSAnswer {
        await answer(question)
    }
}

/// A state folder with everything that counts and reports.
final class ReportDesk: Sendable {
    let clock: Clock
    let store: TLSReportStore
    let outbox: TLSReportOutbox
    let compiler: TLSReportCompiler
    let reports: Diary<TLSReportStore.Report>
    let notes: Diary<TLSReportCompiler.Note>
    let folder: String

    init(_ folder: String, _ clock: Clock, limits: TLSReportCounterLimits = TLSReportCounterLimits()) throws {
        self.folder = folder
        self.clock = clock
        let (reports, notes) = (Diary<TLSReportStore.Report>(), Diary<TLSReportCompiler.Note>())
        store = try TLSReportStore(folder: folder, limits: limits, now: { clock.now }, report: { reports.add($0) })
        outbox = try TLSReportOutbox(folder: "\(folder)/outbox")
        compiler = TLSReportCompiler(store: store, outbox: outbox, now: { clock.now }, note: { notes.add($0) })
        (self.reports, self.notes) = (reports, notes)
    }

    func settings() throws -> TLSReportCompiler.Settings {
        TLSReportCompiler.Settings(
            submitter: TLSReportSubmitter(
                organizationName: "Sender", domain: try DomainName("sender.example"), contactLocalPart: "tls"))
    }

    /// Counts sessions with the servers of a domain.
    func count(_ domain: String, good: Int = 0, bad: Int = 0) throws {
        for index in 0..<(good + bad) {
            store.count(try Self.session(domain, isGood: index < good))
        }
    }

    static func session(_ domain: String, isGood: Bool, host: String = "mx") throws -> TLSSessionOutcome {
        TLSSessionOutcome(
            domain: try DomainName(domain),
            policies: [
                TLSSessionPolicyOutcome(
                    policy: TLSAppliedPolicy(type: .tlsa, strings: ["3 1 1 AB"]), isSuccess: isGood,
                    failures: isGood
                        ? [] : [TLSSessionFailure(.certificateExpired, receivingHost: "\(host).\(domain)")])
            ])
    }

    /// The files of the outbox.
    var files: [String] { Self.names("\(folder)/outbox") }

    /// What a report in the outbox says: of each domain its sessions, as `domain good/bad`.
    func report(_ stem: String) throws -> TLSReport {
        try TLSReport(parsing: try Self.read("\(folder)/outbox/\(stem).json"))
    }

    static func names(_ folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func read(_ path: String) throws -> [UInt8] {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var octets = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&octets, 1, octets.count, file)
        return Array(octets[..<count])
    }

    static func write(_ text: String, to path: String, mode: String = "w") throws {
        let file = try #require(fopen(path, mode))
        defer { fclose(file) }
        fputs(text, file)
    }

    static func mode(_ path: String) -> UInt32 {
        var status = stat()
        return lstat(path, &status) == 0 ? UInt32(status.st_mode & 0o777) : 0
    }
}

extension TLSReport {
    /// The sessions of all policies, as `good/bad`.
    var sessions: String {
        "\(policies.reduce(0) { $0 + $1.successfulSessions })/\(policies.reduce(0) { $0 + $1.failedSessions })"
    }
}
