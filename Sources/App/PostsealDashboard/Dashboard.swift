internal import HTTPTypes
public import MailBytes
public import MailNames
public import PostsealHTTP
public import PostsealReports
internal import Synchronization

/// Pages about reports and verdicts, accounts that may see them, and the same as JSON.
///
///     let dashboard = Dashboard(rules, accounts: AccountFile(path: path), reports: store, sources: sources)
///     let reply = try await dashboard.answer(call)
///
/// It knows nothing of sockets and files but those of its accounts: the daemon serves it.
public final class Dashboard: Sendable {
    /// What an administrator chose.
    public struct Rules: Sendable, Hashable {
        /// A session that is not used ends after so long.
        public var idleSeconds: Int64 = 3600
        /// A session ends after so long, however it is used.
        public var lifeSeconds: Int64 = 43_200
        /// Who may say for whom it speaks, and whether that came by TLS.
        public var trustedProxies: [IPPrefix] = []
        /// Whether only these proxies and this machine are served: there is no TLS, and others could listen.
        public var servesProxiesAlone = false
        /// What a try at a password costs; less than the standard is for tests alone.
        public var passwordCost = PasswordHash.standardCost

        public init() {}
    }

    /// Where everything but reports comes from; nil for what there is not.
    public struct Sources: Sendable {
        public var protections: (any ProtectionSource)?
        public var messages: (any MessageSource)?
        public var sent: (any SentReportSource)?
        public var daemon: (any DaemonSource)?

        public init(
            protections: (any ProtectionSource)? = nil, messages: (any MessageSource)? = nil,
            sent: (any SentReportSource)? = nil, daemon: (any DaemonSource)? = nil
        ) {
            self.protections = protections
            self.messages = messages
            self.sent = sent
            self.daemon = daemon
        }
    }

    let rules: Rules
    let accounts: any AccountStore
    let reports: (any ReportStore)?
    let sources: Sources
    let sessions: SessionTable
    let limiter = LoginLimiter()
    let passwords: PasswordDesk
    let cache: FigureCache
    let desk = ReadingDesk()
    let now: @Sendable () -> UnixTime
    private let note: @Sendable (String) -> Void
    let auditor: @Sendable (DashboardNotice) -> Void
    private let noted = Mutex<[String: UnixTime]>([:])

    /// - Parameters:
    ///   - sessions: where it is kept who has logged in.
    ///   - reports: nil where none are kept.
    ///   - audit: is told who logged in, or tried to, and what was changed.
    ///   - note: is told why accounts or reports can't be read.
    public init(
        _ rules: Rules, accounts: any AccountStore, sessions: any SessionStore = SessionMemory(),
        reports: (any ReportStore)?, sources: Sources, now: @escaping @Sendable () -> UnixTime,
        audit: @escaping @Sendable (DashboardNotice) -> Void = { _ in },
        note: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.rules = rules
        self.accounts = accounts
        self.reports = reports
        self.sources = sources
        self.now = now
        cache = FigureCache(now: now)
        self.sessions = SessionTable(sessions, idleSeconds: rules.idleSeconds, lifeSeconds: rules.lifeSeconds)
        self.note = note
        auditor = audit
        passwords = PasswordDesk(cost: rules.passwordCost)
    }

    /// Answers a request.
    ///
    /// - Throws: where its body does not come in whole; the server knows what to say then.
    public func answer(_ call: HTTPCall) async throws -> HTTPReply {
        let origin = Origin(call, rules)
        let segments = Self.segments(call.path)
        let isProgram = Self.isForPrograms(call.path) || segments?.first == "api"
        guard origin.isServed else {
            return ReplyWriter(origin, isProgram: isProgram).write(
                .problem(403, "This dashboard is served through its proxy alone."), to: nil)
        }
        guard let segments else {
            return ReplyWriter(origin, isProgram: isProgram).write(.problem(400, "This is no path."), to: nil)
        }
        let writer = ReplyWriter(origin, isProgram: isProgram)
        if let asset = Assets.all.first(where: { segments == ["assets", $0.name] }) {
            guard call.method == .get || call.method == .head else {
                return writer.write(.wrongMethod(allow: "GET, HEAD"), to: nil)
            }
            return writer.write(asset)
        }
        var visit = Visit(call, origin, now())
        visit.isProgram = isProgram
        do {
            return writer.write(try await respond(segments, &visit), to: visit)
        } catch let refusal as Refusal {
            let problem = Reply.problem(refusal.status, refusal.text)
            return writer.write(refusal.status == 503 ? .later(5, problem) : problem, to: visit)
        } catch let error as ReportStoreError {
            tell("reports can't be read: \(error.description)")
            let text = "The store of reports can't be read: \(error.problem.rawValue)."
            return writer.write(.problem(503, text), to: visit)
        } catch let error as SourceError {
            return writer.write(.problem(503, error.description.sentence + "."), to: visit)
        } catch let error as AccountError {
            tell("accounts can't be read or changed: \(error.description)")
            let text = "The accounts can't be read or changed now; the log says why."
            return writer.write(.later(5, .problem(503, text)), to: visit)
        }
    }

