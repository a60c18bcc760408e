/// Sums by source and by who the messages prove to come from: a year of a large domain has many of them, and each is
/// found by its number alone.
struct SourceSums {
    struct Cell {
        let via: Int64
        let source: Int64
        var messages: Int
        var aligned: Int
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

    mutating func add(via: Int64, source: Int64, messages: Int, aligned: Int) {
        let head = head(source)
        var place = head
        var steps = 0
        while place >= 0 {
            let index = Int(place)
            if cells[index].via == via { return add(messages, aligned, to: index) }
            place = cells[index].next
            steps += 1
        }
        // No database has as many sources.
        guard cells.count < Int(Int32.max) else { return }
        let new = Int32(cells.count)
        guard steps < Self.stepsMax else {
            let pair = Pair(via: via, source: source)
            if let known = further[pair] { return add(messages, aligned, to: Int(known)) }
            further[pair] = new
            cells.append(Cell(via: via, source: source, messages: messages, aligned: aligned, next: -1))
            return
        }
        if source >= 0, source < Self.placesMax { places[Int(source)] = new } else { others[source] = new }
        cells.append(Cell(via: via, source: source, messages: messages, aligned: aligned, next: head))
    }

    private mutating func add(_ messages: Int, _ aligned: Int, to index: Int) {
        cells[index].messages = cells[index].messages.addingUpToMax(messages)
        cells[index].aligned = cells[index].aligned.addingUpToMax(aligned)
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
