internal import Logging
internal import MailBytes
internal import MailNames
internal import NIOPosix
internal import PostsealConfiguration
internal import PostsealObservability
internal import PostsealState
internal import PostsealTransport
internal import Sockets
internal import Synchronization
internal import TLSRPT
internal import TransportPolicy

/// Where sessions with the servers of others are counted, and reports are made of them.
final class TLSReportDesk: Sendable {
    /// What a configuration comes to; nil parts where no reports are made.
    fileprivate struct Parts: Sendable {
        var settings: TLSReportSettings
        var resolver: CountingResolver
        var store: TLSReportStore?
        var compiler: TLSReportCompiler?
        var listeners: [DatagramListener] = []
    }

    /// What another configuration comes to.
    struct Change: Sendable { fileprivate var parts: Parts }

    /// Sessions are on the disk after so long.
    private static let flushInterval = Duration.milliseconds(500)
    /// How often it is looked whether a day is over.
    private static let compileInterval = Duration.seconds(60)

    private let core: DaemonCore
    private let parts: Mutex<Parts>

    init(
        _ configuration: DaemonConfiguration, _ resolver: CountingResolver, core: DaemonCore
    ) throws(DaemonError) {
        self.core = core
        parts = Mutex(Parts(settings: configuration.transport.reports, resolver: resolver))
        take(try prepare(configuration, resolver))
    }

    /// Where Postfix tells of its sessions.
    var addresses: [String] { parts.withLock { $0.listeners.map(\.address.description) } }

    /// Puts together what another configuration asks for.
    func prepare(_ configuration: DaemonConfiguration, _ resolver: CountingResolver) throws(DaemonError) -> Change {
        let settings = configuration.transport.reports
        var new = Parts(settings: settings, resolver: resolver)
        guard settings.isUsed else { return Change(parts: new) }
        let old = parts.withLock { $0 }
        if let store = old.store, old.settings.folder == settings.folder {
            (new.store, new.compiler) = (store, old.compiler)
        } else {
            do throws(StateFileError) {
                let store = try TLSReportStore(folder: settings.folder, now: core.now, report: Self.report(core))
                let outbox = try TLSReportOutbox(folder: "\(settings.folder)/outbox")
                new.compiler = TLSReportCompiler(store: store, outbox: outbox, now: core.now, note: Self.note(core))
                new.store = store
            } catch {
                throw DaemonError("\(error); set transport.tls-reports.folder")
            }
        }
        do throws(ListenError) {
            for socket in settings.listeners { new.listeners.append(try listener(socket, old.listeners)) }
        } catch {
            throw DaemonError(error.description)
        }
        return Change(parts: new)
    }

    /// Takes it up.
    func take(_ change: Change) {
        let old = parts.withLock { parts in
            defer { parts = change.parts }
            return parts
        }
        for listener in old.listeners where !change.parts.listeners.contains(where: { $0 === listener }) {
            listener.close()
        }
        if old.store !== change.parts.store { old.store?.flush() }
    }

    private func listener(
        _ socket: ListenSocket, _ old: [DatagramListener]
    ) throws(ListenError) -> DatagramListener {
        if let there = old.first(where: { $0.address == socket.address && $0.isInPlace }) {
            if there.socket != socket { try there.change(to: socket) }
            return there
        }
        return try DatagramListener(socket, octetsMax: TLSRPTLimits.datagramBytesMax) { [weak self] event in
            self?.received(event, socket.address)
        }
    }

    // MARK: Counting

    /// Counts a session of the relay, or that it passed over a server.
    func count(_ outcome: TLSSessionOutcome) { count(outcome, .relay) }

    private func count(_ outcome: TLSSessionOutcome, _ source: TLSSessionSourceLabel) {
        guard let store = parts.withLock({ $0.store }) else { return }
        store.count(outcome)
        let isGood = outcome.policies.allSatisfy(\.isSuccess)
        core.metrics.reportedSessions.add(source, isGood ? .success : .failure)
    }

    private func received(_ event: DatagramListener.Event, _ address: ListenAddress) {
        let socket: Logger.Metadata = ["socket": .string(address.description)]
        switch event {
        case .datagram(let octets):
            do throws(TLSRPTDatagramError) {
                count(try TLSRPTSessionDatagram(parsing: octets).outcome, .postfix)
            } catch {
                core.metrics.refusedDatagrams.add()
                core.log.notice("a datagram at the TLSRPT socket is no session: \(error)", metadata: socket)
            }
        case .tooLong:
            core.metrics.refusedDatagrams.add()
            core.log.notice("a datagram at the TLSRPT socket is too long", metadata: socket)
        case .failed(let code):
            core.metrics.reportFailures.add()
            core.log.error("cannot read the TLSRPT socket: \(systemText(code))", metadata: socket)
        }
    }

