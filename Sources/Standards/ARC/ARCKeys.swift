internal import DKIM
internal import DNS
internal import MailBytes
internal import MailNames
internal import Trace

/// Where a key is published.
struct ARCKeyName: Hashable, Sendable {
    var selector: DomainName
    var domain: DomainName
}

/// The keys of one chain: each is fetched once, because seal and message signature mostly share theirs.
struct ARCKeys<R: Resolver>: Sendable {
    let lookup: DKIMKeyLookup<R>
    let now: UnixTime
    private var found: [ARCKeyName: DKIMKeySet] = [:]

    init(lookup: DKIMKeyLookup<R>, now: UnixTime) {
        self.lookup = lookup
        self.now = now
    }

    /// Whether nothing is to be fetched for this name.
    func knows(_ name: ARCKeyName?) -> Bool { name.map { found[$0] != nil } ?? true }

    func keys(_ name: ARCKeyName?) -> DKIMKeySet? { name.flatMap { found[$0] } }

    /// Fetches what is not known yet, side by side.
    mutating func fetch(_ names: [ARCKeyName], tracing: Bool) async -> Trace {
        var wanted: [ARCKeyName] = []
        for name in names where found[name] == nil && !wanted.contains(name) { wanted.append(name) }
        var traces: [ARCKeyName: Trace] = [:]
        if wanted.count == 1, let name = wanted.first {
            (found[name], traces[name]) = await Self.ask(lookup, name, now, tracing)
        } else if wanted.count > 1 {
            await withTaskGroup(of: (ARCKeyName, DKIMKeySet, Trace).self) { group in
                let (lookup, now) = (lookup, now)
                for name in wanted {
                    group.addTask {
                        let (keys, trace) = await Self.ask(lookup, name, now, tracing)
                        return (name, keys, trace)
                    }
                }
                for await (name, keys, trace) in group { (found[name], traces[name]) = (keys, trace) }
            }
        }
        // In the order of the chain, not of the answers.
        var trace = tracing ? Trace.enabled : Trace.disabled
        for name in wanted { if let part = traces[name] { trace.append(part) } }
        return trace
    }

    private static func ask(
        _ lookup: DKIMKeyLookup<R>, _ name: ARCKeyName, _ now: UnixTime, _ tracing: Bool
    ) async -> (DKIMKeySet, Trace) {
        var trace = tracing ? Trace.enabled : Trace.disabled
        let keys = await lookup.keys(selector: name.selector, domain: name.domain, at: now, trace: &trace)
        return (keys, trace)
    }
}
