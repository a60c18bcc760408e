public import MailBytes
internal import MailReports
internal import NIOPosix
public import PostsealReports
internal import Threads

/// Where all reports come in, by whichever way: it reads them, and has them stored, before anybody is told that they
/// are taken.
///
/// One is read at a time, away from the event loops: what can be unpacked out of a few octets is bounded, but large.
public final class ReportReceiver: Sendable {
    /// Limit: octets of one file or mail.
    public static let octetsMax = ReportArrival.octetsMax
    /// Limit: so many wait for their turn; more are sent away.
    public static let waitingMax = 32
    /// Limit: so many wait where the newest is posted, which anybody may do: mail still finds a place.
    public static let waitingPostsMax = 8

    private let store: any ReportStore
    private let now: @Sendable () -> UnixTime
    private let noted: @Sendable (ReportOrigin, ReportReception) -> Void
    private let turns = Turns()

    /// - Parameters:
    ///   - store: where they are kept.
    ///   - now: the clock.
    ///   - noted: hears of everything that came in.
    public init(
        store: any ReportStore, now: @escaping @Sendable () -> UnixTime,
        noted: @escaping @Sendable (ReportOrigin, ReportReception) -> Void
    ) {
        self.store = store
        self.now = now
        self.noted = noted
    }

    /// Looks for reports in a file, a mail or the body of a request, and stores them.
    ///
    /// - Parameters:
    ///   - octets: as they came.
    ///   - name: what the file is called; nil for a mail.
    ///   - origin: who vouches for them.
    public func receive(_ octets: [UInt8], name: String? = nil, from origin: ReportOrigin) async -> ReportReception {
        let reception = await take(octets, name, origin)
        noted(origin, reception)
        return reception
    }

    /// Notes that octets found no room while they came in: who sent them is to come again.
    public func noteBusy(from origin: ReportOrigin) { noted(origin, .busy) }

    private func take(_ octets: [UInt8], _ name: String?, _ origin: ReportOrigin) async -> ReportReception {
        guard octets.count <= ReportArrival.octetsMax else { return .tooLarge }
        let waitingMax = origin == .posted ? Self.waitingPostsMax : Self.waitingMax
        return await turns.take(waitingMax: waitingMax) { await takeInTurn(octets, name, origin) } ?? .busy
    }

    private func takeInTurn(_ octets: [UInt8], _ name: String?, _ origin: ReportOrigin) async -> ReportReception {
        let received = now()
        guard
            var arrival = try? await NIOThreadPool.singleton.runIfActive({
                ReportArrival(reading: octets, name: name, received: received)
            })
        else { return .busy }
        let kinds = Set(arrival.findings.compactMap { $0.report?.kind })
        let standing = origin.standing(of: kinds)
        var taking = ReportTaking()
        taking.isCounted = standing ?? .apart > .apart
        guard !kinds.isEmpty else {
            for case .failure(let error) in arrival.findings.map(\.outcome) { taking.add(.refused(error)) }
            return .done(taking)
        }
        guard let standing else { return .undecided }
        arrival.standing = standing
        arrival.signer = origin.domain
        do throws(ReportStoreError) {
            for intake in try await store.take([arrival]).joined() { taking.add(intake) }
            return .done(taking)
        } catch {
            return .failed(error)
        }
    }
}
