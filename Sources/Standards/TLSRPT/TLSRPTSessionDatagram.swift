internal import MailBytes
internal import MailNames

/// What Postfix 3.10 and later sends to its TLSRPT socket for each session: a datagram of libtlsrpt.
///
/// The form is that library's, version 1, and stands in no standard: a JSON object with `d` (the domain), `pr` (its
/// TLSRPT record), perhaps `dpv` (the version, from 0.5.0 on), and `policies`. Each policy has `policy-type` (1 TLSA,
/// 2 MTA-STS, 9 none), perhaps `policy-domain`, `policy-string` and `mx-host`, `failure-details` (objects with the code
/// `c` and texts `s` sending address, `n` host, `h` greeting, `r` receiving address, `a` information, `f` reason),
/// `t` (how many of these) and `f` (0 if TLS came about).
public struct TLSRPTSessionDatagram: Hashable, Sendable {
    /// The session.
    public let outcome: TLSSessionOutcome

    /// Reads a datagram.
    ///
    /// - Throws: if it is not of that form, or of another version.
    public init(parsing octets: [UInt8]) throws(TLSRPTDatagramError) {
        guard octets.count <= TLSRPTLimits.datagramBytesMax else { throw TLSRPTDatagramError("datagram is too long") }
        // The library passes on octets above 127 as they are, also where a server greeted in a legacy charset.
        let isUTF8 = String(validating: octets, as: UTF8.self) != nil
        let value: JSONValue
        do throws(JSONSyntaxError) {
            value = try JSONValue(
                parsing: isUTF8 ? octets : Array(String(lossy: octets).utf8),
                limits: JSONLimits(
                    depth: TLSRPTLimits.datagramDepthMax, values: TLSRPTLimits.datagramValuesMax))
        } catch {
            throw TLSRPTDatagramError("no JSON: \(error.problem) at column \(error.column)")
        }
        guard value["dpv"].map({ $0 == .string("1") || $0 == .integer(1) }) ?? true else {
            throw TLSRPTDatagramError("unknown version")
        }
        guard let name = value["d"]?.stringValue, let domain = try? DomainName(mailDomain: name) else {
            throw TLSRPTDatagramError("no domain")
        }
        guard let elements = value["policies"]?.arrayValue, !elements.isEmpty,
            elements.count <= TLSRPTLimits.sessionPoliciesMax
        else { throw TLSRPTDatagramError("no policies, or too many") }
        var policies: [TLSSessionPolicyOutcome] = []
        for element in elements { policies.append(try Self.policy(element)) }
        outcome = TLSSessionOutcome(domain: domain, record: Self.text(value["pr"]), policies: policies)
    }

    private static func policy(_ value: JSONValue) throws(TLSRPTDatagramError) -> TLSSessionPolicyOutcome {
        let type: TLSRPTPolicyType
        switch value["policy-type"] {
        case .integer(1)?: type = .tlsa
        case .integer(2)?: type = .sts
        case .integer(9)?: type = .noPolicyFound
        default: throw TLSRPTDatagramError("unknown type of policy")
        }
        guard let final = value["f"]?.integerValue else { throw TLSRPTDatagramError("no final result") }
        let elements = value["failure-details"]?.arrayValue ?? []
        guard elements.count <= TLSRPTLimits.sessionFailuresMax else {
            throw TLSRPTDatagramError("too many failures")
        }
        var failures: [TLSSessionFailure] = []
        for element in elements { failures.append(try failure(element)) }
        let domain = text(value["policy-domain"]).flatMap { try? DomainName(mailDomain: $0) }
        let policy = TLSAppliedPolicy(
            type: type, strings: texts(value["policy-string"]), domain: domain, mxHosts: texts(value["mx-host"]))
        return TLSSessionPolicyOutcome(policy: policy, isSuccess: final == 0, failures: failures)
    }

    private static func failure(_ value: JSONValue) throws(TLSRPTDatagramError) -> TLSSessionFailure {
        guard let code = value["c"]?.integerValue else { throw TLSRPTDatagramError("failure without a code") }
        var reason = text(value["f"])
        let known = resultTypes[code]
        // A code of a later library is a failure all the same.
        if known == nil, reason == nil { reason = "libtlsrpt failure \(code)" }
        return TLSSessionFailure(
            known ?? .validationFailure, sendingAddress: text(value["s"]).flatMap(IPAddress.init(_:)),
            receivingHost: text(value["n"]), receivingHELO: text(value["h"]),
            receivingAddress: text(value["r"]).flatMap(IPAddress.init(_:)), additionalInformation: text(value["a"]),
            reasonCode: reason)
    }

    /// The codes of the library's `tlsrpt_failure_t`.
    private static let resultTypes: [Int64: TLSRPTResultType] = [
        201: .startTLSNotSupported, 202: .certificateHostMismatch, 203: .certificateNotTrusted,
        204: .certificateExpired, 205: .validationFailure, 301: .stsPolicyFetchError, 302: .stsPolicyInvalid,
        303: .stsWebPKIInvalid, 304: .tlsaInvalid, 305: .dnssecInvalid, 306: .daneRequired,
    ]

    private static func text(_ value: JSONValue?) -> String? {
        value?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func texts(_ value: JSONValue?) -> [String] { value?.arrayValue?.compactMap(\.stringValue) ?? [] }
}

/// Why octets are no datagram of a session.
public struct TLSRPTDatagramError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One clause, without what the datagram says.
    public let description: String

    init(_ description: String) { self.description = description }
}