    /// What those see whose requests the server refuses by itself: a page, or what programs are told.
    public static func page(_ refused: HTTPRefused, isSecure: Bool) -> HTTPReply {
        // Where the path is not known it is told to programs: what they read people can read, too.
        let isProgram = refused.path.map { isForPrograms($0) } ?? true
        let text = isProgram ? refused.text : refused.text.sentence + "."
        return ReplyWriter(isSecure: isSecure, isProgram: isProgram).write(.problem(refused.status, text), to: nil)
    }

    /// Whether a path, as it was asked for, is one of the interface.
    private static func isForPrograms(_ path: String) -> Bool { path == "/api" || path.hasPrefix("/api/") }

    /// The same is told once a minute: while a database is away each request fails.
    private func tell(_ text: String) {
        if isNews(text) { note(text) }
    }

    /// Likewise of what a stranger can have said as often as it likes.
    func auditRarely(_ text: StaticString, account: String?, _ visit: Visit) {
        let place = LoginLimiter.place(visit.origin.client)
        if isNews("\(text) \(place)") { audit(text, account: account, visit) }
    }

    /// Whether a text was not told within a minute.
    private func isNews(_ text: String) -> Bool {
        let (time, wait) = (now(), Self.noteSeconds)
        return noted.withLock { noted in
            noted = noted.filter { time.seconds - $0.value.seconds < wait }
            guard noted[text] == nil, noted.count < 100 else { return false }
            noted[text] = time
            return true
        }
    }

    private static let noteSeconds: Int64 = 60

    /// Forgets sessions that are over; to be called now and then.
    public func tidy() async throws(AccountError) { try await sessions.tidy(at: now()) }

    private func respond(_ segments: [String], _ visit: inout Visit) async throws -> Reply {
        guard let query = FormFields((visit.call.query ?? "").utf8) else {
            return .problem(400, "The query can't be read.")
        }
        visit.query = query
        try await identify(&visit)
        let here = Route.all.filter { $0.fits(segments) }
        guard !here.isEmpty else {
            return visit.access == nil ? .login : .problem(404, "There is no such page.")
        }
        let method = visit.call.method == .head ? .get : visit.call.method
        guard let route = here.first(where: { $0.method == method }) else {
            return .wrongMethod(
                allow: here.map { $0.method == .get ? "GET, HEAD" : $0.method.rawValue }.joined(separator: ", "))
        }
        visit.parameters = route.parameters(segments)
        if route.need != .nobody {
            guard let access = visit.access else { return method == .post ? loginAgain(visit, segments) : .login }
            guard access.meets(route.need) else {
                var person = access
                person.isToken = false
                return .problem(
                    403,
                    person.meets(route.need)
                        ? "This is for people who have logged in: no token may do it."
                        : access.isToken ? "This token may not see this." : "Your account may not see this.")
            }
        }
        try visit.checkQuery()
        if method == .post, let refusal = try await readForm(&visit) { return refusal }
        return try await route.handler(self, visit)
    }

    /// Limit: parts of a path; no route has more.
    private static let segmentsMax = 8

    /// The parts of a path, decoded; nil where it is broken.
    static func segments(_ path: String) -> [String]? {
        guard path.hasPrefix("/") else { return nil }
        let parts = path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count <= Self.segmentsMax else { return nil }
        if parts.count == 1, parts[0].isEmpty { return [] }
        var segments: [String] = []
        for part in parts {
            guard let text = FormFields.decoded(part) else { return nil }
            segments.append(text)
        }
        return segments
    }
}
