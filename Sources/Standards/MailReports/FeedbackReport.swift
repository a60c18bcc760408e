public import MailBytes
internal import MailFormat
public import MailNames

/// A report about one message, in the Abuse Reporting Format: of a failure of DMARC, DKIM or SPF (RFC 6591, RFC
/// 9991), or of abuse (RFC 5965).
///
/// The fields are as they were written. What they say is what a stranger wrote.
public struct FeedbackReport: Hashable, Sendable {
    /// The fields of the machine-readable part, in their order.
    public var fields: [FeedbackField]
    /// The part for people; nil if there is none.
    public var text: String?
    /// The message that the report is about; nil if there is none.
    public var original: FeedbackOriginal?
    /// Who sent the report; nil if it came without a mail around it.
    public var sender: FeedbackSender?
    /// What was borne in reading, each once, in the order of ``FeedbackQuirk``.
    public var quirks: [FeedbackQuirk]

    public init(
        fields: [FeedbackField], text: String? = nil, original: FeedbackOriginal? = nil, sender: FeedbackSender? = nil,
        quirks: [FeedbackQuirk] = []
    ) {
        self.fields = fields
        self.text = text
        self.original = original
        self.sender = sender
        self.quirks = quirks
    }

    /// The values of all fields with this name, in whatever letters.
    public func values(_ name: String) -> [String] {
        let wanted = Array(name.utf8)
        return fields.filter { Array($0.name.utf8).equalsIgnoringASCIICase(wanted) }.map(\.value)
    }

    /// The value of the first field with this name; nil if there is none or it is empty.
    public func value(_ name: String) -> String? { values(name).first { !$0.isEmpty } }
}

/// A field of the machine-readable part.
public struct FeedbackField: Hashable, Sendable {
    /// As it was written.
    public var name: String
    /// As it was written, unfolded, without white space at both ends.
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// The message that a report is about, or its header.
public struct FeedbackOriginal: Hashable, Sendable {
    /// Whether it is the header alone (`text/rfc822-headers`).
    public var isHeaderOnly: Bool
    /// The octets as they came, out of their transfer encoding.
    public var octets: [UInt8]

    public init(isHeaderOnly: Bool, octets: [UInt8]) {
        self.isHeaderOnly = isHeaderOnly
        self.octets = octets
    }
}

/// What the mail that a report came in says of itself.
public struct FeedbackSender: Hashable, Sendable {
    /// The first address of `From`.
    public var address: String?
    /// The display name of `From`.
    public var name: String?
    /// The domain of ``address``.
    public var domain: DomainName?
    /// The message identifier, without angle brackets.
    public var messageID: String?
    /// What `Date` says; nil if it says nothing that can be read.
    public var date: UnixTime?

    public init(
        address: String? = nil, name: String? = nil, domain: DomainName? = nil, messageID: String? = nil,
        date: UnixTime? = nil
    ) {
        self.address = address
        self.name = name
        self.domain = domain
        self.messageID = messageID
        self.date = date
    }
}

// MARK: - What the fields say

extension FeedbackReport {
    /// `Feedback-Type` in small letters: `auth-failure`, `abuse`, `fraud`, …; empty if it is missing (RFC 5965 §3.1).
    public var feedbackType: String { word("Feedback-Type") ?? "" }

    /// Whether this is the report of a failure of authentication.
    public var isAuthenticationFailure: Bool { feedbackType == "auth-failure" }

    /// `Auth-Failure` in small letters: `dmarc`, `bodyhash`, `signature`, … (RFC 6591 §3.3, RFC 9991 §4).
    public var authFailure: String? { word("Auth-Failure") }

    /// `Delivery-Result` in small letters (RFC 6591 §3.2.2).
    public var deliveryResult: String? { word("Delivery-Result") }

    /// The methods that gave no aligned pass, in small letters; empty if the field says `none`, nil if there is no
    /// field (RFC 9991 §4).
    public var identityAlignment: [String]? {
        guard let value = value("Identity-Alignment") else { return nil }
        // NetEase writes `spf/dkim`.
        return FeedbackText.withoutComments(value).lowercased()
            .split { $0 == "," || $0 == "/" || $0 == ";" || $0.isWhitespace }.map(String.init).filter { $0 != "none" }
    }

    /// The address that the message came from; nil if there is none that can be read (RFC 5965 §3.2).
    public var sourceAddress: IPAddress? { value("Source-IP").flatMap(FeedbackText.address)?.address }

    /// The host of `Reporting-MTA`, without the kind of name in front of it (RFC 5965 §3.5); nil if there is none.
    public var reportingHost: String? {
        guard let value = value("Reporting-MTA").map(FeedbackText.withoutComments) else { return nil }
        let parts = value.split(separator: ";", maxSplits: 1).map { Array($0.utf8)[...].trimmingWhitespace }
        return parts.last.map { String(lossy: $0) }
    }

    /// `Source-Port`, 0 to 65535; nil if there is none that can be (RFC 6692).
    public var sourcePort: Int? { value("Source-Port").flatMap { FeedbackText.port($0) } }

    /// When the message came, by `Arrival-Date` or the old `Received-Date` (RFC 5965 §3.2).
    public var arrivalDate: UnixTime? {
        (value("Arrival-Date") ?? value("Received-Date")).flatMap { MailDate($0)?.unixTime }
    }

    /// How many messages the report stands for: 1 if it does not say (RFC 5965 §3.2).
    public var incidents: Int {
        guard let value = value("Incidents"), let number = UInt32(FeedbackText.withoutComments(value)) else { return 1 }
        return Int(number)
    }

    /// The domains that the report is about, in small letters where they are domains.
    public var reportedDomains: [String] {
        values("Reported-Domain").filter { !$0.isEmpty }.map { value in
            let text = FeedbackText.withoutComments(value)
            return (try? DomainName(mailDomain: text))?.text ?? text
        }
    }

    private func word(_ name: String) -> String? {
        guard let value = value(name) else { return nil }
        let word = FeedbackText.withoutComments(value).lowercased()
        return word.isEmpty ? nil : word
    }
}
