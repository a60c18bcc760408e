public import MailBytes
internal import MailCrypto
public import MailNames
public import MailReports

/// A file or a mail on its way into the store: its octets as they came, and the reports in it.
public struct ReportArrival: Sendable {
    /// Limit: octets of one file. Reports of the largest reporters have a few megabytes.
    public static let octetsMax = 64 << 20

    /// As they came; empty behind ``forgetReading()``.
    public private(set) var octets: [UInt8]
    /// How many octets came.
    public let length: Int
    /// What the file is called; nil if it has no name.
    public let name: String?
    /// When it came.
    public let received: UnixTime
    /// Whether what it says is counted, and what takes its place. Reports whose sender is not verified are kept apart:
    /// anybody can write one.
    public var standing: ReportStanding
    /// The domain that vouches for it by its mail; nil where an administrator does, or nobody.
    public var signer: DomainName?
    /// The reports and refusals in it; none behind ``forgetReading()``.
    public private(set) var findings: [ReportFinding]
    /// Where in the file each of them is.
    public let paths: [[String]]
    /// Records of all its aggregate reports.
    public let recordCount: Int
    // What takes time is done here: arrivals are read side by side, and stored one after the other.
    /// Tells files apart.
    let hash: [UInt8]
    /// The octets as they are kept.
    let original: PackedOriginal
    /// The reports as they are kept.
    let rows: [Result<ReportRows, MailReportError>]
    /// Whom all of it is about.
    let subjects: ReportSubjects?
    /// What was borne in reading each of them.
    let quirks: [[String]]

    /// Reads a file, which somebody vouches for unless it is not to be counted.
    public init(reading octets: [UInt8], name: String?, received: UnixTime, isCounted: Bool = true) {
        self.octets = octets
        self.name = name
        self.received = received
        standing = isCounted ? .proven : .apart
        length = octets.count
        let findings = ReportFile(reading: octets, name: name).findings
        self.findings = findings
        paths = findings.map(\.path)
        quirks = findings.map(\.quirks)
        rows = findings.map { $0.outcome.map { ReportRows($0, received: received) } }
        subjects = ReportSubjects(of: rows.map { (try? $0.get())?.subjects })
        hash = SHA256Hasher.hash(octets).bytes
        original =
            findings.contains { $0.report != nil } ? PackedOriginal(octets) : PackedOriginal(asItCame: octets)
        recordCount = findings.reduce(0) { sum, finding in
            guard case .aggregate(let report)? = finding.report else { return sum }
            return sum + report.records.count
        }
    }

    /// Lets go of what the store does not ask for: the reports as they were read, which take many times the memory
    /// of what is kept of them, and the octets.
    public mutating func forgetReading() {
        findings = []
        octets = []
    }
}

/// What became of one report, or refusal, of an arrival.
public enum ReportIntake: Hashable, Sendable {
    /// It is stored now, under this number.
    case new(Int64)
    /// It was there before, and counts once.
    case known(Int64)
    /// Another report of this reporter and period with the same identifier was there before, under this number. That
    /// one counts, if one of them does; this one is kept apart.
    case conflicting(Int64)
    /// It is no report, or one that is not read.
    case refused(MailReportError)
}

/// A report in the store.
public struct StoredReport: Hashable, Sendable {
    /// Its number in the store.
    public var id: Int64
    /// `dmarc-aggregate`, `dmarc-failure` or `tlsrpt`.
    public var kind: String
    /// Who made it; empty if it does not say.
    public var organization: String
    /// What tells it from the reporter's others; empty if it does not say.
    public var reportID: String
    /// What it is about; nil if it does not say.
    public var domain: String?
    /// The first moment that it counts.
    public var begin: UnixTime?
    /// The last moment that it counts.
    public var end: UnixTime?
    /// When it came.
    public var received: UnixTime
    /// Messages, or sessions, that it counts.
    public var messages: Int
    /// Whether the sums have it.
    public var isCounted: Bool
    /// Whether they have it although nothing proves whose it is; see ``ReportStanding/unproven``.
    public var isUnproven: Bool
    /// What was borne in reading it, as words.
    public var quirks: [String]
    /// Which report of its file it is, from 0.
    public var place: Int
    /// Whether the file that it came in is still kept.
    public var hasOriginal: Bool
    /// The first moment of the day that it counts for, by which lists are sorted.
    public var day: UnixTime
    /// Whether it is found by other domains as well.
    public var isAboutSeveral: Bool
    /// Whom it is about: of an aggregate report the authors of its records as well. Nil where that is not known, as of
    /// what an earlier version stored until it is read again, and where it is for those who see everything.
    public var subjects: ReportSubjects?
    /// Whom the file that it came in is about, likewise.
    public var fileSubjects: ReportSubjects?
    /// Whether it is shown to somebody who does not see all that it is about: what it counts is then not told.
    public var isCut = false
}

