public import MailBytes
public import MailNames
public import Trace

/// What a client said of itself: the arguments of `check_host` (RFC 7208 §4.1).
public struct SPFRequest: Hashable, Sendable {
    /// The address of the SMTP client. An IPv4-mapped IPv6 address counts as the IPv4 address (RFC 7208 §5).
    public var clientAddress: IPAddress
    /// The argument of the newest HELO or EHLO, as it came.
    public var helo: [UInt8]
    /// The reverse-path without angle brackets; empty for the null reverse-path. The domain may have U-labels
    /// (RFC 8616 §4).
    public var mailFrom: [UInt8]
    /// The name of the receiving host, for the macro `%{r}` of explanations.
    public var receivingHost: String
    /// When the check takes place, for the macro `%{t}` and for the ages of cached records.
    public var at: UnixTime

    public init(
        clientAddress: IPAddress, helo: [UInt8], mailFrom: [UInt8], receivingHost: String = "unknown", at: UnixTime
    ) {
        self.clientAddress = clientAddress
        self.helo = helo
        self.mailFrom = mailFrom
        self.receivingHost = receivingHost
        self.at = at
    }

    /// As ``init(clientAddress:helo:mailFrom:receivingHost:at:)``, from text.
    public init(
        clientAddress: IPAddress, helo: String, mailFrom: String, receivingHost: String = "unknown", at: UnixTime
    ) {
        self.init(
            clientAddress: clientAddress, helo: Array(helo.utf8), mailFrom: Array(mailFrom.utf8),
            receivingHost: receivingHost, at: at)
    }
}

/// What a check came to, and how.
///
/// It speaks of the envelope alone: a pass does not show that the visible From address is genuine
/// (RFC 7208 §11.2).
public struct SPFOutcome: Hashable, Sendable {
    public var result: SPFResult
    /// The domain that was checked; nil where what the client gave is no domain name of several labels.
    public var domain: DomainName?
    public var identity: SPFIdentity
    /// The term that settled the result, as published and with its qualifier as written: of the record of the domain,
    /// or of the one that it redirects to. `default` where no term matched; nil without a record and after an error.
    /// Printable ASCII, at most ``SPFLimits/mechanismBytesMax`` octets and three dots.
    public var mechanism: String?
    /// The text that the domain publishes for people whose mail it disowns (RFC 7208 §6.2). It is a third party's:
    /// show it as theirs. Printable ASCII, at most ``SPFLimits/explanationBytesMax`` octets.
    public var explanation: String?
    /// Terms that ask the DNS and were reached, in all records together; one more than the limit if that was passed
    /// (RFC 7208 §4.6.4).
    public var lookups: Int
    /// Of these, the terms for which nothing was found (RFC 7208 §4.6.4).
    public var voidLookups: Int
    /// One clause for people: printable ASCII.
    public var reason: String
    /// Every step, if that was asked for.
    public var trace: Trace

    public init(
        result: SPFResult, domain: DomainName?, identity: SPFIdentity, mechanism: String? = nil,
        explanation: String? = nil, lookups: Int = 0, voidLookups: Int = 0, reason: String, trace: Trace = .disabled
    ) {
        self.result = result
        self.domain = domain
        self.identity = identity
        self.mechanism = mechanism
        self.explanation = explanation
        self.lookups = lookups
        self.voidLookups = voidLookups
        self.reason = reason
        self.trace = trace
    }
}
