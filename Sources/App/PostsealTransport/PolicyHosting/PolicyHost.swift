public import HTTPSServing
public import MTASTS
public import MailBytes
public import MailNames
public import PostsealState
internal import Synchronization

/// The policies that are served here: what is wanted, what was verified, what is published.
///
/// What was verified is kept in a file, so that a restart takes no policy back.
public final class PolicyHost: Sendable {
    /// What there is to tell the administrator.
    public enum Note: Hashable, Sendable {
        /// A policy is published for a domain, because of this proof; nil where nothing was looked at yet. Told when
        /// something changes, and each time that something is wrong.
        case published(DomainName, PublishedPolicy, PolicyProof?)
        /// DNS leads to another policy than is published, or to none: this record is to be there.
        case recordDiffers(DomainName, line: String, found: String)
        /// DNS leads to the policy that is published.
        case recordAgrees(DomainName)
        /// The file can't be read or written.
        case cannotKeep(String)
    }

    /// What is known of a domain.
    struct Entry: Hashable, Sendable {
        var hosted: HostedPolicy
        var verified: MTASTSPolicy?
        var published: PublishedPolicy
        var recordAgrees: Bool?
    }

    /// Limit: a larger file is not one of ours.
    private static let fileOctetsMax = 16 << 20

    /// What has not changed is told again after so long.
    private static let silenceSeconds: Int64 = 6 * 3600

    /// What was told of a domain, and when.
    private struct Told: Hashable {
        var note: Note
        var at: UnixTime
    }

    private let path: String
    private let now: @Sendable () -> UnixTime
    private let note: @Sendable (Note) -> Void
    private let entries = Mutex<[DomainName: Entry]>([:])
    private let told = Mutex<[DomainName: [Told]]>([:])
    /// By the name of the policy host.
    private let pages = Mutex<[DomainName: [UInt8]]>([:])

    /// - Parameter path: the file in which is kept what was verified.
    public init(path: String, now: @escaping @Sendable () -> UnixTime, note: @escaping @Sendable (Note) -> Void) {
        self.path = path
        self.now = now
        self.note = note
    }

    /// Serves these policies from now on: those that were verified as they are wanted, others until then in the mode
    /// `testing`.
    public func replace(_ wanted: [HostedPolicy]) {
        let known = entries.withLock { $0 }
        guard !wanted.isEmpty || !known.isEmpty else { return }
        told.withLock { $0 = [:] }
        let kept = known.isEmpty ? verifiedPolicies() : known.compactMapValues(\.verified)
        var new: [DomainName: Entry] = [:]
        for hosted in wanted {
            let verified = kept[hosted.domain]
            let published = PublishedPolicy.decide(wanted: hosted.policy, verified: verified, proof: nil)
            var entry = Entry(hosted: hosted, verified: verified, published: published)
            if let old = known[hosted.domain], old.hosted == hosted { entry = old }
            new[hosted.domain] = entry
        }
        for (domain, entry) in new.sorted(by: { $0.key < $1.key }) where entry.published != known[domain]?.published {
            note(.published(domain, entry.published, nil))
        }
        entries.withLock { $0 = new }
        publish()
        save()
    }

    /// The policies that are wanted.
    public var wanted: [HostedPolicy] {
        entries.withLock { $0.values.map(\.hosted) }.sorted { $0.domain < $1.domain }
    }

    /// What is published.
    public var published: [DomainName: PublishedPolicy] { entries.withLock { $0.mapValues(\.published) } }

    /// How many domains DNS leads to the published policy of, does not, or has not told.
    public var records: (agreeing: Int, differing: Int, unknown: Int) {
        let all = entries.withLock { $0.values.map(\.recordAgrees) }
        return (all.count { $0 == true }, all.count { $0 == false }, all.count { $0 == nil })
    }

    /// Takes what was found out about the servers of a domain.
    public func take(_ proof: PolicyProof, of hosted: HostedPolicy) {
        let (before, after) = entries.withLock { entries -> (Entry?, Entry?) in
            guard var entry = entries[hosted.domain], entry.hosted == hosted else { return (nil, nil) }
            let before = entry
            entry.published = PublishedPolicy.decide(wanted: hosted.policy, verified: entry.verified, proof: proof)
            if hosted.policy.mode != .enforce {
                entry.verified = nil
            } else if proof.isGood {
                entry.verified = hosted.policy
            }
            entries[hosted.domain] = entry
            return (before, entry)
        }
        guard let before, let after else { return }
        if before.published != after.published || !proof.isGood {
            tell(.published(hosted.domain, after.published, proof), of: hosted.domain)
        }
        publish()
        if before.verified != after.verified { save() }
    }

