import Testing
import Threads

@Suite struct TurnsTests {
    /// Holds up whoever comes until it is opened.
    private actor Door {
        private var isOpen = false
        private var waiting: [CheckedContinuation<Void, Never>] = []
        private(set) var inside = 0

        func pass() async {
            inside += 1
            if !isOpen { await withCheckedContinuation { waiting.append($0) } }
        }

        func open() {
            isOpen = true
            for one in waiting { one.resume() }
            waiting = []
        }
    }

    private struct Failure: Error {}

    @Test func `so many have a turn, so many wait, and others are sent away`() async {
        let (turns, door) = (Turns(placesMax: 2), Door())
        await withTaskGroup(of: Bool?.self) { tasks in
            for _ in 0..<6 {
                tasks.addTask {
                    await turns.take(waitingMax: 1) {
                        await door.pass()
                        return true
                    }
                }
            }
            // Two are inside and one waits; the others are sent away.
            for _ in 0..<3 { #expect(await tasks.next() == .some(nil)) }
            // Who may wait behind more than one finds a place.
            tasks.addTask { await turns.take(waitingMax: 2) { true } }
            while await turns.waitingCount < 2 { await Task.yield() }
            #expect(await door.inside == 2)
            await door.open()
            for _ in 0..<4 { #expect(await tasks.next() == true) }
        }
        #expect(await turns.waitingCount == 0)
    }

    @Test func `a turn that fails is over`() async throws {
        let turns = Turns()
        await #expect(throws: Failure.self) { try await turns.take(waitingMax: 0) { throw Failure() } }
        #expect(await turns.take(waitingMax: 0) { 1 } == 1)
    }
}
