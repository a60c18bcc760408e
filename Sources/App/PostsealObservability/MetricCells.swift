internal import Synchronization

/// One number that many threads change at once.
final class MetricCell: Sendable {
    private let value = Atomic<Int>(0)

    /// Relaxed: nothing else is read by the order of these, and a page of numbers is no snapshot.
    var current: Int { value.load(ordering: .relaxed) }
    func add(_ amount: Int) { value.wrappingAdd(amount, ordering: .relaxed) }
    func set(_ amount: Int) { value.store(amount, ordering: .relaxed) }
}

/// A cell for each combination of two labels, made at once and never again.
struct CellTable<First: MetricLabel, Second: MetricLabel>: Sendable {
    private let cells: [MetricCell]
    private let width: Int

    init() {
        width = Second.allCases.count
        cells = (0..<First.allCases.count * width).map { _ in MetricCell() }
    }

    /// The cell of a combination. There is one for every case, so that this is nil only for a type whose `allCases`
    /// does not hold them all.
    func cell(_ first: First, _ second: Second) -> MetricCell? {
        guard let row = Self.place(first), let column = Self.place(second) else { return nil }
        let index = row * width + column
        return cells.indices.contains(index) ? cells[index] : nil
    }

    private static func place<Label: MetricLabel>(_ label: Label) -> Int? {
        var place = 0
        for other in Label.allCases {
            if other == label { return place }
            place += 1
        }
        return nil
    }

    /// Every combination with its number, in the order of the cases.
    var numbers: [(first: First, second: Second, number: Int)] {
        First.allCases.flatMap { first in
            Second.allCases.map { second in (first, second, cell(first, second)?.current ?? 0) }
        }
    }
}

/// A number that only grows, for each combination of labels.
public struct Counter<First: MetricLabel, Second: MetricLabel>: Sendable {
    let name: StaticString
    let help: StaticString
    let table = CellTable<First, Second>()

    /// Counts; a negative amount counts nothing.
    public func add(_ first: First, _ second: Second, count: Int = 1) { table.cell(first, second)?.add(max(0, count)) }

    /// How much was counted.
    public func current(_ first: First, _ second: Second) -> Int { table.cell(first, second)?.current ?? 0 }
}

extension Counter where Second == NoLabel {
    /// Counts; a negative amount counts nothing.
    public func add(_ first: First, count: Int = 1) { add(first, .none, count: count) }

    /// How much was counted.
    public func current(_ first: First) -> Int { current(first, .none) }
}

extension Counter where First == NoLabel, Second == NoLabel {
    /// Counts; a negative amount counts nothing.
    public func add(count: Int = 1) { add(.none, .none, count: count) }

    /// How much was counted.
    public var current: Int { current(.none, .none) }
}

/// A number that goes up and down, for each combination of labels.
public struct Gauge<First: MetricLabel, Second: MetricLabel>: Sendable {
    let name: StaticString
    let help: StaticString
    let table = CellTable<First, Second>()

    /// Sets the number.
    public func set(_ first: First, _ second: Second, to number: Int) { table.cell(first, second)?.set(number) }

    /// Adds to the number; negative amounts take away.
    public func change(_ first: First, _ second: Second, by amount: Int) { table.cell(first, second)?.add(amount) }

    /// The number now.
    public func current(_ first: First, _ second: Second) -> Int { table.cell(first, second)?.current ?? 0 }
}

extension Gauge where First == NoLabel, Second == NoLabel {
    /// Sets the number.
    public func set(to number: Int) { set(.none, .none, to: number) }

    /// Adds to the number; negative amounts take away.
    public func change(by amount: Int) { change(.none, .none, by: amount) }

    /// The number now.
    public var current: Int { current(.none, .none) }
}

extension Gauge where Second == NoLabel {
    /// Shows which one holds: 1 for that, 0 for all others.
    public func show(_ first: First) {
        for other in First.allCases { set(other, .none, to: other == first ? 1 : 0) }
    }
}

/// How long things took, for each value of a label: how many were no longer than each of a list of bounds.
public struct Histogram<Label: MetricLabel>: Sendable {
    let name: StaticString
    let help: StaticString
    /// The bounds in microseconds, growing. One more cell is for what is longer than all.
    let boundsMicroseconds: [Int]
    private let cells: [[MetricCell]]
    private let sums = CellTable<Label, NoLabel>()

    init(name: StaticString, help: StaticString, boundsMicroseconds: [Int]) {
        self.name = name
        self.help = help
        self.boundsMicroseconds = boundsMicroseconds
        cells = Label.allCases.map { _ in (0...boundsMicroseconds.count).map { _ in MetricCell() } }
    }

    /// Counts a duration; a negative one counts as none at all.
    public func observe(_ label: Label, _ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        // A year at most, so that a clock that jumped spoils one bucket and not the sum.
        let nanoseconds =
            min(max(0, Int(seconds)), 31_536_000) * 1_000_000_000 + max(0, Int(attoseconds / 1_000_000_000))
        var row = 0
        for other in Label.allCases {
            if other == label { break }
            row += 1
        }
        guard cells.indices.contains(row) else { return }
        let bucket = boundsMicroseconds.firstIndex { nanoseconds <= $0 * 1000 } ?? boundsMicroseconds.count
        cells[row][bucket].add(1)
        sums.cell(label, .none)?.add(nanoseconds)
    }

    /// For each value of the label: how many fell into each bucket by itself, and the sum in nanoseconds.
    var numbers: [(label: Label, buckets: [Int], sumNanoseconds: Int)] {
        zip(Label.allCases, cells).map { label, cells in
            (label, cells.map(\.current), sums.cell(label, .none)?.current ?? 0)
        }
    }
}
