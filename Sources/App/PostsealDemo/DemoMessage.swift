internal import MailNames

/// What becomes of a message, in words for people.
enum DemoOutcome: String, Sendable, CaseIterable {
    case accepted, marked, quarantined, refused, deferred, signed
}

/// What the story says must come of a message.
struct DemoExpectation: Sendable {
    var outcome: DemoOutcome
    /// The words of RFC 8601; nil where nothing is checked, because the mail is our own.
    var spf: String?
    var dkim: String?
    var arc: String?
    var dmarc: String?

    init(
        _ outcome: DemoOutcome, spf: String? = nil, dkim: String? = nil, arc: String? = nil, dmarc: String? = nil
    ) {
        self.outcome = outcome
        self.spf = spf
        self.dkim = dkim
        self.arc = arc
        self.dmarc = dmarc
    }
}

/// A machine that brings mail.
struct DemoClient: Sendable {
    var address: IPAddress
    /// What the mail server found as its name, and what it says in EHLO.
    var hostName: String
    var helo: String

    /// - Parameter helo: nil for the host's name.
    init(_ hostName: String, _ address: IPAddress, helo: String? = nil) {
        self.address = address
        self.hostName = hostName
        self.helo = helo ?? hostName
    }
}

/// One message of the demo's day.
struct DemoMessage: Sendable {
    /// The time of day in the story, `06:12`.
    var time: String
    /// One sentence for somebody who has never heard of any of this.
    var story: String
    var client: DemoClient
    /// Without angle brackets; empty for a bounce.
    var mailFrom: String
    var recipient: String
    /// Who the reader sees as the author.
    var shownFrom: String
    /// The name that the client logged in with; nil for strangers.
    var login: String?
    /// Header and body, with CRLF.
    var octets: [UInt8]
    var expected: DemoExpectation
}
