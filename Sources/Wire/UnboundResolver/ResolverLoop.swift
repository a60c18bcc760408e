internal import CUnbound
internal import DNS
internal import MailNames
internal import Threads

/// The resolver's thread from inside: an event base with libunbound on it, and all questions that are on their way.
///
/// Not `Sendable`: made by ``UnboundResolver``'s initialiser, handed to the thread before it starts, and then used by
/// that thread alone. Others reach it through the ``Mailbox``.
///
/// A look-up becomes a ``Ticket`` with a timer, on an ``Inquiry`` that it shares with all who ask the same. Inquiries
/// go through their domain's ``Lane`` to libunbound and back. Whatever happens, each ticket is settled once.
///
/// 1. An inquiry in `underway` has been given to libunbound, which has not called back; its lane counts it.
/// 2. An inquiry in `open` can be joined. It is in `underway`, or waits in its lane.
/// 3. A lane that has inquiries waiting and room for them at libunbound stands in `row`.
/// 4. libunbound's callback never asks libunbound anything: that is for the next turn of the loop.
final class ResolverLoop: ThreadBody {
    let base: OpaquePointer
    let configuration: SettledConfiguration
    let shared: SharedState
    private let mailbox: Mailbox
    private var wakeEvent: OpaquePointer?

    /// Validates; nil where nothing is to be validated.
    private(set) var validating: UnboundContext?
    /// Does not validate. Made when it is needed.
    var plain: UnboundContext?

    var underway: [ObjectIdentifier: Inquiry] = [:]
    var open: [DNSQuestion: Inquiry] = [:]
    var lanes: [DomainName: Lane] = [:]
    var row: [Lane] = []
    var proof: ProofCheck
    private var deferred: [() -> Void] = []
    private(set) var isEnding = false

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

    deinit {
        // Contexts go before the base that they have events on.
        validating = nil
        plain = nil
        if let wakeEvent { event_free(wakeEvent) }
        event_base_free(base)
    }

    private static func makeBase() -> OpaquePointer? {
        guard let options = event_config_new() else { return nil }
        defer { event_config_free(options) }
        // Without the cache of the time, timers added late in a long turn don't fire early.
        let flags =
            EVENT_BASE_FLAG_NOLOCK.rawValue | EVENT_BASE_FLAG_NO_CACHE_TIME.rawValue
            | EVENT_BASE_FLAG_PRECISE_TIMER.rawValue
        event_config_set_flag(options, CInt(flags))
        return event_base_new_with_config(options)
    }

    /// Works until the mailbox is shut, then ends everything that is still on its way.
    func run() {
        postseal_name_thread("postseal-dns")
        let callback: event_callback_fn = { _, _, reference in
            guard let reference else { return }
            Unmanaged<ResolverLoop>.fromOpaque(reference).takeUnretainedValue().takeTurn()
        }
        let reference = Unmanaged.passUnretained(self).toOpaque()
        wakeEvent = event_new(base, mailbox.descriptor, Int16(EV_READ) | Int16(EV_PERSIST), callback, reference)
        event_add(wakeEvent, nil)
        event_base_dispatch(base)
    }

    /// Has another turn come after the present one.
    func wakeSelf() {
        if let wakeEvent { event_active(wakeEvent, CInt(EV_READ), 0) }
    }

    /// Does something in the next turn, which is never within a callback of libunbound's.
    func later(_ work: @escaping () -> Void) {
        deferred.append(work)
        wakeSelf()
    }

    private func takeTurn() {
        let (items, isClosed) = mailbox.collect()
        if isClosed {
            event_base_loopbreak(base)
            return end(items)
        }
        let deferred = deferred
        self.deferred = []
        for work in deferred { work() }
        for item in items {
            switch item {
            case .lookup(let lookup): start(lookup)
            case .selfTest(let continuation): startSelfTest(continuation)
            }
        }
        askRow()
    }

    /// Answers everybody, then takes libunbound down.
    private func end(_ items: [Mailbox.Item]) {
        isEnding = true
        for item in items {
            switch item {
            case .lookup(let lookup): lookup.finish(.serverFailure)
            case .selfTest(let continuation): proof.listeners.append { continuation.resume(returning: $0) }
            }
        }
        for inquiry in Array(open.values) + Array(underway.values) {
            inquiry.settle(DNSAnswer(question: inquiry.question, status: .serverFailure))
        }
        for lane in lanes.values { lane.clear() }
        // libunbound calls back once more for each inquiry that it has, in vain, and forgets them.
        validating = nil
        plain = nil
        (underway, open, lanes, row) = ([:], [:], [:], [])
        proof.tell(ResolverSelfTest(validation: .unknown, isReachable: false))
    }
}
