public import MailBytes

/// What a record or a policy of a domain does for it, with what was seen.
public struct ProtectionState: Sendable, Hashable {
    /// How well it protects.
    public enum Rating: String, Sendable, Hashable, CaseIterable {
        case good
        /// It is there, and could be more.
        case partial
        case missing
        /// It is there, and does not work.
        case broken
        /// It was not looked up, or the answer did not come.
        case unknown
    }

    /// Such as `DMARC`.
    public var name: String
    public var rating: Rating
    /// What it comes to, as a sentence.
    public var summary: String
    /// What was found: records as they stand there.
    public var evidence: [String]

    public init(_ name: String, _ rating: Rating, _ summary: String, evidence: [String] = []) {
        self.name = name
        self.rating = rating
        self.summary = summary
        self.evidence = evidence
    }
}

/// Looks up how domains are protected.
public protocol ProtectionSource: Sendable {
    /// The state of each protection of a domain, in the order in which it is shown. Comes back within some seconds, and
    /// says what it does not know.
    ///
    /// - Parameter selectors: of DKIM keys that reports name, besides those that the configuration has.
    func protections(of domain: String, selectors: [String]) async -> [ProtectionState]

    /// The mail servers of a domain by its MX records; nil where DNS does not say within some seconds.
    func mailServers(of domain: String) async -> [String]?
}

/// A message that was judged.
public struct MessageEntry: Sendable, Hashable {
    /// Its number, which grows.
    public var id: UInt64
    /// When it was judged.
    public var time: UnixTime
    /// How it came: `milter`, `proxy`, `http`.
    public var way: String
    /// Whether it is our own.
    public var isOutgoing: Bool
    /// What the mail server calls it.
    public var queueID: String?
    /// Message-ID, as written.
    public var messageID: String?
    /// The client's address.
    public var client: String?
    /// What the client said it is.
    public var helo: String?
    /// The return path; empty for the null path.
    public var mailFrom: String?
    /// The author's domain.
    public var from: String?
    /// The domains of its recipients, each once.
    public var recipientDomains: [String]
    /// Such as `accept`.
    public var disposition: String
    /// Why, as a clause.
    public var reason: String
    /// The results as words; empty where it was not checked.
    public var results: [Result]
    /// How long it took.
    public var milliseconds: Double

    /// What a check found.
    public struct Result: Sendable, Hashable {
        /// Such as `dmarc`.
        public var check: String
        /// Such as `pass`.
        public var word: String

        public init(_ check: String, _ word: String) {
            self.check = check
            self.word = word
        }
    }

    public init(
        id: UInt64, time: UnixTime, way: String, isOutgoing: Bool, queueID: String?, messageID: String?,
        client: String?, helo: String?, mailFrom: String?, from: String?, recipientDomains: [String],
        disposition: String, reason: String, results: [Result], milliseconds: Double
    ) {
        self.id = id
        self.time = time
        self.way = way
        self.isOutgoing = isOutgoing
        self.queueID = queueID
        self.messageID = messageID
        self.client = client
        self.helo = helo
        self.mailFrom = mailFrom
        self.from = from
        self.recipientDomains = recipientDomains
        self.disposition = disposition
        self.reason = reason
        self.results = results
        self.milliseconds = milliseconds
    }
}

/// Everything that is kept of a message.
public struct MessageDetail: Sendable {
    /// What is in the list.
    public var entry: MessageEntry
    /// The verdict as `postseal verify` prints it.
    public var explanation: String
    /// The object of `postseal verify --json`; null where it was not checked.
    public var report: JSONValue
    /// Each step of the checks, tried again on the recorded answers; empty where that is not possible.
    public var steps: String
    /// What came of trying it again, as a sentence.
    public var replay: String
    /// The recorded answers, as a file for `--dns`; nil where there are none.
    public var recordedDNS: [UInt8]?
    /// The header as it came; nil where it is not kept.
    public var header: [UInt8]?
    /// The command that judges the message again.
    public var command: String
    /// What is not kept, as sentences.
    public var omissions: [String]

    public init(
        entry: MessageEntry, explanation: String, report: JSONValue, steps: String, replay: String,
        recordedDNS: [UInt8]?, header: [UInt8]?, command: String, omissions: [String]
    ) {
        self.entry = entry
        self.explanation = explanation
        self.report = report
        self.steps = steps
        self.replay = replay
        self.recordedDNS = recordedDNS
        self.header = header
        self.command = command
        self.omissions = omissions
    }
}

/// Knows the messages that were judged last.
public protocol MessageSource: Sendable {
    /// Those that fit, the newest first.
    ///
    /// - Parameter isWanted: must not wait.
    func messages(count: Int, where isWanted: @Sendable (MessageEntry) -> Bool) -> [MessageEntry]

    /// Everything about one of them; nil where it is forgotten.
    ///
    /// - Parameter isNamed: whether recipients at a domain are named; nil for an address without one.
    func message(_ id: UInt64, naming isNamed: @Sendable (String?) -> Bool) async -> MessageDetail?
}

/// Why a source can't say what it is asked: one clause.
public struct SourceError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// Knows how the daemon is.
public protocol DaemonSource: Sendable {
    /// How it is now.
    var facts: DaemonFacts { get }
}

/// How the daemon is.
public struct DaemonFacts: Sendable, Hashable {
    /// What is shown of something: its name, and how it is.
    public struct Fact: Sendable, Hashable {
        /// What it is.
        public var name: String
        /// How it is.
        public var text: String

        public init(_ name: String, _ text: String) {
            self.name = name
            self.text = text
        }
    }

    /// What does not work; empty if everything does.
    public var faults: [String]
    /// What it was told: from its configuration.
    public var settings: [Fact]
    /// What it has counted.
    public var figures: [Fact]

    public init(faults: [String], settings: [Fact], figures: [Fact]) {
        self.faults = faults
        self.settings = settings
        self.figures = figures
    }
}
