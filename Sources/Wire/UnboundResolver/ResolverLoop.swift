internal import CUnbound
internal import DNS
internal import MailNames
internal import Synchronization

/// The resolver's thread from inside: an event base with libunbound on it, and all questions that are on their way.
///
/// Not `Sendable`: made by ``UnboundResolver``'s initialiser, handed to the thread before it starts, and then used by
/// that thread alone. Others reach it through the ``Mailbox``.
///
/// A question goes mailbox → (held, while it is found out whether DNSSEC works; waiting, while too many are on their
/// way) → libunbound → back. Its timer runs from the beginning. Whatever happens, its asker is answered once.
///
/// 1. A ticket in `underway` has been given to libunbound, which has not called back yet.
/// 2. A ticket in `waiting` has not been given to libunbound.
/// 3. libunbound's callback never asks libunbound anything: that waits for the next turn of the loop.
final class ResolverLoop {
    let base: OpaquePointer
    private let mailbox: Mailbox
    private let configuration: SettledConfiguration
    private let shared: SharedState
    private var wakeEvent: OpaquePointer?

    /// Validates; nil where nothing is to be validated.
    private var validating: UnboundContext?
    /// Does not validate. Made when it is needed.
    private var plain: UnboundContext?

    private var underway: [ObjectIdentifier: Ticket] = [:]
    private var waiting: [Ticket] = []
    private var proof: ProofCheck
    private var isEnding = false

    /// - Throws: where there is no event base, or libunbound does not take the configuration.
    init(_ configuration: SettledConfiguration, mailbox: Mailbox, shared: SharedState) throws(UnboundResolverError) {
        guard let base = Self.makeBase() else { throw UnboundResolverError("libevent cannot make an event base") }
        do throws(UnboundResolverError) {
            let validates = configuration.anchor != nil
            let context = try UnboundContext(configuration, validating: validates, base: base)
            validating = validates ? context : nil
            plain = validates ? nil : context
        } catch {
            event_base_free(base)
            throw error
        }
        self.base = base
        self.mailbox = mailbox
        self.configuration = configuration
        self.shared = shared
        proof = ProofCheck(anchorZone: configuration.anchor?.zone, mayGiveUp: configuration.mayGiveUpProof)
    }

    private static func makeBase() -> OpaquePointer? {
        guard let options = event_config_new() else { return nil }
        defer { event_config_free(options) }
        // Without the cache of the time, timers added late in a long turn don't fire early.
        let flags = EVENT_BASE_FLAG_NOLOCK.rawValue | EVENT_BASE_FLAG_NO_CACHE_TIME.rawValue
            | EVENT_BASE_FLAG_PRECISE_TIMER.rawValue
        event_config_set_flag(options, CInt(flags))
        return event_base_new_with_config(options)
    }

    deinit {
        // Contexts go before the base that they have events on.
        validating = nil
        plain = nil
        if let wakeEvent { event_free(wakeEvent) }
        event_base_free(base)
    }

    /// Works until the mailbox is shut, then ends everything that is still on its way.
    func run() {
        let callback: event_callback_fn = { _, _, reference in
            guard let reference else { return }
            Unmanaged<ResolverLoop>.fromOpaque(reference).takeUnretainedValue().takeTurn()
        }
        let reference = Unmanaged.passUnretained(self).toOpaque()
        wakeEvent = event_new(base, mailbox.descriptor, Int16(EV_READ) | Int16(EV_PERSIST), callback, reference)
        event_add(wakeEvent, nil)
        event_base_dispatch(base)
        end()
    }

    private func takeTurn() {
        let (items, isClosed) = mailbox.collect()
        if isClosed { event_base_loopbreak(base) }
        for item in items {
            switch item {
            case .lookup(let lookup): start(lookup)
            case .selfTest(let continuation): startSelfTest(continuation)
            }
        }
        askWaiting()
    }
}

// MARK: Questions

extension ResolverLoop {
    private func start(_ lookup: Lookup) {
        guard !lookup.isFinished else { return }
        let cache = shared.cache
        let ticket = Ticket(
            lookup.question, by: lookup.deadline, on: self, isWanted: { !lookup.isFinished },
            finish: { answer in
                cache.keep(answer)
                lookup.finish(answer)
            })
        if proof.isDue { checkProof() }
        guard !proof.holdsQuestions, waiting.isEmpty, underway.count < configuration.options.lookupsMax else {
            ticket.startTimer(base)
            waiting.append(ticket)
            return
        }
        ask(ticket, current)
    }

