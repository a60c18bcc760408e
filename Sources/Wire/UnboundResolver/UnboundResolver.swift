public import DNS
internal import Synchronization

/// A validating, caching DNS resolver in the process: libunbound on a thread of its own.
///
/// Every look-up ends: with an answer, at its deadline, when its task is cancelled (both ``DNS/DNSStatus/timeout``),
/// or when the resolver is closed (``DNS/DNSStatus/serverFailure``). Records that fail validation are withheld
/// (``DNS/DNSStatus/bogus``). Large answers come over TCP where they must.
///
/// ``DNS/DNSSECState``: `secure` for what is proved from the trust anchor, `insecure` for what is proved to be
/// unsigned, `indeterminate` where no trust anchor applies or validation is off or has been given up
/// (``DNSSECValidation/automatic``).
///
/// Limits: what libunbound has begun it also ends, so a look-up that timed out goes on inside, for ten seconds or
/// so, and counts against ``UnboundConfiguration/lookupsMax`` until then; its answer is there for the next one.
/// The system's files are read once. Needs `/proc`.
///
///     let resolver = try UnboundResolver(configuration: UnboundConfiguration())
///     let answer = await resolver.answer(DNSQuestion(name, .mx))
///     resolver.close()
public final class UnboundResolver: DeadlineResolver {
    private let mailbox: Mailbox
    private let shared: SharedState
    private let thread: ResolverThread
    private let lookupLimit: Duration

    /// Starts a resolver. Asks nothing yet.
    ///
    /// - Throws: where a file that the configuration names can't be read or used, or the system has no thread or
    ///   memory left. Servers that don't answer are no error here: see ``selfTest()``.
    public init(configuration: UnboundConfiguration = UnboundConfiguration()) throws(UnboundResolverError) {
        mailbox = try Mailbox()
        shared = SharedState(answersKeptMax: configuration.answersKeptMax)
        lookupLimit = configuration.lookupLimit
        thread = try ResolverThread(
            running: ResolverLoop(try configuration.settled(), mailbox: mailbox, shared: shared))
    }

    deinit { close() }

    /// Answers within the configuration's ``UnboundConfiguration/lookupLimit``.
    public func answer(_ question: DNSQuestion) async -> DNSAnswer {
        await answer(question, by: .now + lookupLimit)
    }

    /// Answers by the deadline, and within the configuration's ``UnboundConfiguration/lookupLimit``.
    public func answer(_ question: DNSQuestion, by deadline: ContinuousClock.Instant) async -> DNSAnswer {
        let now = ContinuousClock.now
        if let kept = shared.cache.answer(question, at: now) { return kept }
        let lookup = Lookup(question, by: min(deadline, now + lookupLimit))
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard lookup.wait(continuation) else { return }
                if !mailbox.post(.lookup(lookup)) { lookup.finish(.serverFailure) }
            }
        } onCancel: {
            lookup.finish(.timeout)
        }
    }

    /// Finds out whether the servers answer and whether DNSSEC proofs can be had from them; takes four seconds at
    /// most. With ``DNSSECValidation/automatic`` also acts on the result: validation is given up, or taken up again.
    ///
    /// Asks for the trust anchor's zone: its DNSKEY records with proof, and if there is none, its SOA without.
    public func selfTest() async -> ResolverSelfTest {
        await withCheckedContinuation { continuation in
            if !mailbox.post(.selfTest(continuation)) {
                continuation.resume(returning: ResolverSelfTest(validation: .unknown, isReachable: false))
            }
        }
    }

    /// The result of the last check, whoever asked for it; nil before the first. With
    /// ``DNSSECValidation/automatic`` the first look-up makes one.
    public var lastSelfTest: ResolverSelfTest? { shared.selfTest.withLock { $0 } }

    /// Ends all look-ups that are on their way, and the thread. Returns when the thread is gone; later calls do
    /// nothing. Look-ups after it end at once with ``DNS/DNSStatus/serverFailure``, if no kept answer serves.
    public func close() {
        mailbox.shut()
        thread.join()
    }
}

/// What the resolver's thread leaves for everybody to see.
final class SharedState: Sendable {
    let cache: AnswerCache
    let selfTest = Mutex<ResolverSelfTest?>(nil)

    init(answersKeptMax: Int) { cache = AnswerCache(answersMax: answersKeptMax) }
}
