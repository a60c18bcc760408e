internal import DNS
internal import MailNames

extension ResolverLoop {
    /// Puts a look-up on its way.
    func start(_ lookup: Lookup) {
        guard !lookup.isFinished else { return }
        guard lookup.deadline > .now else { return lookup.finish(.timeout) }
        let cache = shared.cache
        let ticket = Ticket(
            lookup.question, by: lookup.deadline, isForgotten: { lookup.isFinished },
            finish: { answer in
                cache.keep(answer)
                lookup.finish(answer)
            })
        if proof.isDue { checkProof() }
        let question = lookup.question
        if let inquiry = open[question] {
            inquiry.add(ticket)
        } else {
            let lane = lane(of: question.name)
            let inquiry = Inquiry(question, ticket, lane: lane) { [unowned self] in isBack($0) }
            if !proof.holdsQuestions, !lane.hasWaiting, hasRoom(lane) {
                ask(inquiry, current)
            } else {
                lane.wait(inquiry) { [unowned self] in close($0) }
                stand(lane)
            }
            guard !inquiry.isAnswered else { return removeIfIdle(lane) }
            open[question] = inquiry
        }
        ticket.startTimer(base)
    }

    /// Where questions go now.
    private var current: UnboundContext? { proof.isGivenUp ? plain : validating ?? plain }

    /// Gives an inquiry to libunbound, which may have the answer at once.
    private func ask(_ inquiry: Inquiry, _ context: UnboundContext?) {
        inquiry.lane.underwayCount += 1
        underway[ObjectIdentifier(inquiry)] = inquiry
        if let context {
            context.resolve(inquiry)
        } else {
            inquiry.complete(DNSAnswer(question: inquiry.question, status: .serverFailure))
        }
    }

    /// An inquiry's own word that libunbound has called it back.
    private func isBack(_ inquiry: Inquiry) {
        guard underway.removeValue(forKey: ObjectIdentifier(inquiry)) != nil else { return }
        close(inquiry)
        let lane = inquiry.lane
        lane.underwayCount -= 1
        if lane.hasWaiting { stand(lane) } else { removeIfIdle(lane) }
        if !row.isEmpty { wakeSelf() }
    }

    /// Lets nobody join the inquiry any more.
    private func close(_ inquiry: Inquiry) {
        if open[inquiry.question] === inquiry { open[inquiry.question] = nil }
    }

    /// Asks for a proof from the trust anchor or the like: beside the lanes, and not to be joined.
    func probe(_ question: DNSQuestion, _ context: UnboundContext?, then next: @escaping (DNSAnswer) -> Void) {
        let ticket = Ticket(question, by: .now + ProofCheck.stepLimit, finish: next)
        let inquiry = Inquiry(question, ticket, lane: lane(of: question.name)) { [unowned self] in isBack($0) }
        ask(inquiry, context)
        ticket.startTimer(base)
    }
}

// MARK: Lanes

extension ResolverLoop {
    private func lane(of name: DomainName) -> Lane {
        let domain = Lane.domain(of: name)
        if let lane = lanes[domain] { return lane }
        let lane = Lane(domain)
        lanes[domain] = lane
        return lane
    }

    private func hasRoom(_ lane: Lane) -> Bool {
        underway.count < configuration.options.lookupsMax
            && lane.underwayCount < configuration.options.lookupsPerDomainMax
    }

    private func stand(_ lane: Lane) {
        guard !lane.isInRow else { return }
        lane.isInRow = true
        row.append(lane)
    }

    private func removeIfIdle(_ lane: Lane) {
        if lane.isIdle, lanes[lane.domain] === lane { lanes[lane.domain] = nil }
    }

    /// Lets the lanes of the row ask in turn, as long as there is room.
    func askRow() {
        while !row.isEmpty, !proof.holdsQuestions, underway.count < configuration.options.lookupsMax {
            let turn = row
            row = []
            for lane in turn {
                lane.isInRow = false
                guard hasRoom(lane) else {
                    // Full itself: its next inquiry to come back puts it into the row. Everything full: any does.
                    if lane.underwayCount < configuration.options.lookupsPerDomainMax { stand(lane) }
                    continue
                }
                if let inquiry = lane.next() {
                    if inquiry.isWanted { ask(inquiry, current) } else { close(inquiry) }
                }
                if lane.hasWaiting { stand(lane) } else { removeIfIdle(lane) }
            }
        }
    }
}