    /// Where questions go now.
    private var current: UnboundContext? { proof.isGivenUp ? plain : validating ?? plain }

    private func ask(_ ticket: Ticket, _ context: UnboundContext?) {
        guard let context else { return ticket.settle(.serverFailure) }
        guard ticket.deadline > .now else { return ticket.settle(.timeout) }
        context.resolve(ticket)
        guard !ticket.isAnswered else { return }
        underway[ObjectIdentifier(ticket)] = ticket
        ticket.startTimer(base)
    }

    private func askWaiting() {
        guard !proof.holdsQuestions, !waiting.isEmpty else { return }
        var taken = 0
        for ticket in waiting where underway.count < configuration.options.lookupsMax {
            taken += 1
            if ticket.isWanted() { ask(ticket, current) }
        }
        waiting.removeFirst(taken)
    }

    /// A ticket's own word that libunbound has called it back.
    func isBack(_ ticket: Ticket) {
        guard underway.removeValue(forKey: ObjectIdentifier(ticket)) != nil, !waiting.isEmpty else { return }
        wakeSelf()
    }

    /// A ticket's own word that its deadline has passed.
    func hasGivenUp(_ ticket: Ticket) {
        // Drop the expired from those that wait, now and then: the front of the queue is where they gather.
        guard !ticket.isAnswered, waiting.count > 1000, waiting.first?.isWanted() == false else { return }
        waiting.removeAll { !$0.isWanted() }
    }

    private func wakeSelf() {
        if let wakeEvent { event_active(wakeEvent, CInt(EV_READ), 0) }
    }
}

// MARK: Whether DNSSEC works

extension ResolverLoop {
    private func startSelfTest(_ continuation: CheckedContinuation<ResolverSelfTest, Never>) {
        proof.listeners.append { continuation.resume(returning: $0) }
        checkProof()
    }

    /// Asks for a proof from the trust anchor; and if there is none, whether anybody is there at all.
    private func checkProof() {
        guard !proof.isRunning else { return }
        proof.begin()
        guard validating != nil else { return checkReachable(.off, reason: nil) }
        probe(DNSQuestion(proof.zone, .dnskey), validating) { [unowned self] answer in
            guard !isEnding else { return }
            if answer.security == .secure {
                conclude(ResolverSelfTest(validation: .works, isReachable: true))
            } else {
                // Others need not wait for the rest, if it was slow already.
                if answer.status == .timeout { proof.release() }
                let reason = answer.whyBogus ?? "no proof: \(answer.status), \(answer.security.rawValue)"
                checkReachable(.unavailable, reason: reason)
            }
        }
    }

    private func checkReachable(_ validation: ResolverSelfTest.Validation, reason: String?) {
        if plain == nil { plain = try? UnboundContext(configuration, validating: false, base: base) }
        probe(DNSQuestion(proof.zone, .soa), plain) { [unowned self] answer in
            guard !isEnding else { return }
            let isReachable = !answer.status.isFailure
            let known = isReachable || validation == .off
            conclude(
                ResolverSelfTest(
                    validation: known ? validation : .unknown, isReachable: isReachable, reason: reason))
        }
    }

    private func probe(_ question: DNSQuestion, _ context: UnboundContext?, then next: @escaping (DNSAnswer) -> Void) {
        ask(Ticket(question, by: .now + ProofCheck.stepLimit, on: self, finish: next), context)
    }

    private func conclude(_ result: ResolverSelfTest) {
        let wasGivenUp = proof.isGivenUp
        let final = proof.conclude(result, at: .now)
        // What was kept under the other regime says "unproved" of what can be proved, or the reverse.
        if proof.isGivenUp != wasGivenUp { shared.cache.clear() }
        shared.selfTest.withLock { $0 = final }
        wakeSelf()
    }

    // MARK: The end

    /// Answers everybody, then takes libunbound down.
    private func end() {
        isEnding = true
        for item in mailbox.collect().items {
            switch item {
            case .lookup(let lookup): lookup.finish(.serverFailure)
            case .selfTest(let continuation): proof.listeners.append { continuation.resume(returning: $0) }
            }
        }
        for ticket in waiting { ticket.settle(.serverFailure) }
        waiting = []
        for ticket in underway.values { ticket.settle(.serverFailure) }
        // libunbound calls the tickets back once more, in vain, and forgets them.
        validating = nil
        plain = nil
        underway = [:]
        _ = proof.conclude(ResolverSelfTest(validation: .unknown, isReachable: false), at: .now)
    }
}
