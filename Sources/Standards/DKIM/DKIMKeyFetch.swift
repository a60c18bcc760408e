internal import DNS
internal import MailBytes
internal import MailNames
internal import Trace

/// Fetches the keys of a message's signatures, each name once, side by side.
struct DKIMKeyFetch<R: Resolver>: Sendable {
    let lookup: DKIMKeyLookup<R>
    let now: UnixTime

    /// The keys of each candidate, in their order; nil where none are needed.
    func fetch(for candidates: inout [DKIMCandidate]) async -> [DKIMKeySet?] {
        let tracing = candidates.first?.outcome.trace.isEnabled ?? false
        let names = candidates.map { candidate in
            candidate.field.flatMap { DKIMKeySet.name(selector: $0.signature.selector, domain: $0.signature.domain) }
        }
        var found: [DomainName: (keys: DKIMKeySet, trace: Trace)] = [:]
        var wanted: [DomainName] = []
        for name in names.compactMap(\.self) where !wanted.contains(name) { wanted.append(name) }
        if wanted.count == 1, let name = wanted.first {
            found[name] = await ask(name, tracing)
        } else if wanted.count > 1 {
            await withTaskGroup(of: (DomainName, DKIMKeySet, Trace).self) { group in
                for name in wanted {
                    group.addTask {
                        let (keys, trace) = await ask(name, tracing)
                        return (name, keys, trace)
                    }
                }
                for await (name, keys, trace) in group { found[name] = (keys, trace) }
            }
        }
        var sets: [DKIMKeySet?] = []
        for index in candidates.indices {
            guard let field = candidates[index].field else {
                sets.append(nil)
                continue
            }
            guard let name = names[index], let (keys, trace) = found[name] else {
                let failure = DKIMFailure(.permerror, "selector and domain make too long a name")
                sets.append(
                    DKIMKeySet(name: field.signature.domain, keys: .failure(failure), security: .indeterminate))
                continue
            }
            candidates[index].outcome.trace.append(trace)
            sets.append(keys)
        }
        return sets
    }

    private func ask(_ name: DomainName, _ tracing: Bool) async -> (keys: DKIMKeySet, trace: Trace) {
        var trace = tracing ? Trace.enabled : Trace.disabled
        let keys = await lookup.keys(at: name, now: now, trace: &trace)
        return (keys, trace)
    }
}
