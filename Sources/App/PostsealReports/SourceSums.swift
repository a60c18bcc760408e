/// Messages of a source: all, those that passed DMARC, and those that failed with an author below the policy's domain.
struct SourceCounts {
    var messages = 0
    var aligned = 0
    var failedSubdomain = 0

    mutating func add(_ other: SourceCounts) {
        messages = messages.addingUpToMax(other.messages)
        aligned = aligned.addingUpToMax(other.aligned)
        failedSubdomain = failedSubdomain.addingUpToMax(other.failedSubdomain)
    }
}

/// Sums by source and by who the messages prove to come from: a year of a large domain has many of them, and each is
/// found by its number alone.
struct SourceSums {
    struct Cell {
        let via: Int64
        let source: Int64
        var counts: SourceCounts
        /// The cell of the same source and another name, before this one; -1 if there is none.
        fileprivate let next: Int32
    }

    /// Limit: numbers that have a place of their own; those above are hashed.
    private static let placesMax = 1 << 20

    /// Limit: cells of a source that are walked through. One address can sign with any number of names.
    private static let stepsMax = 16

    private struct Pair: Hashable {
        let via: Int64
        let source: Int64
    }

    private(set) var cells: [Cell] = []
    /// The newest cell of each source; -1 where there is none.
    private var places: [Int32] = []
    private var others: [Int64: Int32] = [:]
    /// The cells of names of a source that are behind these.
    private var further: [Pair: Int32] = [:]

    mutating func add(via: Int64, source: Int64, _ counts: SourceCounts) {
        let head = head(source)
        var place = head
        var steps = 0
        while place >= 0 {
            let index = Int(place)
            if cells[index].via == via { return cells[index].counts.add(counts) }
            place = cells[index].next
            steps += 1
        }
        // No database has as many sources.
        guard cells.count < Int(Int32.max) else { return }
        let new = Int32(cells.count)
        guard steps < Self.stepsMax else {
            let pair = Pair(via: via, source: source)
            if let known = further[pair] { return cells[Int(known)].counts.add(counts) }
            further[pair] = new
            cells.append(Cell(via: via, source: source, counts: counts, next: -1))
            return
        }
        if source >= 0, source < Self.placesMax { places[Int(source)] = new } else { others[source] = new }
        cells.append(Cell(via: via, source: source, counts: counts, next: head))
    }

    private mutating func head(_ source: Int64) -> Int32 {
        guard source >= 0, source < Self.placesMax else { return others[source] ?? -1 }
        let index = Int(source)
        if index >= places.count {
            places += Array(repeating: -1, count: max(index + 1 - places.count, min(places.count, Self.placesMax)))
        }
        return places[index]
    }
}