    /// Takes what DNS has as the record of a domain.
    public func take(_ finding: MTASTSRecordFinding, of hosted: HostedPolicy) {
        guard let entry = entries.withLock({ $0[hosted.domain] }) else { return }
        let policy = entry.published.policy
        let agrees: Bool?
        switch finding {
        case .failure: agrees = nil
        case .record(let record): agrees = record.id == policy.recordID
        case .nothing, .unusable: agrees = false
        }
        entries.withLock { $0[hosted.domain]?.recordAgrees = agrees }
        if agrees == false {
            let found: String =
                switch finding {
                case .record(let record): record.text
                case .unusable(let error): "none that can be used: \(error)"
                default: "none"
                }
            let line = HostedPolicy.zoneLine(hosted.domain, policy)
            tell(.recordDiffers(hosted.domain, line: line, found: found), of: hosted.domain)
        } else if agrees == true, entry.recordAgrees != true {
            note(.recordAgrees(hosted.domain))
        }
    }

    /// What a client gets (RFC 8461 §3.3).
    public func answer(_ request: HTTPSRequest) -> HTTPSAnswer {
        guard request.path == MTASTSPolicy.path, let body = pages.withLock({ $0[request.host] }) else {
            return .notFound
        }
        return HTTPSAnswer(body: body)
    }

    /// Tells what is new, and what is not from time to time.
    private func tell(_ note: Note, of domain: DomainName) {
        let time = now()
        let isNew = told.withLock { told in
            var known = (told[domain] ?? []).filter { $0.at.adding(seconds: Self.silenceSeconds) > time }
            defer { told[domain] = known }
            guard !known.contains(where: { $0.note == note }) else { return false }
            // Of each kind the last one: what comes back after something else is new.
            known.removeAll { $0.note.isOfSameKind(as: note) }
            known.append(Told(note: note, at: time))
            return true
        }
        if isNew { self.note(note) }
    }

    private func publish() {
        let all = entries.withLock { $0 }
        var new: [DomainName: [UInt8]] = [:]
        for (domain, entry) in all {
            if let host = MTASTSPolicy.host(for: domain) { new[host] = Array(entry.published.policy.text.utf8) }
        }
        pages.withLock { $0 = new }
    }

    // MARK: What was verified

    private func save() {
        let all = entries.withLock { $0 }.sorted { $0.key < $1.key }
        let value = JSONValue.object([
            JSONMember("version", 1),
            JSONMember(
                "domains",
                .array(
                    all.map { domain, entry in
                        [
                            "domain": .string(domain.text), "verified": JSONValue(entry.verified?.text),
                        ]
                    })),
        ])
        do throws(StateFileError) {
            try StateFiles.replace(path, with: Array((value.indentedText + "\n").utf8))
        } catch {
            note(.cannotKeep(error.description))
        }
    }

    private func verifiedPolicies() -> [DomainName: MTASTSPolicy] {
        do throws(StateFileError) {
            return try Self.verified(in: path)
        } catch {
            note(.cannotKeep(error.description))
            return [:]
        }
    }

    /// The policies that a daemon has verified, from its file; none where there is no file.
    ///
    /// - Throws: where it can't be read.
    public static func verified(in path: String) throws(StateFileError) -> [DomainName: MTASTSPolicy] {
        guard let content = try StateFiles.content(of: path, octetsMax: fileOctetsMax),
            let value = try? JSONValue(parsing: content)
        else { return [:] }
        var policies: [DomainName: MTASTSPolicy] = [:]
        for element in value["domains"]?.arrayValue ?? [] {
            guard let name = element["domain"]?.stringValue, let domain = try? DomainName(presentation: name),
                let text = element["verified"]?.stringValue
            else { continue }
            policies[domain] = try? MTASTSPolicy(parsing: Array(text.utf8))
        }
        return policies
    }
}

extension PolicyHost.Note {
    /// Whether both are about the same thing.
    fileprivate func isOfSameKind(as other: PolicyHost.Note) -> Bool {
        switch (self, other) {
        case (.published, .published), (.recordDiffers, .recordDiffers): true
        default: false
        }
    }
}
