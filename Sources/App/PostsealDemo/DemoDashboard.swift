internal import Glibc
internal import MailBytes
internal import MailNames
internal import MailReports
internal import PostsealDashboard
internal import PostsealReports

/// What the demo's dashboard shows: some weeks of reports about home.example, and an account. In a folder that is gone
/// with the demo.
struct DemoDashboard: Sendable {
    /// Who may look, until the demo ends.
    static let account = "carol"
    private static let weeks = 8
    private static let secondsOfDay: Int64 = 86_400

    let folder: String
    /// Made just now, and written nowhere else.
    let password: String

    var storePath: String { folder + "/reports.db" }
    var accountsPath: String { folder + "/accounts.json" }

    /// Makes the folder with all that is in it.
    init(at now: UnixTime) async throws {
        let place = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        // mkdtemp(3) puts letters of its own in the place of the last six.
        var template = Array("\(place)/postseal-demo-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw DemoError(description: "there is no place in \(place)") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        password = Self.words()
        do {
            guard let hash = PasswordHash(of: password) else { throw DemoError(description: "there is no memory left") }
            try await AccountFile(path: accountsPath).change { list in
                list[Self.account] = Account(
                    name: Self.account, role: .administrator, password: hash, created: now,
                    generation: Account.newGeneration)
            }
            let store = try SQLReportStore(at: storePath)
            _ = try await store.take(try Self.arrivals(until: now))
        } catch {
            remove()
            throw error
        }
    }

    /// Takes the folder away.
    func remove() {
        let databases = ["reports.db", "accounts.json.sessions"]
        for name in databases.flatMap({ [$0, "\($0)-wal", "\($0)-shm"] }) + ["accounts.json", "accounts.json.lock"] {
            unlink("\(folder)/\(name)")
        }
        rmdir(folder)
    }

    /// Four groups of letters that are not taken for each other: 93 bits.
    private static func words() -> String {
        let letters = Array("abcdefghjkmnpqrstuvwxyz23456789")
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            String((0..<5).compactMap { _ in letters.randomElement(using: &generator) })
        }.joined(separator: "-")
    }

    // MARK: Reports

    private static func arrivals(until now: UnixTime) throws -> [ReportArrival] {
        let today = now.seconds - now.seconds % secondsOfDay
        var arrivals: [ReportArrival] = []
        for back in 1...Int64(weeks * 7) {
            let begin = today - back * secondsOfDay
            for (index, reporter) in ["Large Mail", "Post of the Valley", "University"].enumerated() {
                let report = try report(begin, reporter, index, back)
                arrivals.append(
                    ReportArrival(
                        reading: try report.document(), name: "home.example!\(begin).xml",
                        received: UnixTime(seconds: begin).adding(seconds: secondsOfDay + 3600)))
            }
        }
        return arrivals
    }

    private static func report(
        _ begin: Int64, _ reporter: String, _ index: Int, _ back: Int64
    ) throws -> DMARCAggregateReport {
        let size = [9, 4, 2][index]
        // Less on two days of seven, and a little more from week to week.
        let busy = (begin / secondsOfDay) % 7 < 2 ? 3 : 8
        let count = size * busy + Int(Int64(weeks * 7) - back) / 7 * size / 4
        let home = DemoNames.home
        func record(
            _ address: String, _ count: Int, dkim: Bool, spf: Bool, signed: [String], reasons: [DMARCReportReason] = []
        ) -> DMARCReportRecord {
            DMARCReportRecord(
                source: IPAddress(address).map { .address($0) } ?? .missing, count: max(count, 1),
                disposition: DMARCReportedAction.none,
                dkimAligned: dkim, spfAligned: spf, reasons: reasons, headerFrom: home,
                envelopeFrom: spf ? home : "bounce.example",
                dkim: signed.map { DMARCReportedSignature(domain: $0, selector: "s1", result: .pass) },
                spf: [
                    DMARCReportedSPF(
                        domain: spf ? home : "bounce.example", scope: .mailFrom, result: spf ? .pass : .fail)
                ])
        }
        var records = [
            record("192.0.2.25", count * 5, dkim: true, spf: true, signed: [home]),
            record("203.0.113.30", count * 2, dkim: true, spf: false, signed: [home, DemoNames.postbag]),
            record("203.0.113.16", size, dkim: true, spf: false, signed: [home, DemoNames.lists]),
            record(
                "203.0.113.16", 1, dkim: false, spf: false, signed: [DemoNames.lists],
                reasons: [DMARCReportReason(type: .mailingList)]),
            // A shop that was never set up.
            record("203.0.113.77", size, dkim: false, spf: false, signed: ["shop.example"]),
        ]
        for number in 0..<Int(back % 4) {
            records.append(
                record(
                    "203.0.113.\(90 + (Int(back) * 7 + number * 13) % 100)", 1 + Int(back) % 5, dkim: false, spf: false,
                    signed: []))
        }
        return DMARCAggregateReport(
            organizationName: reporter, email: "reports@\(reporter.lowercased().replacing(" ", with: "")).example",
            reportID: "\(home).\(begin).\(index)", begin: UnixTime(seconds: begin),
            end: UnixTime(seconds: begin + secondsOfDay - 1),
            policy: DMARCReportedPolicy(domain: home, policy: DMARCReportedAction.none), records: records)
    }
}
