internal import MailBytes
public import PostsealReports

/// How the messages changed against as many days before (``ComparedDays``); nil where too little is known of these.
extension SenderSummary {
    /// Of the domain.
    public var trend: String? { trend(comparedMessages, messagesBefore) }

    /// Of a group of it.
    public func trend(of group: SenderGroup) -> String? { trend(group.comparedMessages, group.messagesBefore) }

    /// Of its sources that are the same.
    public func trend(of origin: SenderOrigin) -> String? { trend(origin.comparedMessages, origin.messagesBefore) }

    /// Of one source.
    public func trend(of source: SenderSource) -> String? { trend(source.comparedMessages, source.messagesBefore) }

    private func trend(_ messages: Int, _ before: Int) -> String? {
        // What came on a day that is not compared has no trend yet.
        guard isComparable, messages > 0 || before > 0 else { return nil }
        return messages.trend(since: before)
    }

    /// What is compared, in a sentence.
    var comparison: String {
        guard isComparable else {
            return messagesBefore == 0
                ? "Nothing is known of the time before." : "Too little is known of the time before for a trend."
        }
        func days(_ begin: UnixTime, _ end: UnixTime) -> String { "\(begin.day) to \(end.adding(seconds: -1).day)" }
        return "\(days(compared.begin, compared.end)): \(comparedMessages.grouped); before, "
            + "\(days(compared.before, compared.beforeEnd)): \(messagesBefore.grouped), "
            + "\(alignedMessagesBefore.share(of: messagesBefore))."
    }

    /// `messages_compared`, `messages_before` and `pass_before`: null where too little is known of the time before.
    func comparedMembers(_ messages: Int, _ before: Int, _ alignedBefore: Int) -> [JSONMember] {
        [
            JSONMember("messages_compared", isComparable ? JSONValue(messages) : .null),
            JSONMember("messages_before", isComparable ? JSONValue(before) : .null),
            JSONMember("pass_before", isComparable ? JSONValue(alignedBefore) : .null),
        ]
    }
}
