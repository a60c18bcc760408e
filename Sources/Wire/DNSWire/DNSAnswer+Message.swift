public import DNS
internal import MailNames

extension DNSAnswer {
    /// What a message says to the question: the CNAMEs from its name on, and the records at their end.
    ///
    /// Other records of the answer section are left out, whoever put them there. After a failure there are none.
    public init(_ question: DNSQuestion, message: DNSMessage, security: DNSSECState) {
        let status = DNSStatus(code: message.code)
        self.init(question: question, status: status, security: status.isFailure ? .indeterminate : security)
        guard !status.isFailure else { return }
        var name = question.name
        var isFound = false
        for _ in 0...DNSMessageLimits.aliasesMax {
            let count = records.count
            for record in message.answer where record.type == question.type && record.name == name {
                records.append(record)
            }
            isFound = records.count > count
            guard !isFound,
                let alias = message.answer.first(where: { $0.type == .cname && $0.name == name }),
                case .cname(let target) = alias.data
            else { break }
            records.append(alias)
            name = target
        }
        let least = records.lazy.map(\.ttlSeconds).min()
        if isFound {
            // RFC 1035 §4.1.1, RFC 6604 §2.1: with records of the type at the end of the chain, the name is there.
            self.status = .noError
            ttlSeconds = least ?? 0
        } else {
            ttlSeconds = min(least ?? .max, message.negativeTTLSeconds)
        }
    }
}

extension DNSStatus {
    /// From the RCODE of a message; what does not fit eight bits is cut to 255.
    public init(code: UInt16) {
        switch code {
        case 0: self = .noError
        case 2: self = .serverFailure
        case 3: self = .nxDomain
        default: self = .otherCode(UInt8(clamping: code))
        }
    }
}

extension DNSMessage {
    /// For how long it may be kept that there is nothing.
    ///
    /// RFC 2308 §3, §5: the lesser of the SOA record's own TTL and its last field. Without an SOA record the
    /// answer must not be kept: 0.
    public var negativeTTLSeconds: UInt32 {
        for record in authority where record.type == .soa {
            guard case .other(let content) = record.data, content.count >= 20 else { continue }
            let minimum = content.suffix(4).reduce(0) { $0 << 8 | UInt32($1) }
            return min(record.ttlSeconds, minimum)
        }
        return 0
    }
}
