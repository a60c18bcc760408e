public import MailBytes
internal import MailNames
internal import Synchronization

/// A resolver that keeps what another one was asked and answered, to write it to a recorded file.
public final class AnswerRecorder<Upstream: Resolver>: Resolver {
    /// Who is asked.
    public let upstream: Upstream
    private let answers = Mutex(RecordedAnswers())

    public init(_ upstream: Upstream) { self.upstream = upstream }

    public func answer(_ question: DNSQuestion) async -> DNSAnswer {
        let answer = await upstream.answer(question)
        record(answer)
        return answer
    }

    /// Keeps an answer that the caller got from ``upstream`` by another way.
    public func record(_ answer: DNSAnswer) { answers.withLock { $0.add(answer) } }

    /// Everything that was asked so far, with its answers.
    public var recorded: RecordedAnswers { answers.withLock { $0 } }
}

extension DNSAnswer {
    /// Tells a question that was not asked any more from one that nobody answered, which a trace shows.
    static let commentOnSpentBudget = "\(DNSStatus.budgetSpent)"

    /// The answer as an entry of a recorded file.
    public var recorded: JSONValue {
        var members: [JSONMember] = []
        switch status {
        case .bogus: members.append(JSONMember("Error", "bogus"))
        case .timeout, .budgetSpent: members.append(JSONMember("Error", "timeout"))
        default: members.append(JSONMember("Status", .integer(Int64(status.code ?? 2))))
        }
        // Nothing is proved by a failure.
        members.append(JSONMember("AD", .bool(security == .secure && !status.isFailure)))
        // Without validation nothing is known, not even that the zone is unsigned: "checking disabled".
        if security == .indeterminate, !status.isFailure { members.append(JSONMember("CD", .bool(true))) }
        members.append(
            JSONMember(
                "Question",
                [["name": .string(DNSRecordData.absolute(question.name)), "type": .string("\(question.type)")]]))
        if !records.isEmpty {
            members.append(
                JSONMember(
                    "Answer",
                    .array(
                        records.map { record in
                            [
                                "name": .string(DNSRecordData.absolute(record.name)), "type": .string("\(record.type)"),
                                "TTL": .integer(Int64(record.ttlSeconds)), "data": .string(record.data.presentation),
                            ]
                        })))
        }
        if let comment = status == .budgetSpent ? Self.commentOnSpentBudget : whyBogus {
            members.append(JSONMember("Comment", .string(comment)))
        }
        return .object(members)
    }
}
