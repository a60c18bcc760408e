public import MailBytes
internal import MailNames
public import TLSRPT

extension TLSReportPolicy {
    /// `type`, `domain`, `mx_host`, `successful_sessions`, `failed_sessions`, `failures`, then the policy itself.
    public var normalizedJSON: JSONValue {
        [
            "type": .string(type.word), "domain": JSONValue(domain?.text),
            "mx_host": .array(mxHosts.map { .string($0) }),
            "successful_sessions": .integer(Int64(successfulSessions)),
            "failed_sessions": .integer(Int64(failedSessions)),
            "failures": .array(failures.map(\.normalizedJSON)),
            "policy": .array(strings.map { .string($0) }),
        ]
    }
}

extension TLSReportFailure {
    /// What RFC 8460 §4.4 has, with one spelling of names.
    public var normalizedJSON: JSONValue {
        [
            "result_type": .string(resultType.word), "failed_sessions": .integer(Int64(failedSessions)),
            "sending_mta_ip": JSONValue(sendingMTAIP), "receiving_mx_hostname": JSONValue(receivingMXHostname),
            "receiving_mx_helo": JSONValue(receivingMXHELO), "receiving_ip": JSONValue(receivingIP),
            "additional_information": JSONValue(additionalInformation),
            "failure_reason_code": JSONValue(failureReasonCode),
        ]
    }
}
