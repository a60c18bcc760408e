internal import MailBytes
public import MailNames

// How a cache outlives a restart: a line of JSON for each entry.

/// Why a line is no entry of a cache.
public struct MTASTSCacheLineError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One clause.
    public let description: String

    init(_ description: String) { self.description = description }
}

extension MTASTSCacheEntry {
    /// The version of the form; other ones are not read.
    static let lineVersion: Int64 = 1
    /// Octets of a line that are read: what the longest policy can come to, and as much again.
    static let lineBytesMax = 4 * MTASTSLimits.policyBytesMax
    /// Octets of a failure's reason that are kept.
    static let reasonBytesMax = 300

    /// The entry as one line of JSON, without a line end. What is not kept: the notes of the policy.
    public var line: String {
        var members: [JSONMember] = [
            JSONMember("v", .integer(Self.lineVersion)), JSONMember("domain", .string(domain.text)),
        ]
        if let fetched {
            members.append(
                JSONMember(
                    "fetched",
                    [
                        "id": .string(fetched.id), "at": .integer(fetched.fetchedAt.seconds),
                        "mode": .string(fetched.policy.mode.rawValue),
                        "max_age": .integer(Int64(fetched.policy.maxAgeSeconds)),
                        "mx": .array(fetched.policy.mxPatterns.map { .string($0.text) }),
                    ]))
        }
        if let failure {
            members.append(
                JSONMember(
                    "failure",
                    [
                        "id": .string(failure.id), "at": .integer(failure.failedAt.seconds),
                        "first": .integer(failure.firstFailedAt.seconds), "count": .integer(Int64(failure.count)),
                        "count_for_id": .integer(Int64(failure.countForID)), "kind": .string(failure.kind.rawValue),
                        "reason": .string(Self.shortened(failure.reason)),
                    ]))
        }
        return JSONValue.object(members).text
    }

    /// Reads a line that ``line`` gave.
    ///
    /// - Throws: if it is of another version, or anything in it is not what an entry can have.
    public init(parsingLine octets: [UInt8]) throws(MTASTSCacheLineError) {
        guard octets.count <= Self.lineBytesMax else { throw MTASTSCacheLineError("line is too long") }
        let value: JSONValue
        do throws(JSONSyntaxError) {
            value = try JSONValue(parsing: octets, limits: JSONLimits(depth: 4, values: MTASTSLimits.policyBytesMax))
        } catch {
            throw MTASTSCacheLineError("no JSON: \(error.problem) at column \(error.column)")
        }
        guard value["v"] == .integer(Self.lineVersion) else { throw MTASTSCacheLineError("unknown version") }
        guard let text = value["domain"]?.stringValue, let domain = try? DomainName(presentation: text) else {
            throw MTASTSCacheLineError("no domain")
        }
        let fetched = try value["fetched"].map { (object) throws(MTASTSCacheLineError) in try Self.fetched(object) }
        let failure = try value["failure"].map { (object) throws(MTASTSCacheLineError) in try Self.failure(object) }
        self.init(domain: domain, fetched: fetched, failure: failure)
    }

    private static func fetched(_ object: JSONValue) throws(MTASTSCacheLineError) -> Fetched {
        guard let id = object["id"]?.stringValue, MTASTSRecord(id: id) != nil,
            let at = object["at"]?.integerValue,
            let mode = object["mode"]?.stringValue.flatMap(MTASTSMode.init),
            let maxAge = object["max_age"]?.integerValue.flatMap(Int.init(exactly:)),
            (0...MTASTSLimits.maxAgeSecondsMax).contains(maxAge), let texts = object["mx"]?.arrayValue
        else { throw MTASTSCacheLineError("a policy that cannot be") }
        var patterns: [MTASTSHostPattern] = []
        for text in texts {
            guard let text = text.stringValue, let pattern = try? MTASTSHostPattern(parsing: text) else {
                throw MTASTSCacheLineError("an mx that cannot be")
            }
            patterns.append(pattern)
        }
        guard mode == .none || !patterns.isEmpty else { throw MTASTSCacheLineError("a policy without mx") }
        let policy = MTASTSPolicy(mode: mode, maxAgeSeconds: maxAge, mxPatterns: patterns)
        return Fetched(policy: policy, id: id, fetchedAt: UnixTime(seconds: at))
    }

    private static func failure(_ object: JSONValue) throws(MTASTSCacheLineError) -> Failure {
        guard let id = object["id"]?.stringValue, MTASTSRecord(id: id) != nil,
            let at = object["at"]?.integerValue, let first = object["first"]?.integerValue,
            let count = object["count"]?.integerValue.flatMap(Int.init(exactly:)), count > 0,
            let countForID = object["count_for_id"]?.integerValue.flatMap(Int.init(exactly:)), countForID > 0,
            let kind = object["kind"]?.stringValue.flatMap(MTASTSFetchFailure.Kind.init),
            let reason = object["reason"]?.stringValue
        else { throw MTASTSCacheLineError("a failure that cannot be") }
        return Failure(
            id: id, failedAt: UnixTime(seconds: at), firstFailedAt: UnixTime(seconds: first), count: count,
            countForID: countForID, kind: kind, reason: shortened(reason))
    }

    static func shortened(_ text: String) -> String {
        guard text.utf8.count > reasonBytesMax else { return text }
        var scalars = String.UnicodeScalarView()
        var length = 0
        for scalar in text.unicodeScalars {
            length += UTF8.width(scalar)
            if length > reasonBytesMax { break }
            scalars.append(scalar)
        }
        return String(scalars)
    }
}

/// The text of a whole cache.
public struct MTASTSCacheText: Sendable {
    /// A line that was left out.
    public struct Skipped: Hashable, Sendable {
        /// The line, from 1.
        public var line: Int
        /// Why, as a clause.
        public var reason: String
    }

    /// The entries, one for each domain.
    public private(set) var entries: [DomainName: MTASTSCacheEntry] = [:]
    /// Lines that are none, in order.
    public private(set) var skipped: [Skipped] = []

    /// Reads a text. Lines that are no entry are left out and told; of two lines of one domain the later one counts,
    /// so that a store may add lines at the end.
    public init(parsing octets: [UInt8]) {
        for (index, line) in octets.split(separator: .lineFeed, omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty {
            do throws(MTASTSCacheLineError) {
                let entry = try MTASTSCacheEntry(parsingLine: Array(line))
                entries[entry.domain] = entry
            } catch {
                skipped.append(Skipped(line: index + 1, reason: error.description))
            }
        }
    }

    /// The text of entries, a line each, in the order of the domains.
    public static func text(_ entries: some Sequence<MTASTSCacheEntry>) -> String {
        entries.sorted { $0.domain < $1.domain }.map { $0.line + "\n" }.joined()
    }
}
