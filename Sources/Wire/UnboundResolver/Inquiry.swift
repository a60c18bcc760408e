internal import DNS
internal import MailNames

/// One question on its way to libunbound and back, for all who ask it. Used by the resolver's thread alone.
///
/// libunbound can't be told to stop: when all its tickets have timed out, an inquiry goes on, for those who ask the
/// same next and for libunbound's cache.
final class Inquiry {
    let question: DNSQuestion
    let lane: Lane
    private(set) var tickets: [Ticket] = []
    /// Hears that libunbound has called back, before the tickets do.
    private let whenBack: (Inquiry) -> Void
    /// Whether libunbound has called back.
    private(set) var isAnswered = false
    /// What an answer without a proof means, in the context that was asked.
    var unproved = DNSSECState.indeterminate

    init(_ question: DNSQuestion, _ ticket: Ticket, lane: Lane, whenBack: @escaping (Inquiry) -> Void) {
        self.question = question
        self.lane = lane
        self.whenBack = whenBack
        tickets = [ticket]
    }

    var isWanted: Bool { tickets.contains(where: \.isWanted) }

    func add(_ ticket: Ticket) {
        // Those who ask again and again about a silent server must not pile up.
        if tickets.count > 16, tickets.count.nonzeroBitCount == 1 { tickets.removeAll { !$0.isWanted } }
        tickets.append(ticket)
    }

    /// libunbound has called back.
    func complete(_ answer: DNSAnswer) {
        isAnswered = true
        whenBack(self)
        settle(answer)
    }

    func settle(_ answer: DNSAnswer) {
        let tickets = tickets
        self.tickets = []
        for ticket in tickets { ticket.settle(answer) }
    }
}

/// The inquiries about one domain and what is below it.
///
/// Servers that don't answer hold what is asked of them for seconds. With only so many inquiries of each domain at
/// libunbound, one domain's silence can't take all sockets and hold up the rest of the world.
final class Lane {
    /// The last two labels of the names: about what one party has under its control.
    let domain: DomainName
    /// How many of its inquiries libunbound has.
    var underwayCount = 0
    /// Whether it stands in the row of lanes that may have something to ask.
    var isInRow = false
    /// Not given to libunbound yet; nil for those that have left. They refer to the lane in turn, so nobody who has
    /// left may stay here.
    private var waiting: [Inquiry?] = []
    private var firstWaiting = 0
    private var tidyAt = 1000

    init(_ domain: DomainName) { self.domain = domain }

    static func domain(of name: DomainName) -> DomainName { name.suffix(labels: 2) }

    var hasWaiting: Bool { firstWaiting < waiting.count }
    var isIdle: Bool { underwayCount == 0 && !hasWaiting }

    func wait(_ inquiry: Inquiry, dropped: (Inquiry) -> Void) {
        waiting.append(inquiry)
        guard waiting.count - firstWaiting > tidyAt else { return }
        // Now and then, forget those whose askers have all gone.
        let all = waiting[firstWaiting...].compactMap(\.self)
        waiting = all.filter(\.isWanted)
        firstWaiting = 0
        for inquiry in all where !inquiry.isWanted { dropped(inquiry) }
        tidyAt = max(1000, 2 * waiting.count)
    }

    /// The next inquiry in turn.
    func next() -> Inquiry? {
        guard hasWaiting else { return nil }
        let inquiry = waiting[firstWaiting]
        waiting[firstWaiting] = nil
        firstWaiting += 1
        if firstWaiting > 64, firstWaiting * 2 > waiting.count {
            waiting.removeFirst(firstWaiting)
            firstWaiting = 0
        }
        return inquiry
    }

    /// Lets go of all that wait.
    func clear() { (waiting, firstWaiting) = ([], 0) }
}
