internal import Certificates
internal import Databases
internal import Logging
internal import MailBytes
internal import MailFormat
internal import MailNames
internal import NIOCore
internal import PostsealConfiguration
internal import PostsealEngine
internal import PostsealObservability
internal import PostsealReportSending
internal import Rendering
internal import Synchronization
internal import TLSRPT
internal import UnboundResolver

/// Where verdicts are counted, and our own reports about others are made and sent.
final class SendingDesk: Sendable {
    /// Where counts and reports are; it stays as long as the place does.
    struct Store: Sendable {
        var place: String
        var ledger: DatabaseVerdictLedger
        var outgoing: DatabaseOutgoingReports
    }

    private struct Parts: Sendable {
        var settings: ReportSendingSettings
        var store: Store?
        var workshop: Workshop
    }

    /// What another configuration comes to.
    struct Change: Sendable { fileprivate var store: Store? }

    /// Counts are on the disk within a second.
    private static let flushInterval = Duration.milliseconds(500)
    /// How often it is looked what is due.
    private static let sendInterval = Duration.seconds(15)
    /// For so long it is tried to write the last counts of a daemon that stops.
    private static let lastFlush = Duration.seconds(10)

    private let core: DaemonCore
    private let group: any EventLoopGroup
    private let counter: VerdictCounter
    private let parts: Mutex<Parts>
    /// Whether the database did its part last time, so that an outage is told of once.
    private let isWell = Mutex(true)
    /// Files in the outbox that the administrator knows of.
    private let told = Mutex(ToldNames())
    /// Whether the clock is not believed; the administrator knows then.
    private let isClockDoubted = Mutex(false)
    private let moved = Mutex(MovedVerdicts())
    private let failures = FailureDesk()

    /// Opens the database where anything is counted or sent. One on the network may be away for now.
    init(_ workshop: Workshop, core: DaemonCore, on group: any EventLoopGroup) async throws(DaemonError) {
        self.core = core
        self.group = group
        let run = (0..<4).map { _ in String(UInt32.random(in: 0 ... .max), radix: 36) }.joined(separator: "-")
        counter = VerdictCounter(node: workshop.configuration.guardSettings.authservID, run: run)
        let settings = workshop.configuration.reports.sending
        parts = Mutex(Parts(settings: settings, store: nil, workshop: workshop))
        let change = try prepare(workshop.configuration)
        if let store = change.store {
            do throws(DatabaseError) {
                try await store.ledger.open()
            } catch {
                guard error.problem == .disconnected || error.problem == .busy else {
                    throw DaemonError(
                        "\(workshop.configuration.reports.store): \(error.description); set reports.store")
                }
                core.log.error("\(error.description); verdicts are kept in memory meanwhile")
            }
        }
        take(change, workshop)
        core.verdicts.add { [weak self] message in self?.count(message) }
    }

    /// Reports that were sent and wait; nil where nothing is kept.
    var outgoing: (any OutgoingReports)? { parts.withLock { $0.store?.outgoing } }

    /// Puts together what another configuration asks for.
    func prepare(_ configuration: DaemonConfiguration) throws(DaemonError) -> Change {
        guard configuration.reports.sending.isUsed else { return Change(store: nil) }
        let place = configuration.reports.store.forSending
        if let old = parts.withLock(\.store), old.place == place { return Change(store: old) }
        do throws(DatabaseError) {
            let database = try SendingDatabase(place)
            return Change(
                store: Store(
                    place: place, ledger: try DatabaseVerdictLedger(database),
                    outgoing: try DatabaseOutgoingReports(database)))
        } catch {
            throw DaemonError("reports.store: \(error.description)")
        }
    }

    /// Takes it up.
    func take(_ change: Change, _ workshop: Workshop) {
        parts.withLock {
            $0 = Parts(
                settings: workshop.configuration.reports.sending, store: change.store, workshop: workshop)
        }
        // Of what is not done any more there are no faults.
        if change.store == nil { core.faults[.verdicts] = nil }
        if workshop.configuration.reports.sending.server == nil || change.store == nil {
            (core.faults[.sending], core.faults[.waitingReports]) = (nil, nil)
        }
    }