/// The file that a report came in.
public struct ReportOriginal: Hashable, Sendable {
    /// What it is called; nil if it has no name.
    public var name: String?
    /// As they came.
    public var octets: [UInt8]
}

/// Which reports are wanted.
public struct ReportQuery: Hashable, Sendable {
    /// Limit: so many are given at once.
    public static let countMax = 10_000
    /// Limit: domains that are asked for at once.
    public static let domainsMax = 10_000

    /// About this domain alone.
    public var domain: String?
    /// About any of these domains; a report about several of them is one. No more than ``domainsMax``.
    public var domains: [String]?
    /// With this identifier alone.
    public var reportID: String?
    /// Of this kind alone.
    public var kind: String?
    /// Of this day or a later one.
    public var since: UnixTime?
    /// With records, or failures, of this source alone.
    public var source: DMARCReportSource?
    /// Of this organisation alone, as it writes itself.
    public var organization: String?
    /// With this text in the identifier, the organisation or the domain, in whatever letters; an address is looked for
    /// among the sources.
    public var search: String?
    /// Only those that are counted, or only those that are kept apart.
    public var isCounted: Bool?
    /// Those behind this report in the list: where the page before ended.
    public var before: Int64?
    /// How many, the newest first.
    public var count: Int

    /// Asks for so many reports at most; more than ``countMax`` are never given.
    public init(
        domain: String? = nil, reportID: String? = nil, kind: String? = nil, since: UnixTime? = nil,
        source: DMARCReportSource? = nil, organization: String? = nil, search: String? = nil, isCounted: Bool? = nil,
        before: Int64? = nil, count: Int = 50
    ) {
        self.source = source
        self.organization = organization
        self.search = search
        self.isCounted = isCounted
        self.before = before
        self.domain = domain
        self.reportID = reportID
        self.kind = kind
        self.since = since
        self.count = min(max(count, 0), Self.countMax)
    }
}

/// What is known about a domain in a period.
public struct ReportCoverage: Hashable, Sendable {
    /// Aggregate reports that are counted.
    public var reports: Int
    /// Organisations that sent them, in whatever letters they write themselves.
    public var reporters: Int
    /// Aggregate reports that are kept apart.
    public var uncountedReports: Int
    /// The policy that the newest report found; nil if no report says it.
    public var policy: StoredPolicy?
    /// The day of the newest counted aggregate report up to the end of the period, before its beginning, too; nil if
    /// there is none.
    public var lastReport: UnixTime?

    public init(
        reports: Int, reporters: Int, uncountedReports: Int, policy: StoredPolicy?, lastReport: UnixTime? = nil
    ) {
        self.reports = reports
        self.reporters = reporters
        self.uncountedReports = uncountedReports
        self.policy = policy
        self.lastReport = lastReport
    }
}

/// A policy as a reporter found it; nil where the report says nothing.
public struct StoredPolicy: Hashable, Sendable {
    /// `p`
    public var policy: String?
    /// `sp`
    public var subdomainPolicy: String?
    /// `pct`
    public var percentage: Int?
    /// `t`
    public var isTesting: Bool

    public init(policy: String?, subdomainPolicy: String? = nil, percentage: Int? = nil, isTesting: Bool = false) {
        self.policy = policy
        self.subdomainPolicy = subdomainPolicy
        self.percentage = percentage
        self.isTesting = isTesting
    }
}

/// How long reports are kept.
public struct ReportRetention: Hashable, Sendable {
    /// The files as they came.
    public var originalDays: Int
    /// The records of reports.
    public var recordDays: Int
    /// The sums, and which reports are in them.
    public var tallyDays: Int
    /// The size of the store. Above it what is kept apart goes first, then the oldest originals and samples of
    /// failures, then the oldest records; sums stay.
    public var octetsMax: Int

    /// Takes these times, none of them longer than that of the sums.
    public init(originalDays: Int = 400, recordDays: Int = 400, tallyDays: Int = 1100, octetsMax: Int = 10 << 30) {
        // Sums that lack a report would count it once more when it comes again.
        self.tallyDays = max(tallyDays, 1)
        self.recordDays = min(max(recordDays, 1), self.tallyDays)
        self.originalDays = min(max(originalDays, 1), self.tallyDays)
        self.octetsMax = max(octetsMax, 1 << 20)
    }
}

/// What was removed.
public struct ReportRemoval: Hashable, Sendable {
    /// Files as they came.
    public var originals = 0
    /// Reports whose records went.
    public var records = 0
    /// Reports that are forgotten with all their sums.
    public var reports = 0
    /// Where nothing went by its age, because the clock is not believed: when it was believed last.
    public var clockDoubted: UnixTime?

    public init(originals: Int = 0, records: Int = 0, reports: Int = 0, clockDoubted: UnixTime? = nil) {
        self.originals = originals
        self.records = records
        self.reports = reports
        self.clockDoubted = clockDoubted
    }
}
