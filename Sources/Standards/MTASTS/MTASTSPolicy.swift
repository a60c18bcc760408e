public import MailNames

/// What a sender does if a server does not hold to the policy (RFC 8461 §5).
public enum MTASTSMode: String, Hashable, Sendable, CaseIterable {
    /// Mail goes to no such server.
    case enforce
    /// Mail goes there, and the failure is reported.
    case testing
    /// As if there was no policy: how a domain gets rid of one (RFC 8461 §8.3).
    case none
}

/// An MTA-STS policy: what a domain promises about the servers that take its mail (RFC 8461 §3.2).
///
/// It says nothing about where it came from; only a text fetched by HTTPS from the domain's policy host counts.
public struct MTASTSPolicy: Hashable, Sendable {
    public var mode: MTASTSMode
    /// For how long the policy holds after it was fetched: 0 to 31,557,600.
    public var maxAgeSeconds: Int
    /// The hosts that may be the domain's MX. Empty only if the mode is ``MTASTSMode/none``.
    public var mxPatterns: [MTASTSHostPattern]
    /// What was ignored in reading; nothing of it makes the policy another one.
    public var notes: [MTASTSPolicyNote]

    public init(
        mode: MTASTSMode, maxAgeSeconds: Int, mxPatterns: [MTASTSHostPattern], notes: [MTASTSPolicyNote] = []
    ) {
        self.mode = mode
        self.maxAgeSeconds = maxAgeSeconds
        self.mxPatterns = mxPatterns
        self.notes = notes
    }

    /// The first pattern that a host of an MX record matches; nil if none does (RFC 8461 §4.1).
    public func pattern(matching host: DomainName) -> MTASTSHostPattern? {
        mxPatterns.first { $0.matches(host) }
    }

    /// Whether mail for the domain may go to this host, as far as its name says (RFC 8461 §4.1).
    public func allows(_ host: DomainName) -> Bool { pattern(matching: host) != nil }
}

/// Something in the text of a policy that was ignored.
public struct MTASTSPolicyNote: Hashable, Sendable, CustomStringConvertible {
    /// What is remarkable.
    public enum Problem: String, Hashable, Sendable, CaseIterable {
        /// A field that RFC 8461 does not have.
        case unknownField = "unknown-field"
        /// The field was there before; the first one holds.
        case repeatedField = "repeated-field"
        /// A line without anything, which the grammar does not have.
        case blankLine = "blank-line"
    }

    public var problem: Problem
    /// The line, from 1.
    public var line: Int

    public init(_ problem: Problem, line: Int) {
        self.problem = problem
        self.line = line
    }

    public var description: String {
        switch problem {
        case .unknownField: "the field in line \(line) is unknown and ignored"
        case .repeatedField: "the field in line \(line) was there before, the first one holds"
        case .blankLine: "line \(line) is blank, which RFC 8461 does not allow"
        }
    }
}

extension MTASTSPolicy {
    /// Where the policy of a domain is served: `mta-sts` below it; nil if that name would be too long
    /// (RFC 8461 §3.2).
    public static func host(for domain: DomainName) -> DomainName? { try? domain.prepending("mta-sts") }

    /// The path that the policy is served at (RFC 8461 §3.2).
    public static let path = "/.well-known/mta-sts.txt"

    /// Whether a `Content-Type` is `text/plain`, with whatever parameters (RFC 8461 §3.2); no such field is not.
    public static func isPlainText(mediaType: String?) -> Bool {
        guard let mediaType else { return false }
        let type = mediaType.utf8.prefix { $0 != UInt8(ascii: ";") }
        return String(type)?.split(whereSeparator: { $0 == " " || $0 == "\t" }).map { $0.lowercased() }
            == ["text/plain"]
    }
}
