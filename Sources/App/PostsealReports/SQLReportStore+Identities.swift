internal import Databases
internal import MailCrypto
internal import MailNames
internal import MailReports

/// A report that is not there yet.
struct Newcomer {
    let rows: ReportRows
    /// Which arrival it is of, and which of its findings.
    let arrival: Int
    let place: Int
    var standing: ReportStanding
    /// As of its arrival.
    var signer: DomainName?
    var quirks: [String]
    /// What it is found by: the report's own identity, or where another one has that, one of its own.
    var identity: [UInt8]

    var isCounted: Bool { standing > .apart }
}

/// Arrivals, each report with what becomes of it.
struct SortedArrivals {
    enum Place {
        case refused(MailReportError)
        /// It is there.
        case known(Int64)
        /// The newcomer of this number, or the same as that.
        case newcomer(Int, arrival: Int, place: Int)
        /// Another one has its identity.
        case conflicting(ReportPlaceInStore)
    }

    var newcomers: [Newcomer] = []
    /// For each arrival and each of its findings.
    var places: [[Place]] = []

    func intake(_ place: Place, numbers: [Int64]) -> ReportIntake {
        switch place {
        case .refused(let error): .refused(error)
        case .known(let id): .known(id)
        case .newcomer(let number, let arrival, let place):
            (newcomers[number].arrival, newcomers[number].place) == (arrival, place)
                ? .new(numbers[number]) : .known(numbers[number])
        case .conflicting(.stored(let id)): .conflicting(id)
        case .conflicting(.newcomer(let number)): .conflicting(numbers[number])
        }
    }
}

/// Where a report is.
enum ReportPlaceInStore {
    case stored(Int64)
    /// A newcomer, which has no number yet.
    case newcomer(Int)
}

/// The same report counts once, and what proves whose it is is never replaced. What proves nothing keeps nobody from
/// anything: kept apart it makes room for a report that counts, and counted for one whose sender is known.
extension SQLReportStore {
    /// Of a report that is kept apart because another one has its identity.
    static let conflictQuirk = "other-report-counts"
    /// Reports of this kind are all that can count unproven (RFC 8460 §3).
    static let tlsKind = "tlsrpt"

    private struct Known {
        var place: ReportPlaceInStore
        let content: [UInt8]
        var standing: ReportStanding
    }

    /// Finds out which reports are there, and which are to be put in. Those that are kept apart make room.
    func sort(_ arrivals: [ReportArrival]) throws(DatabaseError) -> SortedArrivals {
        var known = try known(arrivals.flatMap(\.rows).compactMap { try? $0.get().identity })
        var sorted = SortedArrivals()
        for (index, arrival) in arrivals.enumerated() {
            var places: [SortedArrivals.Place] = []
            for (place, rows) in arrival.rows.enumerated() {
                switch rows {
                case .failure(let error): places.append(.refused(error))
                case .success(let rows):
                    let newcomer = Newcomer(
                        rows: rows, arrival: index, place: place,
                        standing: Self.standing(of: rows, arrival.standing), signer: arrival.signer,
                        quirks: arrival.quirks[place], identity: rows.identity.identity)
                    places.append(try sort(newcomer, &known, &sorted))
                }
            }
            sorted.places.append(places)
        }
        return sorted
    }

    private static func standing(of rows: ReportRows, _ standing: ReportStanding) -> ReportStanding {
        // Without a domain there is nothing to count for. Of reports of other kinds the sums could not be undone.
        rows.head.domain == nil || standing == .unproven && rows.kind != tlsKind ? .apart : standing
    }

    private func sort(
        _ newcomer: Newcomer, _ known: inout [ReportHash: Known], _ sorted: inout SortedArrivals
    ) throws(DatabaseError) -> SortedArrivals.Place {
        let identity = newcomer.rows.identity
        func added(_ number: Int) -> SortedArrivals.Place {
            .newcomer(number, arrival: newcomer.arrival, place: newcomer.place)
        }
        func add(_ newcomer: Newcomer) -> Int {
            sorted.newcomers.append(newcomer)
            return sorted.newcomers.count - 1
        }
        guard let there = known[identity.key] else {
            let number = add(newcomer)
            known[identity.key] = Known(
                place: .newcomer(number), content: identity.content, standing: newcomer.standing)
            return added(number)
        }
        let isSame = there.content == identity.content
        guard newcomer.standing > there.standing else {
            guard isSame else { return try keepApart(newcomer, from: there.place, &sorted) }
            switch there.place {
            case .stored(let id): return .known(id)
            case .newcomer(let number): return added(number)
            }
        }
        // It counts, and what is there does not, or proves less.
        if case .stored(let id) = there.place, there.standing == .unproven {
            guard try mayReplace(id, by: newcomer.signer) else {
                return isSame ? .known(id) : try keepApart(newcomer, from: there.place, &sorted)
            }
            if isSame {
                // It is in the sums already.
                try connection.run("UPDATE reports SET is_unproven = 0 WHERE id = ?", [.integer(id)])
                known[identity.key]?.standing = newcomer.standing
                return .known(id)
            }
            // Whose file is not kept any more can't be taken out of the sums.
            guard try uncount(id) else { return try keepApart(newcomer, from: there.place, &sorted) }
        }
        if !isSame { try remove(aside(identity.identity, identity.content)) }
        var number: Int
        switch (there.place, isSame) {
        case (.stored(let id), true):
            try remove([id])
            number = add(newcomer)
        case (.stored(let id), false):
            try setAside(id, identity.identity, there.content)
            number = add(newcomer)
        case (.newcomer(let other), true):
            sorted.newcomers[other] = newcomer
            number = other
        case (.newcomer(let other), false):
            sorted.newcomers[other].identity = aside(identity.identity, there.content)
            sorted.newcomers[other].quirks.append(Self.conflictQuirk)
            sorted.newcomers[other].standing = .apart
            number = add(newcomer)
        }
        known[identity.key] = Known(
            place: .newcomer(number), content: identity.content, standing: newcomer.standing)
        return added(number)
    }

