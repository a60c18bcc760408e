public import DNS
internal import MailBytes
internal import MailNames

/// A table of DNS records for a test, written as literals.
///
///     let zone = Zone(["example.org TXT \"v=spf1 -all\"", "slow.example TXT timeout", "x.example A servfail"])
public struct Zone: Resolver {
    public var answers = RecordedAnswers()

    /// Lines of `NAME TYPE DATA`; lines of one name and type make one answer. DATA is presentation format, or one
    /// of `timeout`, `bogus`, `servfail`, `nxdomain`, `nodata`.
    public init(_ lines: [String], security: DNSSECState = .insecure) {
        var grouped: [DNSQuestion: DNSAnswer] = [:]
        var order: [DNSQuestion] = []
        for line in lines {
            let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
            guard parts.count == 3, let name = try? DomainName(presentation: parts[0]),
                let type = DNSRecordType(text: parts[1])
            else { fatalError("bad zone line: \(line)") }
            let question = DNSQuestion(name, type)
            if grouped[question] == nil { order.append(question) }
            var answer = grouped[question] ?? DNSAnswer(question: question, status: .noError, security: security)
            switch parts[2] {
            case "timeout": answer.status = .timeout
            case "bogus": (answer.status, answer.security) = (.bogus, .bogus)
            case "servfail": answer.status = .serverFailure
            case "nxdomain": answer.status = .nxDomain
            case "nodata": break
            default:
                guard let data = DNSRecordData(presentation: parts[2], type: type) else {
                    fatalError("bad zone data: \(line)")
                }
                answer.records.append(DNSRecord(name: name, type: type, ttlSeconds: 300, data: data))
            }
            grouped[question] = answer
        }
        for question in order { if let answer = grouped[question] { answers.add(answer) } }
    }

    public func answer(_ question: DNSQuestion) async -> DNSAnswer { answers.lookUp(question) }
}
