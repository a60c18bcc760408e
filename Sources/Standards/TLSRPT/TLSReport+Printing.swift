public import MailBytes
internal import MailNames

extension TLSReport {
    /// The report in the form of RFC 8460 §4.4, the members in its order. What is empty or unknown is left out, where
    /// the RFC lets it be missing. ``quirks`` are not printed.
    public var json: JSONValue {
        var members: [JSONMember] = [
            JSONMember("organization-name", .string(organizationName)),
            JSONMember("date-range", ["start-datetime": .string(begin.rfc3339), "end-datetime": .string(end.rfc3339)]),
        ]
        members.addText("contact-info", contactInfo)
        members.append(JSONMember("report-id", .string(reportID)))
        members.append(JSONMember("policies", .array(policies.map(\.json))))
        return .object(members)
    }

    /// The report's text in UTF-8, as it is sent or packed.
    public var octets: [UInt8] { Array(json.text.utf8) }
}

extension TLSReportPolicy {
    /// The policy in the form of RFC 8460 §4.4.
    public var json: JSONValue {
        var policy: [JSONMember] = [JSONMember("policy-type", .string(type.word))]
        // RFC 8460 §4.4: arrays, also of one element.
        if !strings.isEmpty { policy.append(JSONMember("policy-string", .array(strings.map { .string($0) }))) }
        policy.addText("policy-domain", domain?.text)
        if !mxHosts.isEmpty { policy.append(JSONMember("mx-host", .array(mxHosts.map { .string($0) }))) }
        var members: [JSONMember] = [
            JSONMember("policy", .object(policy)),
            JSONMember(
                "summary",
                [
                    "total-successful-session-count": .integer(Int64(successfulSessions)),
                    "total-failure-session-count": .integer(Int64(failedSessions)),
                ]),
        ]
        if !failures.isEmpty { members.append(JSONMember("failure-details", .array(failures.map(\.json)))) }
        return .object(members)
    }
}

extension TLSReportFailure {
    /// The details of the failure in the form of RFC 8460 §4.4.
    public var json: JSONValue {
        var members: [JSONMember] = [JSONMember("result-type", .string(resultType.word))]
        members.addText("sending-mta-ip", sendingMTAIP)
        members.addText("receiving-mx-hostname", receivingMXHostname)
        members.addText("receiving-mx-helo", receivingMXHELO)
        members.addText("receiving-ip", receivingIP)
        members.append(JSONMember("failed-session-count", .integer(Int64(failedSessions))))
        members.addText("additional-information", additionalInformation)
        members.addText("failure-reason-code", failureReasonCode)
        return .object(members)
    }
}

extension [JSONMember] {
    /// Adds a text if there is one.
    mutating func addText(_ name: String, _ text: String?) {
        if let text { append(JSONMember(name, .string(text))) }
    }
}
