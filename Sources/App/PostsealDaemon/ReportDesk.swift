internal import Logging
internal import MailBytes
internal import MailNames
internal import MailReports
internal import NIOCore
internal import PostsealConfiguration
internal import PostsealEngine
internal import PostsealObservability
internal import PostsealReportIntake
internal import PostsealReports
internal import SMTPProtocol
internal import SMTPTransport
internal import Sockets
internal import Synchronization
internal import UnboundResolver

/// Where reports about our domains come in, and are kept.
final class ReportDesk: Sendable {
    typealias Mailbox = ReportMailbox<BudgetedResolver<CountingResolver>>

    /// What is gone by now.
    private final class Current: Sendable {
        private let values: Mutex<(settings: ReportSettings, workshop: Workshop?)>

        init(_ settings: ReportSettings) { values = Mutex((settings, nil)) }

        var settings: ReportSettings { values.withLock(\.settings) }
        /// Nil until one is taken up.
        var workshop: Workshop? { values.withLock(\.workshop) }

        func take(_ workshop: Workshop) { values.withLock { $0 = (workshop.configuration.reports, workshop) } }
    }

    /// How often folders are looked through.
    private static let folderInterval = Duration.seconds(60)
    /// How often it is looked what is old enough to go.
    private static let tidyInterval = Duration.seconds(3600)

    private let core: DaemonCore
    /// Nil where nothing is kept.
    let store: (any ReportStore)?
    /// Nil where nothing comes in.
    private let receiver: ReportReceiver?
    private let mailMemory = ReportMailMemory(octetsMax: ReportMailMemory.mailOctetsMax)
    private let postMemory = ReportMailMemory(octetsMax: ReportMailMemory.postOctetsMax)
    private let folders: ReportFolderWatch?
    private let mailbox: SMTPServer<Mailbox>?
    private let current: Current
    private let looks = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// Opens the store, if anything is to be kept.
    init(
        _ configuration: DaemonConfiguration, core: DaemonCore, on group: any EventLoopGroup
    ) async throws(DaemonError) {
        self.core = core
        let settings = configuration.reports
        // The dashboard shows what was imported, too.
        let store = try await settings.isUsed || configuration.dashboard.isUsed ? Self.store(settings) : nil
        self.store = store
        let current = Current(settings)
        self.current = current
        guard let store else {
            (receiver, folders, mailbox) = (nil, nil, nil)
            return
        }
        let receiver = ReportReceiver(store: store, now: core.now, noted: Self.note(core))
        self.receiver = receiver
        folders = ReportFolderWatch(receiver: receiver, note: Self.folderNote(core))
        var smtp = SMTPServerConfiguration(
            name: configuration.guardSettings.authservID,
            extensions: [.pipelining, .size, .eightBitMIME, .smtpUTF8, .chunking, .enhancedStatusCodes])
        smtp.mode = .lmtp
        smtp.limits.messageOctets = ReportReceiver.octetsMax
        mailbox = SMTPServer(
            handler: Mailbox(receiver: receiver, memory: mailMemory, now: core.now) {
                current.workshop.map { workshop in
                    ReportMailboxRules(
                        addresses: workshop.configuration.reports.addresses, reader: Self.reader(workshop),
                        resolver: { Self.resolver(workshop) })
                }
            }, options: SMTPServerOptions(configuration: smtp), on: group,
            observer: ReportMailboxWatch(log: core.log))
    }

    private static func store(_ settings: ReportSettings) async throws(DaemonError) -> (any ReportStore)? {
        do throws(ReportStoreError) {
            switch settings.store {
            case .file(let path): return try SQLReportStore(path: path)
            case .postgreSQL(let text):
                try await check(text)
                return try SQLReportStore(at: text)
            }
        } catch {
            guard case .file(let path) = settings.store else {
                throw DaemonError("\(settings.store): \(error.description); set reports.store")
            }
            throw DaemonError(error.sentence(at: path, setting: "set reports.store"))
        }
    }

    /// Looks whether a database on the network is one that this version can't use: nothing would mend that but an
    /// administrator. One that is away may come, and one of an earlier version is brought up to date at its first use.
    private static func check(_ text: String) async throws(ReportStoreError) {
        do throws(ReportStoreError) {
            try await SQLReportStore(at: text, isReadOnly: true).connect()
        } catch {
            guard [.newerVersion, .notAStore].contains(error.problem) else { return }
            throw error
        }
    }

    // MARK: Configuration

    /// Looks through mail by a configuration; nil where no address is for reports.
    func watch(_ configuration: DaemonConfiguration) -> ReportMailWatch? {
        let settings = configuration.reports
        let policy = configuration.guardSettings.policy
        guard let receiver, !settings.addresses.isEmpty else { return nil }
        return ReportMailWatch(
            rules: ReportMailRules(
                addresses: settings.addresses, discards: settings.mailFate == .discard,
                waitsForDNS: policy.onDNSFailure == .tempfail && !policy.isDryRun),
            receiver: receiver, memory: mailMemory)
    }

