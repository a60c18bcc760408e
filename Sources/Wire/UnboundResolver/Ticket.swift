internal import CUnbound
internal import DNS

/// A question that the resolver's thread has on its hands. Used by that thread alone.
final class Ticket {
    let question: DNSQuestion
    let deadline: ContinuousClock.Instant
    private unowned let loop: ResolverLoop
    /// Takes the answer, or the time-out; called at most once.
    private var finish: ((DNSAnswer) -> Void)?
    private var timer: OpaquePointer?
    /// Whether somebody still wants an answer; asked before libunbound is.
    let isWanted: () -> Bool
    /// Whether libunbound has called back.
    var isAnswered = false
    var unproved = DNSSECState.indeterminate

    init(
        _ question: DNSQuestion, by deadline: ContinuousClock.Instant, on loop: ResolverLoop,
        isWanted: @escaping () -> Bool = { true }, finish: @escaping (DNSAnswer) -> Void
    ) {
        self.question = question
        self.deadline = deadline
        self.loop = loop
        self.isWanted = isWanted
        self.finish = finish
    }

    deinit { if let timer { event_free(timer) } }

    /// libunbound has called back.
    func complete(_ answer: DNSAnswer) {
        stopTimer()
        loop.isBack(self)
        settle(answer)
    }

    func settle(_ answer: DNSAnswer) {
        let finish = finish
        self.finish = nil
        finish?(answer)
    }

    func settle(_ status: DNSStatus) { settle(DNSAnswer(question: question, status: status)) }

    /// Starts the deadline's timer. At the deadline the asker gets a time-out; the ticket stays until libunbound
    /// calls back, which can't be told to stop.
    func startTimer(_ base: OpaquePointer) {
        guard timer == nil else { return }
        let callback: event_callback_fn = { _, _, reference in
            guard let reference else { return }
            Unmanaged<Ticket>.fromOpaque(reference).takeUnretainedValue().timerFired()
        }
        timer = event_new(base, -1, 0, callback, Unmanaged.passUnretained(self).toOpaque())
        addTimer()
    }

    private func addTimer() {
        guard let timer else { return }
        let parts = max(.zero, ContinuousClock.now.duration(to: deadline)).components
        // Rounded up to the microsecond, so that it does not fire before its time.
        var wait = timeval(tv_sec: Int(parts.seconds), tv_usec: Int(parts.attoseconds / 1_000_000_000_000) + 1)
        if wait.tv_usec > 999_999 {
            wait.tv_sec += 1
            wait.tv_usec = 0
        }
        event_add(timer, &wait)
    }

    private func timerFired() {
        guard ContinuousClock.now >= deadline else { return addTimer() }
        stopTimer()
        settle(.timeout)
        loop.hasGivenUp(self)
    }

    private func stopTimer() {
        guard let timer else { return }
        event_free(timer)
        self.timer = nil
    }
}
