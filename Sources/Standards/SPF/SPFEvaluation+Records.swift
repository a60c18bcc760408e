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
        var found: [UInt8]?
        var count = 0
        // A span is looked at in place, where an array would be held and let go for every record.
        let records = answer.records.span
        for index in records.indices {
            guard records[index].type == .txt, case .text(let strings) = records[index].data,
                let text = Self.recordText(strings)
            else { continue }
            found = text
            count += 1
        }
        guard let text = found else {
            if origin != .initial, answer.isVoid, !countVoid() { return .ends }
            return endWithoutRecord(answer, origin)
        }
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
    private static func recordText(_ strings: [[UInt8]]) -> [UInt8]? {
        let text = strings.count == 1 ? strings[0] : Array(strings.joined())
        return SPFRecord.isRecord(text) ? text : nil
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
        var entered = Frame(domain: domain, record: record)
        swap(&frame, &entered)
        if origin == .include { parents.append(consume entered) }
        traceRecord()
    }

    /// RFC 7208 §6.1: the target's result is this record's.
    mutating func evaluate(redirect entry: SPFEntry) -> Progress {
        guard countLookup() else { return .ends }
        switch targetName(entry) {
        case .name(let name) where SPFTargetName.hasSeveralLabels(name): return fetchRecord(of: name, for: .redirect)
        case .name, .malformed: return endInError(.permerror, .redirectMalformed(frame.domain))
        case .matchesNothing: return .doesNotMatch
        case .waits(let question): return .waits(question)
        }
    }

    /// RFC 7208 §5.2. What the included record comes to is handled where its evaluation ends.
    mutating func evaluate(include target: DomainName) -> Progress {
        // RFC 7208 §4.3: `check_host` for a name of one label is `none`, which §5.2 makes an error.
        guard SPFTargetName.hasSeveralLabels(target) else {
            return endInError(.permerror, .includeMalformed(frame.domain))
        }
        guard parents.count < SPFLimits.includeDepthMax else {
            traceLimit("records include each other \(parents.count) levels deep")
            return endInError(.permerror, .tooDeep)
        }
        return fetchRecord(of: target, for: .include)
    }
}