    // MARK: - Counting

    private func count(_ message: JudgedMessage) {
        let (settings, addresses) = parts.withLock { ($0.settings, $0.workshop.configuration.reports.addresses) }
        guard settings.isUsed, !ReportMailSigns.isReport(message, addresses) else { return }
        if settings.sendsFailures { failures.take(message, perHour: settings.failuresPerHour, at: core.now()) }
        guard settings.sendsAggregates else { return }
        let envelope = message.transaction.envelope
        let verdict = CountedVerdict(
            message.findings, message.decision, policy: message.policy, envelope: envelope,
            recipients: settings.namesRecipients ? envelope.recipients : [], at: core.now())
        guard let verdict else { return }
        switch counter.count(verdict) {
        case .counted: core.metrics.countedVerdicts.add(.counted)
        case .simplified: core.metrics.countedVerdicts.add(.simplified)
        case .omitted: core.metrics.countedVerdicts.add(.omitted)
        }
    }

    /// Writes what is counted; false where it could not.
    @discardableResult
    private func flush() async -> Bool {
        let omitted = counter.takeOmitted()
        if omitted > 0 {
            core.log.warning("too many kinds of messages: DMARC reports will lack \(omitted) of them")
        }
        guard let store = parts.withLock(\.store) else {
            core.faults[.verdicts] = nil
            return true
        }
        defer { core.metrics.waitingVerdicts.set(to: counter.messagesWaiting) }
        while let batch = counter.nextBatch() {
            do throws(DatabaseError) {
                if case .written(let moved) = try await store.ledger.write(batch, at: core.now()), moved > 0 {
                    core.metrics.countedVerdicts.add(.moved, count: moved)
                    tellMoved(moved)
                }
                counter.settle(batch)
                core.faults[.verdicts] = nil
                tellWell()
            } catch {
                tell(error, "verdicts are kept in memory meanwhile")
                core.faults[.verdicts] = DaemonFaults.Fault(
                    text: "verdicts for our own reports can't be written, and are kept in memory meanwhile",
                    detail: error.description)
                return false
            }
        }
        tellMoved(0)
        return true
    }

    // MARK: - Running

    /// Writes counts, and makes and sends reports, until the task is cancelled; then writes once more.
    func run() async {
        await withDiscardingTaskGroup { tasks in
            tasks.addTask {
                while (try? await Task.sleep(for: Self.flushInterval)) != nil { await self.flush() }
            }
            tasks.addTask { await self.makeFailureReports() }
            tasks.addTask {
                repeat { await self.send() } while (try? await Task.sleep(for: Self.sendInterval)) != nil
            }
        }
        let deadline = ContinuousClock.now + Self.lastFlush
        var tries = 0
        while await !flush(), ContinuousClock.now < deadline, tries < 3 { tries += 1 }
        if let sum = moved.withLock({ $0.end() }) { core.log.notice("\(sum)") }
        let lost = counter.messagesWaiting
        if lost > 0 { core.log.error("\(lost) verdicts could not be written, and no report will have them") }
    }

