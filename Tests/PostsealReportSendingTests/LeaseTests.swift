import Databases
import MailBytes
import Synchronization
import TLSRPT
import TestSupport
import Testing

@testable import PostsealReportSending

/// What is under a lease is one node's, for as long as that node lives.
@Suite struct LeaseTests {
    /// Something that a test waits for; only cancelling ends the wait otherwise.
    private struct Signal: Sendable {
        let stream: AsyncStream<Void>
        let continuation: AsyncStream<Void>.Continuation

        init() { (stream, continuation) = AsyncStream.makeStream() }

        func wait() async { for await _ in stream { return } }
    }

    @Test func `a lease is renewed while the work goes on`() async {
        let renewals = Mutex(0)
        let enough = Signal()
        let (value, isOurs) = await LeaseKeeper(seconds: 900, pause: .milliseconds(1)).keep {
            () throws(DatabaseError) -> Bool in
            let count = renewals.withLock { count in
                count += 1
                return count
            }
            if count == 3 { enough.continuation.yield() }
            return true
        } during: {
            await enough.wait()
            return "done"
        }
        #expect(value == "done" && isOurs)
        #expect(renewals.withLock(\.self) >= 3)
    }

    @Test func `work ends where somebody else has the lease`() async {
        let never = Signal()
        let (value, isOurs) = await LeaseKeeper(seconds: 900, pause: .milliseconds(1)).keep {
            () throws(DatabaseError) -> Bool in
            false
        } during: {
            await never.wait()
            return Task.isCancelled
        }
        #expect(value == true && !isOurs)
    }

    @Test func `a database that is silent takes a lease away when it would be over`() async {
        let never = Signal()
        let failures = Mutex(0)
        let (value, isOurs) = await LeaseKeeper(seconds: 1, pause: .milliseconds(10)).keep {
            () throws(DatabaseError) -> Bool in
            failures.withLock { $0 += 1 }
            throw DatabaseError(.disconnected, "away")
        } during: {
            await never.wait()
            return Task.isCancelled
        }
        #expect(value == true && !isOurs)
        #expect(failures.withLock(\.self) > 0)
    }

    @Test func `what is done when the lease is found lost counts as done`() async {
        let done = Signal()
        let (value, isOurs) = await LeaseKeeper(seconds: 900, pause: .milliseconds(1)).keep {
            () throws(DatabaseError) -> Bool in
            await done.wait()
            return false
        } during: {
            "done"
        }
        #expect(value == "done" && isOurs)
    }

    @Test(arguments: SendingPlace.allCases)
    func `a delivery that somebody takes over in its midst is given up, and sent once`(
        _ place: SendingPlace
    ) async throws {
        try await place.withDatabase { database in
            let outgoing = try DatabaseOutgoingReports(database)
            let taken = Mutex<OutgoingDelivery?>(nil)
            // The node is silent for so long that its lease is over, and another one takes the delivery; it is still at
            // it.
            let transport = StubTransport(meanwhile: {
                while !Task.isCancelled, taken.withLock({ $0 == nil }) {
                    guard let now = try? await outgoing.reports(OutgoingQuery()).first?.deliveries.first,
                        (try? await outgoing.renew(now, lease: 0)) == true,
                        let delivery = try? await outgoing.claim(by: "other", at: .afterDay(700), lease: 900)
                    else { continue }
                    taken.withLock { $0 = delivery }
                }
                await Signal().wait()
            })
            var cluster = DispatcherTests.Cluster(database: database, transport: transport)
            cluster.lease = LeaseKeeper(seconds: 900, pause: .milliseconds(1))
            _ = try await DatabaseVerdictLedger(database).write(Made.batch([(Made.verdict(), 3)]), at: noon)
            let notes = Diary<ReportDispatcher.Note>()
            cluster.clock.now = .afterDay(600)
            try await cluster.dispatcher("mx", notes).run(PatientZone())
            #expect(transport.sent.isEmpty)
            let claimed = taken.withLock { $0 }
            let other = try #require(claimed)
            #expect(notes.values.contains { if case .overtaken = $0 { true } else { false } })
            // The other one has it still, and ends it.
            #expect(try await outgoing.renew(other, lease: 900))
            #expect(try await outgoing.end(other, .sent(answer: "250 ok"), at: .afterDay(701)))
            let report = try #require(try await outgoing.reports(OutgoingQuery()).first)
            #expect(report.state == .sent)
            #expect(try await outgoing.attempts(of: report.id).map(\.outcome) == ["", "sent"])
        }
    }

    @Test func `what the server has said is noted although the task is cancelled`() async throws {
        try await SendingPlace.sqlite.withDatabase { database in
            let outgoing = try DatabaseOutgoingReports(database)
            _ = try await DatabaseVerdictLedger(database).write(Made.batch([(Made.verdict(), 3)]), at: noon)
            let begun = Signal()
            let cluster = DispatcherTests.Cluster(
                database: database, transport: StubbornTransport { begun.continuation.yield() })
            cluster.clock.now = .afterDay(600)
            let dispatcher = try cluster.dispatcher("mx", Diary())
            await withTaskGroup(of: Void.self) { tasks in
                tasks.addTask { _ = try? await dispatcher.run(PatientZone()) }
                await begun.wait()
                tasks.cancelAll()
            }
            #expect(try await outgoing.reports(OutgoingQuery()).first?.state == .sent)
        }
    }
}

/// Accepts everything, when the daemon is about to end.
private struct StubbornTransport: ReportTransport {
    var begin: @Sendable () -> Void

    func send(_ mail: [UInt8], from returnPath: String, to recipient: String) async -> TransportOutcome {
        begin()
        while !Task.isCancelled { await Task.yield() }
        return .accepted(answer: "250 ok")
    }

    func post(_ document: [UInt8], as mediaType: String, to uri: String, at now: UnixTime) async -> TransportOutcome {
        .accepted(answer: "200")
    }
}