    /// Takes a configuration up.
    func take(_ workshop: Workshop) {
        current.take(workshop)
        core.faults.keepFolders(workshop.configuration.reports.folders)
        looks.continuation.yield()
    }

    private static func reader(_ workshop: Workshop) -> ReportMailReader {
        let configuration = workshop.configuration
        let own = [configuration.guardSettings.authservID] + configuration.guardSettings.internalAuthservIDs
        return ReportMailReader(
            receivers: own + configuration.reports.trustedReceivers,
            options: configuration.guardSettings.inspectionOptions)
    }

    private static func resolver(_ workshop: Workshop) -> BudgetedResolver<CountingResolver> {
        BudgetedResolver(
            workshop.resolver, questionsMax: workshop.filter.budget.questionsMax,
            timeLimit: workshop.filter.budget.timeLimit)
    }

    // MARK: Service

    /// Where mail servers hand over reports.
    var listeners: ListenerSet? { mailbox?.listeners }

    /// The same, as text.
    var addresses: [String] { mailbox?.addresses.map(\.description) ?? [] }

    /// Takes what one request posts; nil where nothing is taken.
    var posts: ReportPosts? {
        current.settings.takesPosts ? receiver.map { ReportPosts($0, memory: postMemory) } : nil
    }

    /// Serves until it is shut down.
    func run() async { await mailbox?.run() }

    /// Looks through folders, and removes what is old, until the task is cancelled.
    func watch() async {
        guard folders != nil else { return }
        await withDiscardingTaskGroup { tasks in
            let trigger = looks.continuation
            tasks.addTask {
                repeat { trigger.yield() } while (try? await Task.sleep(for: Self.folderInterval)) != nil
                trigger.finish()
            }
            tasks.addTask {
                for await _ in self.looks.stream where !Task.isCancelled { await self.look() }
            }
            tasks.addTask {
                await self.catchUp()
                var isDoubted = false
                repeat { await self.tidy(&isDoubted) } while (try? await Task.sleep(for: Self.tidyInterval)) != nil
            }
            tasks.addTask { await self.lookHostNamesUp() }
        }
    }

    func shutdown(grace: Duration) async { await mailbox?.shutdown(grace: grace) }

    private func look() async {
        guard let folders, let workshop = current.workshop else { return }
        let settings = workshop.configuration.reports
        guard !settings.folders.isEmpty else { return }
        await folders.look(
            through: settings.folders, removing: settings.fileFate == .remove, reader: Self.reader(workshop),
            now: core.now, resolver: { Self.resolver(workshop) })
        // Another configuration may be there by now.
        core.faults.keepFolders(current.settings.folders)
    }

    /// Looks host names up, behind everything else, until the task is cancelled.
    private func lookHostNamesUp() async {
        guard let store else { return }
        await HostNameDesk(store: store, core: core, resolver: { self.current.workshop.map(Self.hostResolver) }) {
            self.current.settings.looksHostNamesUp
        }.run()
    }

    private static func hostResolver(_ workshop: Workshop) -> BudgetedResolver<CountingResolver> {
        BudgetedResolver(
            workshop.resolver, questionsMax: HostNameDesk.questionsMax, timeLimit: HostNameDesk.timeLimit)
    }

    /// Reads again what an earlier version stored, a few reports at a time: what comes in meanwhile comes in between.
    private func catchUp() async {
        var count = 0
        do throws(ReportStoreError) {
            while let store, !Task.isCancelled {
                let left = try await store.catchUp()
                if count == 0 { count = left }
                if left == 0 { break }
            }
            if count > 0 { core.log.notice("reports of an earlier version were read again") }
        } catch {
            core.log.error("reports of an earlier version can't be read again: \(error.description)")
        }
    }

    /// Removes what is old; a clock that is doubted is told of once.
    private func tidy(_ isDoubted: inout Bool) async {
        let settings = current.settings
        let retention = ReportRetention(
            originalDays: settings.originalDays, recordDays: settings.recordDays, tallyDays: settings.tallyDays,
            octetsMax: settings.octetsMax)
        do throws(ReportStoreError) {
            guard let removal = try await store?.tidy(retention, now: core.now()) else { return }
            // That reports can't be stored only a report takes back: removing nothing writes nothing.
            core.faults[.oldReports] = nil
            if let last = removal.clockDoubted, !isDoubted {
                core.log.warning(
                    "the clock has leapt: no report is removed for its age until it has gone on for a day",
                    metadata: ["clock": .string(core.now().rfc3339), "before": .string(last.rfc3339)])
            }
            isDoubted = removal.clockDoubted != nil
            guard removal.originals + removal.records + removal.reports > 0 else { return }
            core.log.notice(
                "old reports removed",
                metadata: [
                    "files": "\(removal.originals)", "records": "\(removal.records)", "reports": "\(removal.reports)",
                ])
        } catch {
            core.log.error("old reports can't be removed: \(error.description)")
            core.faults[.oldReports] = DaemonFaults.Fault(
                text: "old reports can't be removed from the store", detail: error.description)
        }
    }
}

