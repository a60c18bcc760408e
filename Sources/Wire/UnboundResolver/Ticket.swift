internal import CUnbound
internal import DNS

/// One asker of an ``Inquiry``, with the time until which it waits. Used by the resolver's thread alone.
final class Ticket {
    private let deadline: ContinuousClock.Instant
    /// Takes the answer, or the time-out; called once.
    private var finish: ((DNSAnswer) -> Void)?
    private let isForgotten: () -> Bool
    private let question: DNSQuestion
    private var timer: OpaquePointer?

    /// - Parameter isForgotten: Whether the asker has gone away by itself.
    init(
        _ question: DNSQuestion, by deadline: ContinuousClock.Instant,
        isForgotten: @escaping () -> Bool = { false }, finish: @escaping (DNSAnswer) -> Void
    ) {
        self.question = question
        self.deadline = deadline
        self.isForgotten = isForgotten
        self.finish = finish
    }

    deinit { stopTimer() }

    /// Whether somebody still waits.
    var isWanted: Bool { finish != nil && !isForgotten() }

    /// Gives the answer, unless there has been one.
    func settle(_ answer: DNSAnswer) {
        stopTimer()
        let finish = finish
        self.finish = nil
        finish?(answer)
    }

    func settle(_ status: DNSStatus) { settle(DNSAnswer(question: question, status: status)) }

    /// Lets the asker have a time-out at the deadline.
    func startTimer(_ base: OpaquePointer) {
        guard timer == nil, finish != nil else { return }
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
        let microseconds = Int(parts.attoseconds / 1_000_000_000_000) + 1
        var wait = timeval(tv_sec: Int(parts.seconds) + microseconds / 1_000_000, tv_usec: microseconds % 1_000_000)
        event_add(timer, &wait)
    }

    private func timerFired() {
        guard ContinuousClock.now >= deadline else { return addTimer() }
        settle(.timeout)
    }

    private func stopTimer() {
        guard let timer else { return }
        event_free(timer)
        self.timer = nil
    }
}