    /// Keeps a report whose identity another one has, unless it is kept already.
    private func keepApart(
        _ newcomer: Newcomer, from other: ReportPlaceInStore, _ sorted: inout SortedArrivals
    ) throws(DatabaseError) -> SortedArrivals.Place {
        let own = aside(newcomer.rows.identity.identity, newcomer.rows.identity.content)
        if try id(of: own) == nil, !sorted.newcomers.contains(where: { $0.identity == own }) {
            sorted.newcomers.append(
                Newcomer(
                    rows: newcomer.rows, arrival: newcomer.arrival, place: newcomer.place, standing: .apart,
                    quirks: newcomer.quirks + [Self.conflictQuirk], identity: own))
        }
        return .conflicting(other)
    }

    // MARK: - In the store

    /// Those reports that are there.
    private func known(_ identities: [ReportIdentity]) throws(DatabaseError) -> [ReportHash: Known] {
        var known: [ReportHash: Known] = [:]
        known.reserveCapacity(identities.count)
        let found = try connection.rows(
            "SELECT identity, id, content, is_counted, is_unproven FROM reports WHERE identity IN",
            anyOf: identities.map { .blob($0.identity) }
        ) { (ReportHash($0.blob(0)), $0.integer(1), $0.blob(2), Self.standing($0.integer(3), $0.integer(4))) }
        for (key, id, content, standing) in found {
            known[key] = Known(place: .stored(id), content: content, standing: standing)
        }
        return known
    }

    private static func standing(_ isCounted: Int64, _ isUnproven: Int64) -> ReportStanding {
        isCounted == 0 ? .apart : isUnproven == 0 ? .proven : .unproven
    }

    private func id(of identity: [UInt8]) throws(DatabaseError) -> Int64? {
        try connection.number("SELECT id FROM reports WHERE identity = ?", [.blob(identity)])
    }

    /// What a report is found by while another one has its identity.
    private func aside(_ identity: [UInt8], _ content: [UInt8]) -> [UInt8] {
        SHA256Hasher.hash(identity + content).bytes
    }

    private func remove(_ identity: [UInt8]) throws(DatabaseError) {
        if let id = try id(of: identity) { try remove([id]) }
    }

    /// Takes its identity from a report that is kept apart.
    private func setAside(_ id: Int64, _ identity: [UInt8], _ content: [UInt8]) throws(DatabaseError) {
        let own = aside(identity, content)
        if try self.id(of: own) != nil {
            try remove([id])
            return
        }
        try connection.run(
            "UPDATE reports SET identity = ?, quirks = trim(quirks || ?) WHERE id = ?",
            [.blob(own), .text(" " + Self.conflictQuirk), .integer(id)])
    }

    /// Gives a report that is to be counted its own identity.
    ///
    /// - Returns: false where another one counts, and is proven.
    func claimIdentity(_ id: Int64, _ identity: ReportIdentity) throws(DatabaseError) -> Bool {
        let others = try connection.rows(
            "SELECT id, content, is_counted, is_unproven FROM reports WHERE identity = ? AND id <> ?",
            [.blob(identity.identity), .integer(id)]
        ) { ($0.integer(0), $0.blob(1), Self.standing($0.integer(2), $0.integer(3))) }
        if let (other, content, standing) = others.first {
            switch standing {
            case .apart: break
            case .unproven: guard try uncount(other) else { return false }
            case .proven: return false
            }
            if content == identity.content {
                try remove([other])
            } else {
                try setAside(other, identity.identity, content)
            }
        }
        try connection.run(
            "UPDATE reports SET identity = ?, quirks = trim(replace(quirks, ?, '')) WHERE id = ?",
            [.blob(identity.identity), .text(Self.conflictQuirk), .integer(id)])
        return true
    }
}
