internal import MailBytes
internal import MailReports
internal import PostsealHTTP
internal import PostsealReportIntake

/// Stores the reports of one request.
struct ReportPosts: HTTPReportTaker {
    private let receiver: ReportReceiver
    private let share: ReportMailMemory.Share

    init(_ receiver: ReportReceiver, memory: ReportMailMemory) {
        self.receiver = receiver
        share = ReportMailMemory.Share(of: memory)
    }

    func add(_ octets: ArraySlice<UInt8>) -> Bool { share.add(octets) }

    func complete() -> [UInt8]? { share.complete() }

    func noteBusy() { receiver.noteBusy(from: .posted) }

    func take(_ octets: [UInt8]) async -> HTTPReportOutcome {
        defer { share.giveBack() }
        return switch await receiver.receive(octets, from: .posted) {
        case .busy, .failed, .undecided: .later
        case .tooLarge: .refused("the report is too large")
        case .done(let taking) where taking.reports == 0:
            .refused(taking.refusals.first?.description ?? "there is no report in the body")
        case .done(let taking):
            .stored([
                "new": .integer(Int64(taking.new)), "known": .integer(Int64(taking.known)),
                "conflicting": .integer(Int64(taking.conflicting)), "refused": .integer(Int64(taking.refusals.count)),
                "counted": .bool(taking.isCounted),
            ])
        }
    }
}
