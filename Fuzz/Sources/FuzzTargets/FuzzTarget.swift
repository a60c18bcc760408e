// The bodies of the fuzz targets, apart from libFuzzer: the package `Fuzz` feeds them with new inputs, and the tests
// with those that are known.

/// A body that returns at once. It must return, and must trap only when a property does not hold.
typealias PlainBody = @Sendable ([UInt8]) -> Void
/// A body that asks what answers later, such as a resolver.
typealias WaitingBody = @Sendable ([UInt8]) async -> Void

/// A fuzz target: takes octets, must return, and must trap only when a property does not hold.
public enum FuzzTarget: Sendable {
    /// Returns at once: nothing is to be slower than it is because others wait.
    case plain(@Sendable ([UInt8]) -> Void)
    /// Asks what answers later, such as a resolver.
    case waiting(@Sendable ([UInt8]) async -> Void)

    /// Feeds it. Inputs come one behind the other.
    public func run(_ octets: [UInt8]) async {
        switch self {
        case .plain(let body): body(octets)
        case .waiting(let body): await body(octets)
        }
    }
}

/// All targets by name. Each is defined in the file of its module.
public let fuzzTargets: [String: FuzzTarget] = [
    "accounts": .plain(fuzzAccounts),
    "address-list": .plain(fuzzAddressList),
    "arc-set": .waiting(fuzzARCSet),
    "authentication-results": .plain(fuzzAuthenticationResults),
    "certificate": .plain(fuzzCertificate),
    "configuration": .plain(fuzzConfiguration),
    "content-type": .plain(fuzzContentType),
    "dashboard-request": .waiting(fuzzDashboardRequest),
    "date": .plain(fuzzDate),
    "dkim-key": .plain(fuzzDKIMKey),
    "dkim-signature": .plain(fuzzDKIMSignature),
    "dkim-verify": .waiting(fuzzDKIMVerify),
    "dmarc-record": .plain(fuzzDMARCRecord),
    "dns-answers": .plain(fuzzDNSAnswers),
    "dns-packet": .plain(fuzzDNSPacket),
    "mbox": .plain(fuzzMbox),
    "message": .plain(fuzzMessage),
    "milter-client": .plain(fuzzMilterClient),
    "milter-session": .plain(fuzzMilterSession),
    "mime": .plain(fuzzMIME),
    "mta-sts": .plain(fuzzMTASTS),
    "netstring": .plain(fuzzNetstring),
    "report-container": .plain(fuzzReportContainer),
    "report-failure": .plain(fuzzReportFailure),
    "report-mail": .waiting(fuzzReportMail),
    "report-stored-forms": .plain(fuzzStoredForms),
    "report-xml": .plain(fuzzReportXML),
    "smtp-client": .plain(fuzzSMTPClient),
    "smtp-proxy-header": .plain(fuzzSMTPProxyHeader),
    "smtp-server": .plain(fuzzSMTPServer),
    "spf-check": .waiting(fuzzSPFCheck),
    "spf-record": .plain(fuzzSPFRecord),
    "tlsa": .plain(fuzzTLSA),
    "tlsrpt": .plain(fuzzTLSRPT),
    "tlsrpt-datagram": .plain(fuzzTLSRPTDatagram),
]
