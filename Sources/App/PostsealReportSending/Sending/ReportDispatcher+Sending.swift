internal import DMARC
internal import DNS
internal import Databases
internal import MailBytes
internal import MailNames
internal import UnboundResolver

extension ReportDispatcher {
    /// Makes the next attempt at a delivery; false where none is due.
    func sendNext(_ resolver: some DeadlineResolver) async throws(DatabaseError) -> Bool {
        let claimed = try await outgoing.claim(by: options.node, at: now(), lease: options.lease.seconds)
        guard let delivery = claimed else { return false }
        guard let history = try await outgoing.history(of: delivery.report),
            let document = try await outgoing.document(of: delivery.report)
        else {
            try await outgoing.end(delivery, .failed(answer: "the report is not there"), at: now())
            return true
        }
        // RFC 8460 §5.5: 24 hours from the first attempt; the others' time is ours to choose.
        let report = history.report
        let first = history.attempts.first { $0.place == delivery.place }?.began ?? now()
        let (outcome, isOurs) = await options.lease.keep { () throws(DatabaseError) -> Bool in
            try await outgoing.renew(delivery, lease: options.lease.seconds)
        } during: { () -> Result<OutgoingDelivery.Ending?, DatabaseError> in
            let ending: OutgoingDelivery.Ending
            if delivery.state == .unverified {
                let budget = BudgetedResolver(resolver, questionsMax: Self.questionsMax, timeLimit: Self.questionTime)
                ending = await verify(delivery, report, since: first, budget)
            } else {
                ending = await attempt(delivery, report, document, since: first)
            }
            // A task that is cancelled knows nothing, unless the server has spoken: the delivery is taken up when its
            // lease is over.
            guard !Task.isCancelled || ending.isAnswer else { return .success(nil) }
            return await end(delivery, ending)
        }
        if let ending = try outcome?.get() {
            tell(report, delivery, ending)
        } else if !isOurs || !Task.isCancelled {
            note(.overtaken(kind: report.kind, reportID: report.reportID, to: delivery.uri))
        }
        return !Task.isCancelled
    }

    /// Limit: so long it is tried to note what a server has said. Who knows it not would send again.
    private static let notingTries = 60

    /// Notes the end of an attempt; nil where the delivery is somebody else's.
    private func end(
        _ delivery: OutgoingDelivery, _ ending: OutgoingDelivery.Ending
    ) async -> Result<OutgoingDelivery.Ending?, DatabaseError> {
        var tries = 0
        while true {
            do throws(DatabaseError) {
                return .success(try await outgoing.end(delivery, ending, at: now()) ? ending : nil)
            } catch {
                tries += 1
                guard ending.isAnswer, tries < Self.notingTries, (try? await Task.sleep(for: .seconds(1))) != nil else {
                    return .failure(error)
                }
            }
        }
    }

    private func attempt(
        _ delivery: OutgoingDelivery, _ report: OutgoingReport, _ document: [UInt8], since first: UnixTime
    ) async -> OutgoingDelivery.Ending {
        // RFC 8460 §5.5: also where the node was gone that had it in hand, or nobody was there for a day.
        if report.kind == .tlsrpt, now().seconds - first.seconds > SendingSchedule.tlsAgeMaxSeconds {
            return .failed(answer: "a day is over since the first attempt")
        }
        let outcome: TransportOutcome
        if let recipient = ReportMailMaker.address(of: delivery.uri) {
            let mail = options.mails.mail(of: report, document, to: recipient, place: delivery.place, at: now())
            switch await sealer(mail, now()) {
            case .signed(let octets): outcome = await transport.send(octets, from: options.returnPath, to: recipient)
            case .unsigned: outcome = await transport.send(mail, from: options.returnPath, to: recipient)
            case .failed(let reason): outcome = .later(answer: "not signed: \(reason)")
            }
        } else {
            outcome = await transport.post(document, as: report.kind.uploadMediaType, to: delivery.uri, at: now())
        }
        switch outcome {
        case .accepted(let answer): return .sent(answer: Self.shown(answer))
        case .refused(let answer): return .failed(answer: Self.shown(answer))
        case .later(let answer):
            var schedule = options.schedule
            if report.kind == .tlsrpt {
                schedule.ageMaxSeconds = min(schedule.ageMaxSeconds, SendingSchedule.tlsAgeMaxSeconds)
            }
            let next = schedule.retry(after: delivery.failures + 1, since: first, now: now())
            return next.map { .retry(at: $0, answer: Self.shown(answer)) } ?? .failed(answer: Self.shown(answer))
        }
    }

    /// Asks once more whether a destination wants the report.
    private func verify(
        _ delivery: OutgoingDelivery, _ report: OutgoingReport, since begin: UnixTime, _ resolver: some Resolver
    ) async -> OutgoingDelivery.Ending {
        guard let uri = DMARCReportURI(delivery.requested), let domain = try? DomainName(mailDomain: report.domain)
        else {
            return .refused(reason: "the URI can't be read")
        }
        let found = await DestinationVerifier(resolver: resolver)
            .destinations([uri], of: domain, report.kind == .dmarcFailure ? .ruf : .rua)
        guard let first = found.first else { return .refused(reason: "there is no destination") }
        switch first.permission {
        case .granted: return .verified(uris: found.map(\.uri), reason: first.reason)
        case .refused: return .refused(reason: first.reason)
        case .unknown:
            let next = options.schedule.retry(after: delivery.failures + 1, since: begin, now: now())
            return next.map { .unverified(until: $0, reason: first.reason) } ?? .failed(answer: first.reason)
        }
    }

    private func tell(_ report: OutgoingReport, _ delivery: OutgoingDelivery, _ ending: OutgoingDelivery.Ending) {
        let (kind, id, uri) = (report.kind, report.reportID, delivery.uri)
        switch ending {
        case .sent(let answer): note(.sent(kind: kind, reportID: id, to: uri, answer: answer))
        case .failed(let answer): note(.givenUp(kind: kind, reportID: id, to: uri, answer: answer))
        case .retry(_, let answer): note(.retried(kind: kind, reportID: id, to: uri, answer: answer))
        case .refused(let reason): note(.refused(kind: kind, reportID: id, to: uri, reason: reason))
        case .verified: break
        case .unverified(_, let reason): note(.retried(kind: kind, reportID: id, to: uri, answer: reason))
        }
    }

    /// Limit: octets of an answer that are kept. A server can say anything.
    private static let answerOctetsMax = 500

    private static func shown(_ answer: String) -> String {
        String(lossy: answer.utf8.prefix(answerOctetsMax).map { $0 < 0x20 || $0 == 0x7F ? .space : $0 })
    }
}

extension OutgoingDelivery.Ending {
    /// Whether it is the server's last word.
    fileprivate var isAnswer: Bool {
        switch self {
        case .sent, .failed: true
        case .retry, .verified, .refused, .unverified: false
        }
    }
}

extension OutgoingReportKind {
    /// What a report is called where it goes by HTTPS (RFC 8460 §5.4).
    var uploadMediaType: String { self == .tlsrpt ? "application/tlsrpt+gzip" : "application/gzip" }
}
