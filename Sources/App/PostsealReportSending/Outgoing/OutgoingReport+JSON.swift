public import MailBytes
internal import MailReports
internal import TLSRPT

extension OutgoingReport {
    /// What the report says, out of its packing; a document that is not packed, or is damaged, as it is.
    public func unpacked(_ document: [UInt8]) -> [UInt8] {
        kind == .dmarcFailure ? document : ReportPacking.gunzip(document, length: length) ?? document
    }
}

extension OutgoingReport {
    /// The object of `postseal report sent`.
    public var json: JSONValue {
        [
            "id": .integer(id), "kind": .string(kind.rawValue), "day": .string(day.text), "domain": .string(domain),
            "report_id": .string(reportID), "file_name": .string(fileName), "subject": .string(subject),
            "submitter": .string(submitter), "messages": .integer(Int64(messages)),
            "packed_octets": .integer(Int64(packedLength)), "octets": .integer(Int64(length)),
            "made": .integer(made.seconds), "node": .string(node), "state": .string(state.rawValue),
            "deliveries": .array(deliveries.map(\.json)),
        ]
    }
}

extension OutgoingDelivery {
    /// `requested`, `uri`, `state`, `reason`, `due`, `failures`, `ended`.
    public var json: JSONValue {
        [
            "requested": .string(requested), "uri": .string(uri), "state": .string(state.rawValue),
            "reason": .string(reason), "due": .integer(due.seconds), "failures": .integer(Int64(failures)),
            "ended": ended.map { .integer($0.seconds) } ?? .null,
        ]
    }
}

extension OutgoingAttempt {
    /// `destination` (its place, from 0), `number`, `node`, `began`, `ended`, `outcome`, `answer`.
    public var json: JSONValue {
        [
            "destination": .integer(Int64(place)), "number": .integer(Int64(number)), "node": .string(node),
            "began": .integer(began.seconds), "ended": ended.map { .integer($0.seconds) } ?? .null,
            "outcome": .string(outcome), "answer": .string(answer),
        ]
    }
}

extension ReportDestination {
    /// `requested`, `uri`, `permission`, `reason`.
    public var json: JSONValue {
        let word =
            switch permission {
            case .granted: "granted"
            case .refused: "refused"
            case .unknown: "unknown"
            }
        return [
            "requested": .string(requested), "uri": .string(uri), "permission": .string(word),
            "reason": .string(reason),
        ]
    }
}