// MARK: - What the administrator hears

extension ReportDesk {
    private static func note(_ core: DaemonCore) -> @Sendable (ReportOrigin, ReportReception) -> Void {
        { origin, reception in
            let way: ReportWayLabel =
                switch origin {
                case .administrator, .verified: .verified
                case .posted: .posted
                case .unverified, .undecided: .unverified
                }
            let count = core.metrics.receivedReports
            switch reception {
            case .done(let taking):
                // What is known or refused needs no room.
                if taking.new + taking.conflicting > 0 { core.faults[.receivedReports] = nil }
                count.add(way, .new, count: taking.new)
                count.add(way, .known, count: taking.known)
                count.add(way, .conflicting, count: taking.conflicting)
                count.add(way, .refused, count: taking.refusals.count)
                core.log.info(
                    taking.reports > 0 ? "reports received" : "no reports received",
                    metadata: metadata(taking, origin))
            case .busy:
                count.add(way, .deferred)
                core.log.warning("too many reports at once; they are to come again")
            case .undecided:
                count.add(way, .deferred)
                core.log.notice("DNS does not say now whose reports are; they are to come again")
            case .failed(let error):
                count.add(way, .deferred)
                core.log.error("reports can't be stored, and are to come again: \(error.description)")
                core.faults[.receivedReports] = DaemonFaults.Fault(
                    text: "reports that come in can't be stored, the last one of \(core.now().rfc3339)",
                    detail: error.description)
            case .tooLarge: count.add(way, .refused)
            }
        }
    }

    private static func metadata(_ taking: ReportTaking, _ origin: ReportOrigin) -> Logger.Metadata {
        var fields: Logger.Metadata = [
            "new": "\(taking.new)", "known": "\(taking.known)", "conflicting": "\(taking.conflicting)",
            "refused": "\(taking.refusals.count)", "counted": "\(taking.isCounted)",
        ]
        if case .verified(let domain, _) = origin { fields["from"] = .string(domain.text) }
        if let refusal = taking.refusals.first { fields["reason"] = .octets(Array(refusal.description.utf8)) }
        return fields
    }

    private static func folderNote(_ core: DaemonCore) -> @Sendable (ReportFolderWatch.Note) -> Void {
        { note in
            switch note {
            case .unreadable(let folder, let reason):
                core.log.error("cannot read the folder: \(reason)", metadata: ["folder": .string(folder)])
                core.faults[.folder(folder)] = DaemonFaults.Fault(
                    text: "a folder of reports.folders can't be read", detail: "\(folder): \(reason)")
            case .readable(let folder):
                core.log.notice("the folder can be read", metadata: ["folder": .string(folder)])
                core.faults[.folder(folder)] = nil
            case .unreadableFile(let path):
                core.log.warning("cannot read the file, or it is too large", metadata: ["file": name(path)])
            case .noFile(let path):
                core.log.warning(
                    "what is in the folder is no file; links and folders are not followed",
                    metadata: ["file": name(path)])
            case .refused(let path, let error):
                core.log.warning(
                    "a report in the file is refused: \(error.description)", metadata: ["file": name(path)])
            case .cannotRemove(let path):
                core.log.error(
                    "cannot remove the file: its folder has to be writable for postseal (ReadWritePaths= with systemd)",
                    metadata: ["file": name(path)])
            }
        }
    }

    /// Files are named by strangers.
    private static func name(_ path: String) -> Logger.MetadataValue { .octets(Array(path.utf8)) }
}

/// Logs what happens at the sockets of the mailbox.
private struct ReportMailboxWatch: SMTPServerObserver {
    let log: Logger

    func observe(_ event: SMTPServerNote, _ facts: SMTPConnectionFacts) {
        let socket: Logger.Metadata = ["socket": .string(facts.listener.description)]
        switch event {
        case .opened, .secured: break
        case .refused: log.warning("connection to reports.lmtp refused: there are too many", metadata: socket)
        case .acceptFailed(let code):
            log.error("cannot take a connection at reports.lmtp: \(systemText(code))", metadata: socket)
        case .messageRefused(let defect): log.notice("message refused at reports.lmtp: \(defect)", metadata: socket)
        case .closed(.session), .closed(.lost), .closed(.shutdown): break
        case .closed(let reason): log.notice("connection to reports.lmtp closed: \(reason)", metadata: socket)
        }
    }
}
