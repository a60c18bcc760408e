internal import Certificates
internal import MailBytes
internal import MailNames
internal import Trace

/// One chain against one set of records.
struct DANEEvaluation {
    let records: TLSARecordSet
    let references: DANEReferenceNames
    let time: UnixTime
    var trace: Trace
    private var chain: DANEChain
    /// The first authority that matched and did not do.
    private var firstFailure: (record: TLSARecord, verdict: ChainVerdict)?

    init(
        chain: PresentedChain, records: TLSARecordSet, references: DANEReferenceNames, time: UnixTime, trace: Trace
    ) {
        self.chain = DANEChain(chain)
        self.records = records
        self.references = references
        self.time = time
        self.trace = trace
    }

    mutating func run() -> DANEOutcome {
        traceRecords()
        guard records.isUsable else {
            let count = records.records.count
            let reason =
                count == 0
                ? "there is no TLSA record"
                : "none of \(count) TLSA record\(count == 1 ? "" : "s") can be used: "
                    + (records.unusable.first?.defect.description ?? "")
            trace.decided(reason, .smtp("2.2"))
            return outcome(.noUsableRecord, reason)
        }
        // The simplest proof first: it needs nothing but the server's own certificate.
        for record in records.effective where record.usage == .daneEE {
            // RFC 7671 §5.1, RFC 7672 §3.2.1: neither names nor dates count.
            if matches(record, depth: 0) { return matched(record, depth: 0) }
        }
        for record in records.effective where record.usage == .daneTA {
            if let depth = authority(record) { return matched(record, depth: depth) }
        }
        return mismatch()
    }

    // MARK: Matching

    private mutating func matches(_ record: TLSARecord, depth: Int) -> Bool {
        let isEqual = chain.matches(record, depth: depth)
        trace.compared(
            isEqual, "record \(record.parameters) with the certificate at depth \(depth)", .dane("5"))
        return isEqual
    }

    /// The depth at which an authority's record makes the server genuine; nil if it does not.
    private mutating func authority(_ record: TLSARecord) -> Int? {
        var isFound = false
        // RFC 5280 §6.1: the anchor is no part of the path, so the server's own certificate can't be its own anchor.
        for depth in chain.certificates.indices where depth > 0 && matches(record, depth: depth) {
            isFound = true
            if accepts(chain.certificates[depth], for: record) { return depth }
        }
        guard !isFound, record.matchingType == .full else { return nil }
        if record.selector == .certificate {
            // RFC 7671 §5.2.2: the authority's certificate may stand in DNS alone.
            guard let anchor = try? Certificate(der: record.data), anchor != chain.presented.leaf else { return nil }
            trace.found("the record holds an authority that the server did not present", .dane("5.2.2"))
            return accepts(anchor, for: record) ? lastPathDepth : nil
        }
        return bareKey(record)
    }

    /// RFC 7671 §5.2.3: a key whose certificate is not there vouches for a certificate that it signed.
    private mutating func bareKey(_ record: TLSARecord) -> Int? {
        guard let key = try? SubjectPublicKey(der: record.data) else { return nil }
        for depth in chain.certificates.indices {
            let certificate = chain.certificates[depth]
            guard mayCheck() else { return nil }
            let isSigned = key.signed(certificate)
            trace.compared(isSigned, "the record's key signed the certificate at depth \(depth)", .dane("5.2.3"))
            // RFC 7671 §5.2.3: that one must not have expired.
            if isSigned, accepts(certificate, for: record, datesCount: true) { return depth + 1 }
        }
        return nil
    }

    /// How long the path found last was.
    private var lastPathDepth = 0
    private var checksLeft = TLSALimits.checksMax

    /// Counts one path or signature; false when the limit is reached, after which nothing matches any more.
    private mutating func mayCheck() -> Bool {
        guard checksLeft > 0 else {
            trace.limit("\(TLSALimits.checksMax) paths and signatures were checked, no more are")
            return false
        }
        checksLeft -= 1
        return true
    }

    /// Whether the server's certificate leads to this anchor, is valid now, and has one of the names.
    ///
    /// - Parameter datesCount: whether it is not the authority itself, whose dates the signed record stands for, but a
    ///   certificate that the authority signed.
    private mutating func accepts(
        _ anchor: Certificate, for record: TLSARecord, datesCount: Bool = false
    ) -> Bool {
        guard mayCheck() else { return false }
        let check = ChainCheck(
            anchors: TrustAnchors([anchor]), references: references.names, allowsCommonName: true,
            ignoresAnchorDates: !datesCount)
        let verdict = check.verdict(for: chain.presented, at: time)
        trace.compared(
            verdict.isTrusted, "path and name with that authority: \(verdict.description)", .smtp("3.2.2"))
        if case .trusted(let depth) = verdict {
            lastPathDepth = depth
            return true
        }
        if firstFailure == nil { firstFailure = (record, verdict) }
        return false
    }

    // MARK: Results

    private mutating func matched(_ record: TLSARecord, depth: Int) -> DANEOutcome {
        let what =
            record.usage == .daneEE
            ? "\(record.usage) record \(record.parameters) matches the server's certificate"
            : "\(record.usage) record \(record.parameters) matches at depth \(depth), and the server's certificate "
                + "leads there and has its name"
        trace.decided(what, record.usage == .daneEE ? .smtp("3.1.1") : .smtp("3.1.2"))
        return DANEOutcome(
            record: record, depth: depth, usableCount: records.usable.count, failure: nil, reason: what, trace: trace)
    }

    private mutating func mismatch() -> DANEOutcome {
        if let firstFailure {
            let reason =
                "\(firstFailure.record.usage) record \(firstFailure.record.parameters) matches an authority, but "
                + hint(firstFailure.verdict)
            trace.decided(reason, .smtp("3.2.2"))
            return outcome(.chain(firstFailure.verdict), reason)
        }
        let count = chain.certificates.count
        var reason =
            "no usable TLSA record matches the \(count == 1 ? "certificate" : "\(count) certificates") presented"
        if let weaker = records.outclassed.first(where: { record in
            record.usage == .daneEE
                ? chain.matches(record, depth: 0)
                : chain.certificates.indices.contains { chain.matches(record, depth: $0) }
        }) {
            reason += "; \(weaker.parameters) does, but a stronger digest stands beside it"
        } else if let record = records.effective.first(where: { $0.usage == .daneTA && chain.matches($0, depth: 0) }) {
            reason += "; \(record.parameters) names the server's own certificate, which is no authority"
        }
        trace.decided(reason, .smtp("3.2"))
        return outcome(.noMatch, reason)
    }

    private func hint(_ verdict: ChainVerdict) -> String {
        guard case .hostMismatch = verdict else { return verdict.description }
        return "\(verdict.description): \(references.names.map(\.text).joined(separator: ", "))"
    }

    private func outcome(_ failure: DANEFailure, _ reason: String) -> DANEOutcome {
        DANEOutcome(
            record: nil, depth: nil, usableCount: records.usable.count, failure: failure, reason: reason, trace: trace)
    }

    private mutating func traceRecords() {
        guard trace.isEnabled else { return }
        for entry in records.unusable {
            trace.found("record \(entry.record.parameters) is unusable: \(entry.defect.description)", .smtp("2.2"))
        }
        for record in records.outclassed {
            trace.found("record \(record.parameters) is passed over for a stronger digest", .dane("9"))
        }
    }
}