    private func send() async {
        let parts = parts.withLock { $0 }
        guard let store = parts.store, let dispatcher = dispatcher(parts, store) else {
            (core.faults[.sending], core.faults[.waitingReports]) = (nil, nil)
            return
        }
        do throws(DatabaseError) {
            let doubted = try await dispatcher.run(parts.workshop.resolver)
            tellDoubt(of: doubted)
            if parts.settings.sendsTLSReports, doubted == nil { try await takeTLSReports(parts, store) }
            let deliveries = try await store.outgoing.deliveries()
            for label in DeliveryStateLabel.allCases {
                let state = OutgoingDelivery.State(rawValue: label.rawValue)
                core.metrics.openDeliveries.set(label, .none, to: state.flatMap { deliveries[$0] } ?? 0)
            }
            core.faults[.waitingReports] = try await store.outgoing.waitingFailures().map { waiting in
                DaemonFaults.Fault(
                    text: "\(waiting.count.of("report")) of our own could not be sent everywhere; "
                        + "another attempt follows",
                    detail: waiting.answer.isEmpty ? nil : waiting.answer)
            }
            core.faults[.sending] = nil
            tellWell()
        } catch {
            guard !Task.isCancelled else { return }
            tell(error, "reports are made and sent later")
            core.faults[.sending] = DaemonFaults.Fault(
                text: "our own reports can't be made and sent now", detail: error.description)
        }
    }

    private func takeTLSReports(_ parts: Parts, _ store: Store) async throws(DatabaseError) {
        let reports = parts.workshop.configuration.transport.reports
        guard reports.isUsed else { return }
        let intake = TLSOutboxIntake(folder: "\(reports.folder)/outbox")
        let outcome = try await intake.run(
            into: store.outgoing, schedule: schedule(parts.settings), at: core.now(),
            by: parts.workshop.configuration.guardSettings.authservID)
        core.metrics.sentReports.add(.tls, .built, count: outcome.taken.count)
        // Of each file once: they stay until they are too old.
        for name in told.withLock({ $0.new(of: outcome.unreadable + outcome.conflicting + outcome.overdue) }) {
            let metadata: Logger.Metadata = ["file": .string(name)]
            if outcome.overdue.contains(name) {
                core.log.error(
                    "a TLS report is not sent: another one of this machine has its identifier, with other sessions",
                    metadata: metadata)
                continue
            }
            guard outcome.conflicting.contains(name) else {
                core.log.error("a report in the outbox can't be read", metadata: metadata)
                continue
            }
            core.log.error(
                """
                another machine's TLS report has the identifier of one in the outbox, which is not sent: give each \
                machine a transport.tls-reports.node of its own
                """, metadata: metadata)
        }
    }

    private func makeFailureReports() async {
        for await taken in failures.stream where !Task.isCancelled {
            let parts = parts.withLock { $0 }
            guard let store = parts.store, let contact = parts.settings.contact, parts.settings.sendsFailures else {
                continue
            }
            // It would be due, and of a day, years ahead.
            guard !isClockDoubted.withLock(\.self) else { continue }
            let configuration = parts.workshop.configuration
            let maker = FailureReportMaker(
                mails: ReportMailMaker(organization: parts.settings.organization, contact: contact.description),
                submitter: contact.domain.text, authservID: configuration.guardSettings.authservID, key: failures.key)
            let resolvers = parts.workshop.filter.budget.resolvers(parts.workshop.resolver)
            let (message, limiter, domain) = (taken.message, failures.limiter, taken.request.policyDomain)
            let reports = await maker.reports(
                taken.request, message.transaction, message.findings, message.decision,
                nonce: (0..<16).map { _ in UInt8.random(in: 0 ... .max) },
                incidents: {
                    limiter.admit(domain, perHour: parts.settings.failuresPerHour, at: core.now())
                }, resolvers.checks)
            for destination in reports.destinations where destination.permission != .granted {
                core.log.info(
                    "a failure report does not go there",
                    metadata: [
                        "domain": .string(domain), "to": .octets(Array(destination.uri.utf8)),
                        "reason": .octets(Array(destination.reason.utf8)),
                    ])
            }
            var queued = 0
            do throws(DatabaseError) {
                for (report, destination) in reports.made {
                    let isNew = try await store.outgoing.add(
                        report, to: [destination], due: core.now(), at: core.now(),
                        by: configuration.guardSettings.authservID)
                    guard isNew else { continue }
                    queued += 1
                    core.metrics.sentReports.add(.failure, .built)
                }
            } catch {
                tell(error, "a failure report is lost")
            }
            if reports.incidents > 0 {
                limiter.settle(domain, incidents: reports.incidents, queued: queued, at: core.now())
            }
        }
    }

