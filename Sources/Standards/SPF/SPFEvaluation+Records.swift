internal import DNS
internal import MailNames

/// Why a record is fetched.
enum SPFOrigin { case initial, include, redirect }

// Fetching and choosing records: RFC 7208 §4.3 to §4.6.

extension SPFEvaluation {
    /// Asks for the record of a domain, or takes it from the cache.
    mutating func fetchRecord(of domain: DomainName, for origin: SPFOrigin) -> Progress {
        if let record = cache?.record(of: domain, at: request.at) {
            traceCached(domain)
            enter(record, of: domain, origin)
            return .enters
        }
        target = domain
        pending = .record(origin)
        // RFC 7208 §4.4: TXT only.
        return .waits(DNSQuestion(domain, .txt))
    }

    mutating func receiveRecord(_ answer: DNSAnswer, _ origin: SPFOrigin) -> Progress {
        // RFC 7208 §4.4: an error of the DNS ends everything.
        if answer.status.isFailure { return endInError(.temperror, .noAnswer(answer.question, answer.status)) }
        if origin != .initial, answer.isVoid, !countVoid() { return .ends }
        var found: [UInt8]?
        var count = 0
        for index in answer.records.indices {
            guard answer.records[index].type == .txt, let text = Self.recordText(answer.records[index].data) else {
                continue
            }
            found = text
            count += 1
        }
        guard let text = found else { return endWithoutRecord(answer, origin) }
        // RFC 7208 §4.5: more than one record is an error, whatever they say.
        guard count == 1 else { return endInError(.permerror, .severalRecords(target, count)) }
        do throws(SPFSyntaxError) {
            // RFC 7208 §4.6: the whole syntax counts before the first term does.
            let record = try SPFRecord(parsing: text, limits: limits)
            cache?.store(record, of: target, ttlSeconds: answer.ttlSeconds, at: request.at)
            enter(record, of: target, origin)
            return .enters
        } catch {
            return endInError(.permerror, .syntax(target, error))
        }
    }

    /// The joined text of a TXT record that is meant as an SPF record (RFC 7208 §3.3, §4.5).
    private static func recordText(_ data: DNSRecordData) -> [UInt8]? {
        guard case .text(let strings) = data, let first = strings.first else { return nil }
        if strings.count == 1 { return SPFRecord.isRecord(first) ? first : nil }
        guard let text = data.joinedText, SPFRecord.isRecord(text) else { return nil }
        return text
    }

    private mutating func endWithoutRecord(_ answer: DNSAnswer, _ origin: SPFOrigin) -> Progress {
        let exists = answer.status != .nxDomain
        switch origin {
        // RFC 7208 §4.3, §4.5.
        case .initial: return endInError(.none, exists ? .noRecord(target) : .noDomain(target))
        // RFC 7208 §5.2, §6.1: who refers to a record has to see to it that there is one.
        case .include: return endInError(.permerror, .includeWithoutRecord(target, of: frame.domain))
        case .redirect: return endInError(.permerror, .redirectWithoutRecord(target, of: frame.domain))
        }
    }

    private mutating func enter(_ record: SPFRecord, of domain: DomainName, _ origin: SPFOrigin) {
        // A redirect takes the place of the record that asked for it, with its explanation (RFC 7208 §6.2).
        if origin == .include { parents.append(frame) }
        frame = Frame(domain: domain, record: record)
        traceRecord()
    }

    /// RFC 7208 §6.1: the target's result is this record's.
    mutating func evaluate(redirect entry: SPFEntry) -> Progress {
        guard countLookup() else { return .ends }
        switch targetName(entry) {
        case .name(let name) where name.labelCount > 1: return fetchRecord(of: name, for: .redirect)
        case .name, .malformed: return endInError(.permerror, .redirectMalformed(frame.domain))
        case .matchesNothing: return .doesNotMatch
        case .waits(let question): return .waits(question)
        }
    }

    /// RFC 7208 §5.2. What the included record comes to is handled where its evaluation ends.
    mutating func evaluate(include target: DomainName) -> Progress {
        // RFC 7208 §4.3: `check_host` for a name of one label is `none`, which §5.2 makes an error.
        guard target.labelCount > 1 else { return endInError(.permerror, .includeMalformed(frame.domain)) }
        guard parents.count < SPFLimits.includeDepthMax else {
            traceLimit("records include each other \(parents.count) levels deep")
            return endInError(.permerror, .tooDeep)
        }
        return fetchRecord(of: target, for: .include)
    }
}
