internal import MailBytes
public import MailNames

/// Who sends reports.
public struct TLSReportSubmitter: Hashable, Sendable {
    /// `organization-name`.
    public var organizationName: String
    /// The domain that submits, which signs the mail with DKIM: also that of ``contactInfo``, as RFC 8460 §5.3 asks.
    public var domain: DomainName
    /// The local part of the address to ask at.
    public var contactLocalPart: String

    public init(organizationName: String, domain: DomainName, contactLocalPart: String) {
        self.organizationName = organizationName
        self.domain = domain
        self.contactLocalPart = contactLocalPart
    }

    /// `contact-info`: an address of ``domain``.
    public var contactInfo: String { "\(contactLocalPart)@\(domain.text)" }
}

/// A report with what is needed to send it: to a `mailto:` or `https:` destination of the domain's record.
public struct TLSReportDocument: Hashable, Sendable {
    public var report: TLSReport
    /// The domain that the report is about and goes to.
    public var domain: DomainName
    /// The domain's record as it was when sessions were counted; nil if nobody had looked.
    public var record: String?
    /// The domain that submits.
    public var submitter: DomainName
    /// What tells reports of several sources at once apart, letters and digits; nil if there is one source.
    public var uniqueID: String?
    /// What was summed up, because the report would have been too large.
    public var summed = TLSReport.Summed()

    /// A field of the mail's header.
    public struct HeaderField: Hashable, Sendable {
        /// The name.
        public var name: String
        /// The value, not folded.
        public var value: String
    }

    /// RFC 8460 §5.1: the name of the file, `sender!domain!begin!end[!id].json` and perhaps `.gz`.
    public func fileName(isCompressed: Bool) -> String {
        var parts = [submitter.text, domain.text, "\(report.begin.seconds)", "\(report.end.seconds)"]
        if let uniqueID { parts.append(uniqueID) }
        return parts.joined(separator: "!") + (isCompressed ? ".json.gz" : ".json")
    }

    /// RFC 8460 §6.4, §6.5.
    public static func mediaType(isCompressed: Bool) -> String {
        isCompressed ? "application/tlsrpt+gzip" : "application/tlsrpt+json"
    }

    /// The mail's subject, not folded (RFC 8460 §5.3).
    public var subject: String {
        "Report Domain: \(domain.text) Submitter: \(submitter.text) Report-ID: <\(report.reportID)>"
    }

    /// The fields that RFC 8460 §5.3 asks for in the mail's header.
    public var headerFields: [HeaderField] {
        [
            HeaderField(name: "Subject", value: subject),
            HeaderField(name: "TLS-Report-Domain", value: domain.text),
            HeaderField(name: "TLS-Report-Submitter", value: submitter.text),
        ]
    }
}

extension TLSReportCounter {
    /// The reports of a day: one for each domain, in the order of their names, each with all of its policies.
    ///
    /// The same counts give the same reports with the same identifiers, so that one sent twice is seen to be one.
    /// - Parameters:
    ///   - uniqueID: what tells this source from others of the same submitter; only letters and digits of it are used
    ///     (RFC 8460 §5.1).
    ///   - octetsMax: what a report may have as JSON; details with few sessions are summed up above it.
    public func documents(
        for day: TLSReportDay, from submitter: TLSReportSubmitter, uniqueID: String? = nil,
        octetsMax: Int = TLSRPTLimits.ownReportBytesMax
    ) -> [TLSReportDocument] {
        let unique = uniqueID.map { String($0.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }) }
        let id = unique.flatMap { $0.isEmpty ? nil : $0 }
        return domains(on: day).compactMap { domain in
            guard let known = counts[day]?.domains[domain] else { return nil }
            let policies = known.policies.sorted { $0.key.precedes($1.key) }.map { $1.reported($0) }
            // RFC 8460 §5.3: the subject has it as a message identifier.
            let left = [day.text, domain.text] + (id.map { [$0] } ?? [])
            let report = TLSReport(
                organizationName: submitter.organizationName, begin: day.begin, end: day.end,
                contactInfo: submitter.contactInfo,
                reportID: "\(left.joined(separator: "."))@\(submitter.domain.text)", policies: policies)
            let (short, summed) = report.shortened(to: octetsMax)
            return TLSReportDocument(
                report: short, domain: domain, record: known.record, submitter: submitter.domain, uniqueID: id,
                summed: summed)
        }
    }
}

extension TLSReportCounter.PolicyCounts {
    /// What a report says of a policy, the most frequent failures first.
    func reported(_ policy: TLSAppliedPolicy) -> TLSReportPolicy {
        let sorted = failures.sorted { $0.value == $1.value ? $0.key.precedes($1.key) : $0.value > $1.value }
        return TLSReportPolicy(
            type: policy.type, strings: policy.strings, domain: policy.domain, mxHosts: policy.mxHosts,
            successfulSessions: successful, failedSessions: failed,
            failures: sorted.map { failure, count in
                TLSReportFailure(
                    failure.resultType, sendingMTAIP: failure.sendingAddress?.text,
                    receivingMXHostname: failure.receivingHost, receivingMXHELO: failure.receivingHELO,
                    receivingIP: failure.receivingAddress?.text, failedSessions: count,
                    additionalInformation: failure.additionalInformation, failureReasonCode: failure.reasonCode)
            })
    }
}