    // MARK: Files and reports

    /// Writes what is counted, and makes reports, until the task is cancelled; then writes once more.
    func run() async {
        await withDiscardingTaskGroup { tasks in
            tasks.addTask {
                while (try? await Task.sleep(for: Self.flushInterval)) != nil { await self.flush() }
            }
            tasks.addTask {
                repeat { await self.compile() } while (try? await Task.sleep(for: Self.compileInterval)) != nil
            }
        }
        // Here, for a task that was cancelled gets no other thread.
        let parts = parts.withLock { $0 }
        for listener in parts.listeners { listener.close() }
        parts.store?.flush()
    }

    /// On a thread that may wait for the disk.
    private func flush() async {
        guard let store = parts.withLock({ $0.store }) else { return }
        _ = try? await NIOThreadPool.singleton.runIfActive { store.flush() }
    }

    private func compile() async {
        let parts = parts.withLock { $0 }
        guard let compiler = parts.compiler, let submitter = parts.settings.submitter else { return }
        var settings = TLSReportCompiler.Settings(submitter: submitter)
        settings.uniqueID = parts.settings.node.isEmpty ? nil : parts.settings.node
        settings.keptSeconds = parts.settings.kept.components.seconds
        settings.octetsMax = parts.settings.octetsMax
        await compiler.run(settings, resolver: parts.resolver)
        core.metrics.waitingReports.set(to: await compiler.waitingReports)
    }

    private static func report(_ core: DaemonCore) -> @Sendable (TLSReportStore.Report) -> Void {
        { report in
            switch report {
            case .skipped(let day, let lines):
                core.log.warning("\(lines) lines of the TLS counts of \(day) were passed over")
            case .omitted(let day, let sessions):
                core.metrics.omittedSessions.add(count: sessions)
                core.log.warning("too many domains or policies: TLS reports of \(day) will lack \(sessions) sessions")
            case .cannotWrite(let why):
                core.metrics.reportFailures.add()
                core.log.error("\(why); TLS sessions are kept in memory meanwhile")
            case .lost(let sessions):
                core.metrics.omittedSessions.add(count: sessions)
                core.log.error("\(sessions) TLS sessions are not counted, because writing them failed midway")
            }
        }
    }

    private static func note(_ core: DaemonCore) -> @Sendable (TLSReportCompiler.Note) -> Void {
        { note in
            switch note {
            case .closed(let day, let reports, let unwanted):
                core.log.notice("TLS reports of \(day) are made: \(reports); \(unwanted) domains want none")
            case .waiting(let day, let domains, let example):
                core.log.warning(
                    "DNS does not say whether \(domains) domains want TLS reports of \(day); asked again later",
                    metadata: ["domain": .string(example.text)])
            case .givenUp(let day, let domains):
                core.metrics.tlsReports.add(.givenUp, count: domains)
                core.log.warning("TLS reports of \(day) to \(domains) domains are given up")
            case .removed(let reports):
                core.metrics.tlsReports.add(.removed, count: reports)
                core.log.warning("\(reports) TLS reports that nobody has sent were taken away")
            case .built(let day, let domain):
                core.metrics.tlsReports.add(.built)
                core.log.info("a TLS report of \(day) waits in the outbox", metadata: ["domain": .string(domain.text)])
            case .summed(let day, let domain, let summed):
                core.log.warning(
                    "failure details were summed up in a TLS report of \(day), which would have been too large",
                    metadata: [
                        "domain": .string(domain.text), "details": "\(summed.details)",
                        "sessions": "\(summed.sessions)",
                    ])
            case .unwanted: core.metrics.tlsReports.add(.unwanted)
            case .clockDoubted(let last):
                core.log.warning(
                    "the clock has leapt: no TLS report is made, or given up, until it has gone on for a day",
                    metadata: ["before": .string(last.rfc3339)])
            case .failed(let why):
                core.metrics.reportFailures.add()
                core.log.error("\(why); TLS reports are made later")
            }
        }
    }
}
