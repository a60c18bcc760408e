internal import DMARC
internal import DNS
internal import Databases
internal import MailBytes
internal import MailNames
internal import UnboundResolver

extension ReportDispatcher {
    /// Makes the next attempt at a delivery; false where none is due.
    func sendNext(_ resolver: some DeadlineResolver) async throws(DatabaseError) -> Bool {
        let claimed = try await outgoing.claim(by: options.node, at: now(), lease: Self.leaseSeconds)
        guard let delivery = claimed else { return false }
        guard let report = try await outgoing.report(delivery.report),
            let document = try await outgoing.document(of: delivery.report)
        else {
            try await outgoing.end(delivery, .failed(answer: "the report is not there"), at: now())
            return true
        }
        let ending: OutgoingDelivery.Ending
        if delivery.state == .unverified {
            let budget = BudgetedResolver(resolver, questionsMax: Self.questionsMax, timeLimit: Self.questionTime)
            ending = await verify(delivery, report, budget)
        } else {
            ending = await attempt(delivery, report, document)
        }
        // A task that is cancelled knows nothing: the delivery is taken up when its lease is over.
        guard !Task.isCancelled else { return false }
        try await outgoing.end(delivery, ending, at: now())
        tell(report, delivery, ending)
        return true
    }

    private func attempt(
        _ delivery: OutgoingDelivery, _ report: OutgoingReport, _ document: [UInt8]
    ) async -> OutgoingDelivery.Ending {
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
            let next = options.schedule.retry(after: delivery.failures + 1, since: report.made, now: now())
            return next.map { .retry(at: $0, answer: Self.shown(answer)) } ?? .failed(answer: Self.shown(answer))
        }
    }

    /// Asks once more whether a destination wants the report.
    private func verify(
        _ delivery: OutgoingDelivery, _ report: OutgoingReport, _ resolver: some Resolver
    ) async -> OutgoingDelivery.Ending {
        guard let uri = DMARCReportURI(delivery.requested), let domain = try? DomainName(mailDomain: report.domain)
        else {
            return .refused(reason: "the URI can't be read")
        }
        let found = await DestinationVerifier(resolver: resolver)
            .destinations([uri], of: domain, report.kind == .dmarcFailure ? .ruf : .rua)
        // What it says of several addresses was for the first look: one delivery goes to one.
        guard let first = found.first else { return .refused(reason: "there is no destination") }
        switch first.permission {
        case .granted: return .verified(uri: first.uri, reason: first.reason)
        case .refused: return .refused(reason: first.reason)
        case .unknown:
            let next = options.schedule.retry(after: delivery.failures + 1, since: report.made, now: now())
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

extension OutgoingReportKind {
    /// What a report is called where it goes by HTTPS (RFC 8460 §5.4).
    var uploadMediaType: String { self == .tlsrpt ? "application/tlsrpt+gzip" : "application/gzip" }
}
