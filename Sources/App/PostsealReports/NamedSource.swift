public import MailReports

/// A source of a domain's messages whose host name was looked up.
public struct NamedSource: Hashable, Sendable {
    /// As which it sends.
    public var domain: String
    public var source: DMARCReportSource
    /// It has a name here, be it claimed alone.
    public var host: SourceHost

    public init(domain: String, source: DMARCReportSource, host: SourceHost) {
        self.domain = domain
        self.source = source
        self.host = host
    }
}