    private func schedule(_ settings: ReportSendingSettings) -> SendingSchedule {
        SendingSchedule(
            settlingSeconds: settings.delay.components.seconds, spreadSeconds: settings.spread.components.seconds,
            ageMaxSeconds: settings.retry.components.seconds)
    }

    private func dispatcher(_ parts: Parts, _ store: Store) -> ReportDispatcher? {
        let (settings, workshop) = (parts.settings, parts.workshop)
        guard let contact = settings.contact, let server = settings.server else { return nil }
        let configuration = workshop.configuration
        let submitter = TLSReportSubmitter(
            organizationName: settings.organization, domain: contact.domain, contactLocalPart: contact.localPart)
        var options = ReportDispatcher.Options(
            node: configuration.guardSettings.authservID,
            builder: AggregateReportBuilder(
                submitter: submitter, source: settings.source,
                generator: AggregateReportBuilder.generator(version: core.version)),
            mails: ReportMailMaker(organization: settings.organization, contact: contact.description))
        options.returnPath = settings.returnPath?.description ?? ""
        options.schedule = schedule(settings)
        options.reportsKeptDays = Int64(settings.keptDays)
        let transport = ServerReportTransport(
            server: server, name: configuration.guardSettings.authservID, resolver: workshop.resolver,
            anchors: configuration.transport.authorities ?? .system(),
            allowedNetworks: configuration.transport.allowedNetworks, on: group)
        return ReportDispatcher(
            ledger: store.ledger, outgoing: store.outgoing, transport: transport,
            sealer: { mail, now in await Self.seal(mail, workshop, now) }, options: options, now: core.now,
            note: Self.note(core))
    }

    /// Signs a mail as our own mail is signed.
    private static func seal(_ mail: [UInt8], _ workshop: Workshop, _ now: UnixTime) async -> SealingOutcome {
        let parsed = MailMessage(parsing: mail)
        var message = workshop.mailGuard.beginOwn(MailTransaction(message: parsed, receivedAt: now))
        if message.needsBody { message.update(parsed.bytes[parsed.body]) }
        let resolvers = workshop.filter.budget.resolvers(workshop.resolver)
        let verdict = await message.finish(resolver: resolvers.checks, policyResolver: resolvers.policy)
        for case .unsigned(_, let reason) in verdict.notes { return .failed(reason: reason) }
        guard !verdict.signatures.isEmpty else { return .unsigned }
        return .signed(verdict.changes.applied(to: parsed.header) + parsed.bytes[parsed.body])
    }
}

// MARK: - What the administrator hears

extension SendingDesk {
    private func tell(_ error: DatabaseError, _ consequence: String) {
        core.metrics.sendingFailures.add()
        let wasWell = isWell.withLock { isWell in
            defer { isWell = false }
            return isWell
        }
        if wasWell { core.log.error("\(error.description); \(consequence)") }
    }

    private func tellMoved(_ messages: Int) {
        let today = TLSReportDay(containing: core.now())
        for line in moved.withLock({ $0.add(messages, on: today) }) { core.log.notice("\(line)") }
    }

    /// Takes when the clock was believed last; nil where it is.
    private func tellDoubt(of last: UnixTime?) {
        let wasDoubted = isClockDoubted.withLock { isDoubted in
            defer { isDoubted = last != nil }
            return isDoubted
        }
        guard let last, !wasDoubted else { return }
        core.log.warning(
            "the clock has leapt: no report is made, sent or forgotten until it has gone on for a day",
            metadata: ["clock": .string(core.now().rfc3339), "before": .string(last.rfc3339)])
    }

    private func tellWell() {
        let wasWell = isWell.withLock { isWell in
            defer { isWell = true }
            return isWell
        }
        if !wasWell { core.log.notice("the database of counts and reports does its part again") }
    }
}
