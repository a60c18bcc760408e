/// Lets few at a time do what takes much memory or time, in the order in which they come. Some wait; more are sent
/// away.
public actor Turns {
    private let placesMax: Int
    private var taken = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// - Parameter placesMax: how many have a turn at once, one at least.
    public init(placesMax: Int = 1) { self.placesMax = max(placesMax, 1) }

    /// How many wait.
    public var waitingCount: Int { waiting.count }

    /// Does something when its turn comes; nil, and nothing is done, where so many wait already.
    ///
    /// - Parameter waitingMax: may differ between those who come: who bears more in front of it finds a place sooner.
    public func take<Answer: Sendable>(
        waitingMax: Int, _ body: @Sendable () async throws -> Answer
    ) async rethrows -> Answer? {
        guard await enter(waitingMax) else { return nil }
        defer { leave() }
        return try await body()
    }

    private func enter(_ waitingMax: Int) async -> Bool {
        guard taken == placesMax else {
            taken += 1
            return true
        }
        guard waiting.count < waitingMax else { return false }
        // Who is resumed has the place of who left: it is never free in between.
        await withCheckedContinuation { waiting.append($0) }
        return true
    }

    private func leave() {
        guard !waiting.isEmpty else {
            taken -= 1
            return
        }
        waiting.removeFirst().resume()
    }
}
