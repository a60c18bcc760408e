internal import MilterProtocol
internal import MilterServer

/// Sends the messages of the day one after the other, and shows what comes of them.
struct DemoPlayer {
    let printer: DemoPrinter
    let server: DemoMailServer
    let pace: Duration
    private(set) var outcomes: [DemoOutcome] = []
    private(set) var isAsExpected = true
    /// Limit: how long the daemon's log is waited for, when the mail server has its answer.
    private static let secondsMax = 5

    init(printer: DemoPrinter, server: DemoMailServer, pace: Duration) {
        self.printer = printer
        self.server = server
        self.pace = pace
    }

    /// Sends a message, and shows it.
    mutating func play(_ message: DemoMessage, _ events: inout AsyncStream<DemoEvent>.Iterator) async {
        printer.announce(message)
        if pace > .zero { try? await Task.sleep(for: pace) }
        // A queue id as Postfix makes them.
        let queueID = "DEMO" + message.time.filter(\.isNumber)
        do throws(MilterClientError) {
            let answer = try await server.send(message, queueID: queueID)
            let verdict = DemoVerdict(answer, record: await record(of: queueID, &events))
            let differences = verdict.differences(from: message.expected)
            isAsExpected = isAsExpected && differences.isEmpty
            printer.show(verdict, differences: differences, showingResults: outcomes.isEmpty)
            outcomes.append(verdict.outcome)
        } catch {
            guard !Task.isCancelled else { return }
            isAsExpected = false
            printer.show(failure: error.description)
        }
    }

    /// What the daemon's log says of a message; nil if it says nothing.
    private func record(
        of queueID: String, _ events: inout AsyncStream<DemoEvent>.Iterator
    ) async -> DemoRecord? {
        var seconds = 0
        while seconds <= Self.secondsMax, let event = await events.next(isolation: #isolation) {
            switch event {
            case .second: seconds += 1
            case .log(let record) where record.isVerdict && record.queueID == queueID: return record
            case .log(let record): printer.show(stranger: record)
            }
        }
        return nil
    }
}
