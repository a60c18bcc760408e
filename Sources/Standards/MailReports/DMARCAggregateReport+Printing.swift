internal import MailBytes
internal import MailNames

extension DMARCAggregateReport {
    /// The report as XML in the form of RFC 9990, in UTF-8, one element a line.
    ///
    /// - Throws: what is not as RFC 9990 has it: see ``problems``. Nothing else is ever written.
    public func document() throws(DMARCReportProblems) -> [UInt8] {
        let problems = problems
        guard problems.isEmpty else { throw DMARCReportProblems(problems: problems) }
        var writer = DMARCReportWriter()
        writer.write(self)
        return writer.octets
    }
}

/// Writes elements.
private struct DMARCReportWriter {
    private(set) var octets = Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".utf8)
    private var depth = 0

    mutating func write(_ report: DMARCAggregateReport) {
        octets.append(contentsOf: "<feedback xmlns=\"\(DMARCElement.namespace)\">\n".utf8)
        depth = 1
        leaf(.version, "1.0")
        element(.reportMetadata) { writer in
            writer.leaf(.orgName, report.organizationName)
            writer.leaf(.email, report.email)
            writer.leaf(.extraContactInfo, report.extraContactInfo)
            writer.leaf(.reportID, report.reportID)
            writer.element(.dateRange) { writer in
                writer.leaf(.begin, report.begin.map { "\($0.seconds)" })
                writer.leaf(.end, report.end.map { "\($0.seconds)" })
            }
            writer.leaf(.error, report.errors.first)
            writer.leaf(.generator, report.generator)
        }
        element(.policyPublished) { $0.write(report.policy) }
        for record in report.records { element(.record) { $0.write(record) } }
        octets.append(contentsOf: "</feedback>\n".utf8)
    }

    private mutating func write(_ policy: DMARCReportedPolicy) {
        func mode(_ isStrict: Bool?) -> String? { isStrict.map { $0 ? "s" : "r" } }
        leaf(.domain, policy.domain)
        leaf(.discoveryMethod, policy.discoveryMethod)
        leaf(.p, policy.policy?.word)
        leaf(.sp, policy.subdomainPolicy?.word)
        leaf(.np, policy.nonexistentPolicy?.word)
        leaf(.fo, policy.failureOptions)
        leaf(.adkim, mode(policy.isDKIMStrict))
        leaf(.aspf, mode(policy.isSPFStrict))
        leaf(.testing, policy.isTesting.map { $0 ? "y" : "n" })
    }

    private mutating func write(_ record: DMARCReportRecord) {
        func verdict(_ passed: Bool?) -> String? { passed.map { $0 ? "pass" : "fail" } }
        element(.row) { writer in
            writer.leaf(.sourceIP, record.source.text)
            writer.leaf(.count, "\(record.count)")
            writer.element(.policyEvaluated) { writer in
                writer.leaf(.disposition, record.disposition?.word)
                writer.leaf(.dkim, verdict(record.dkimAligned))
                writer.leaf(.spf, verdict(record.spfAligned))
                for reason in record.reasons {
                    writer.element(.reason) { writer in
                        writer.leaf(.type, reason.type.word)
                        writer.leaf(.comment, reason.comment)
                    }
                }
            }
        }
        element(.identifiers) { writer in
            writer.leaf(.headerFrom, record.headerFrom)
            writer.leaf(.envelopeFrom, record.envelopeFrom)
            writer.leaf(.envelopeTo, record.envelopeTo)
        }
        element(.authResults) { writer in
            for signature in record.dkim { writer.element(.dkim) { $0.write(signature) } }
            for spf in record.spf { writer.element(.spf) { $0.write(spf) } }
        }
    }

    private mutating func write(_ signature: DMARCReportedSignature) {
        leaf(.domain, signature.domain)
        leaf(.selector, signature.selector)
        leaf(.result, signature.result.word)
        leaf(.humanResult, signature.humanResult)
    }

    private mutating func write(_ spf: DMARCReportedSPF) {
        leaf(.domain, spf.domain)
        leaf(.scope, spf.scope?.word)
        leaf(.result, spf.result.word)
        leaf(.humanResult, spf.humanResult)
    }

    // MARK: - Elements

    private mutating func element(_ element: DMARCElement, _ content: (inout DMARCReportWriter) -> Void) {
        indent()
        octets.append(contentsOf: "<\(element.name)>\n".utf8)
        depth += 1
        content(&self)
        depth -= 1
        indent()
        octets.append(contentsOf: "</\(element.name)>\n".utf8)
    }

    private mutating func leaf(_ element: DMARCElement, _ text: String?) {
        guard let text else { return }
        indent()
        octets.append(contentsOf: "<\(element.name)>".utf8)
        escape(text)
        octets.append(contentsOf: "</\(element.name)>\n".utf8)
    }

    private mutating func indent() { octets.append(contentsOf: repeatElement(.space, count: depth * 2)) }

    /// XML 1.0 §2.2, §2.4: what is no character of XML becomes U+FFFD, what is markup a reference.
    private mutating func escape(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": octets.append(contentsOf: "&amp;".utf8)
            case "<": octets.append(contentsOf: "&lt;".utf8)
            case ">": octets.append(contentsOf: "&gt;".utf8)
            case "\r": octets.append(contentsOf: "&#13;".utf8)
            case "\t", "\n": octets.append(UInt8(truncatingIfNeeded: scalar.value))
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                octets.append(contentsOf: "\u{FFFD}".utf8)
            default: octets.append(contentsOf: String(scalar).utf8)
            }
        }
    }
}
