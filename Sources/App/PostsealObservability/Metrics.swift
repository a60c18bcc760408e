public import MailBytes

/// What the daemon counts, and the page that Prometheus reads.
///
/// Counting takes no lock and makes nothing: each combination of labels has a number of its own from the start.
public final class Metrics: Sendable {
    /// Messages that were done with.
    public let messages = Counter<MessageDirection, MessageDisposition>(
        name: "postseal_messages_total", help: "Messages, by the way they went and what became of them.")
    /// What would have become of messages, had this been no dry run.
    public let dryRunMessages = Counter<MessageDisposition, NoLabel>(
        name: "postseal_dry_run_messages_total", help: "Messages of a dry run, by what would have become of them.")
    /// Results of checks: one of SPF, DMARC, ARC and iprev for each message, one of DKIM for each signature.
    public let verdicts = Counter<VerdictMethod, VerdictResult>(
        name: "postseal_verdicts_total", help: "Results of checks, in the words of RFC 8601.")
    /// Messages that could not be judged.
    public let checkFailures = Counter<CheckFailure, NoLabel>(
        name: "postseal_check_failures_total", help: "Messages that could not be judged, by the cause.")
    /// Signatures made.
    public let signatures = Counter<SignatureKind, SignatureAlgorithm>(
        name: "postseal_signatures_total", help: "Signatures made.")
    /// Messages that should have been signed or sealed and were not.
    public let signingRefusals = Counter<SignatureKind, SigningRefusal>(
        name: "postseal_signing_refusals_total", help: "Messages that should have been signed or sealed and were not.")
    /// Milter connections that are open now.
    public let connectionsOpen = Gauge<NoLabel, NoLabel>(
        name: "postseal_milter_connections", help: "Milter connections that are open.")
    /// Milter connections that were taken.
    public let connections = Counter<NoLabel, NoLabel>(
        name: "postseal_milter_connections_total", help: "Milter connections that were taken.")
    /// Milter connections that were closed at once, because there were too many.
    public let connectionsRefused = Counter<NoLabel, NoLabel>(
        name: "postseal_milter_connections_refused_total", help: "Milter connections refused, being too many.")
    /// Milter connections that were closed for their silence.
    public let connectionsTimedOut = Counter<NoLabel, NoLabel>(
        name: "postseal_milter_connections_timed_out_total", help: "Milter connections closed for their silence.")
    /// Milter connections that were closed because the peer broke the protocol.
    public let protocolErrors = Counter<NoLabel, NoLabel>(
        name: "postseal_milter_protocol_errors_total", help: "Milter connections closed for breaking the protocol.")
    /// Messages between their end and their verdict.
    public let messagesInFlight = Gauge<NoLabel, NoLabel>(
        name: "postseal_messages_in_flight", help: "Messages that are being checked or signed.")
    /// From the end of a message to its verdict.
    public let messageDuration = Histogram<MessageDirection>(
        name: "postseal_message_duration_seconds", help: "From the end of a message to its verdict.",
        boundsMicroseconds: [
            1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
            10_000_000, 20_000_000, 30_000_000,
        ])
    /// DNS look-ups.
    public let lookups = Counter<LookupOutcome, NoLabel>(
        name: "postseal_dns_lookups_total", help: "DNS look-ups, by how they ended.")
    /// Requests to the HTTP interface.
    public let httpRequests = Counter<HTTPRouteLabel, HTTPStatusLabel>(
        name: "postseal_http_requests_total", help: "HTTP requests that were answered.")
    /// Log lines that were lost.
    public let logLinesDropped = Counter<NoLabel, NoLabel>(
        name: "postseal_log_lines_dropped_total", help: "Log lines lost: the queue was full, or writing failed.")
    /// Attempts to take up a changed configuration.
    public let reloads = Counter<Success, NoLabel>(
        name: "postseal_configuration_reloads_total", help: "Attempts to take up a changed configuration.")
    /// Signing keys of the configuration.
    public let signingKeys = Gauge<SignatureAlgorithm, SigningKeyState>(
        name: "postseal_signing_keys", help: "Signing keys of the configuration, by what is published of them.")

    /// Plans that were made for mail to other servers.
    public let transportPlans = Counter<TransportPolicyLabel, NoLabel>(
        name: "postseal_tls_policies_total", help: "TLS policies found for domains, by what protects the mail.")
    /// Answers to Postfix about TLS policies.
    public let socketmapAnswers = Counter<SocketmapAnswerLabel, NoLabel>(
        name: "postseal_socketmap_answers_total", help: "Answers to mail servers that asked for a TLS policy.")

    /// Connections of the proxy's clients that are open now.
    public let proxyConnectionsOpen = Gauge<NoLabel, NoLabel>(
        name: "postseal_proxy_connections", help: "Connections of the proxy's clients that are open.")
    /// Messages that the proxy gave to the server behind.
    public let proxyDeliveries = Counter<ProxyDeliveryLabel, NoLabel>(
        name: "postseal_proxy_deliveries_total", help: "Messages given to the server behind the proxy, by its answer.")

    /// Sessions of the relay with servers.
    public let relaySessions = Counter<RelaySessionLabel, NoLabel>(
        name: "postseal_relay_sessions_total", help: "Sessions of the relay with servers, by what became of them.")
    /// How far DNSSEC works: 1 for what holds now.
    public let dnssec = Gauge<DNSSECLabel, NoLabel>(
        name: "postseal_dnssec", help: "Whether DNSSEC proofs work, without which DANE is off: 1 for what holds now.")
    /// Sessions that are counted for TLS reports.
    public let reportedSessions = Counter<TLSSessionSourceLabel, TLSSessionLabel>(
        name: "postseal_tls_report_sessions_total", help: "Sessions with mail servers, counted for TLS reports.")
    /// Sessions, by policy, that no report will have.
    public let omittedSessions = Counter<NoLabel, NoLabel>(
        name: "postseal_tls_report_sessions_omitted_total", help: "Sessions that no TLS report will have: too many.")
    /// Datagrams that were no sessions.
    public let refusedDatagrams = Counter<NoLabel, NoLabel>(
        name: "postseal_tls_report_datagrams_refused_total", help: "Datagrams to the TLSRPT socket that were none.")
    /// TLS reports.
    public let tlsReports = Counter<TLSReportLabel, NoLabel>(
        name: "postseal_tls_reports_total", help: "TLS reports, by what became of them.")
    /// TLS reports that wait to be sent.
    public let waitingReports = Gauge<NoLabel, NoLabel>(
        name: "postseal_tls_reports_waiting", help: "TLS reports in the outbox.")
    /// Failures to keep what reports are made of.
    public let reportFailures = Counter<NoLabel, NoLabel>(
        name: "postseal_tls_report_failures_total", help: "Failures to read or write counts and TLS reports.")

    /// Reports about our domains that came in.
    public let receivedReports = Counter<ReportWayLabel, ReportFateLabel>(
        name: "postseal_received_reports_total", help: "Reports about our domains, and what became of them.")
    /// Verdicts that are counted for our own DMARC reports.
    public let countedVerdicts = Counter<VerdictCountLabel, NoLabel>(
        name: "postseal_dmarc_verdicts_total", help: "Verdicts for our DMARC reports, by how they were counted.")
    /// Verdicts that are counted and not in the database yet.
    public let waitingVerdicts = Gauge<NoLabel, NoLabel>(
        name: "postseal_dmarc_verdicts_waiting", help: "Verdicts counted in memory and not written yet.")
    /// Failures of the database that counts and reports are in.
    public let sendingFailures = Counter<NoLabel, NoLabel>(
        name: "postseal_sending_failures_total", help: "Failures of the database of counts and sent reports.")
    /// Our own reports.
    public let sentReports = Counter<SentReportLabel, SendingLabel>(
        name: "postseal_sent_reports_total", help: "Our own reports, and attempts to send them, by how they ended.")
    /// Deliveries of our own reports that are not done with.
    public let openDeliveries = Gauge<DeliveryStateLabel, NoLabel>(
        name: "postseal_report_deliveries", help: "Deliveries of our own reports that are not done with.")

    /// Requests for our own MTA-STS policies.
    public let policyRequests = Counter<PolicyRequestLabel, NoLabel>(
        name: "postseal_mta_sts_requests_total", help: "Requests to the MTA-STS policy hosts, by how they ended.")
    /// Our own MTA-STS policies.
    public let hostedPolicies = Gauge<PublishedPolicyLabel, NoLabel>(
        name: "postseal_mta_sts_policies", help: "MTA-STS policies of our domains, by what is published of them.")
    /// Certificates of the policy hosts.
    public let policyCertificates = Gauge<PolicyCertificateLabel, NoLabel>(
        name: "postseal_mta_sts_certificates", help: "Certificates of the MTA-STS policy hosts, as senders see them.")
    /// The TXT records that lead to the policies.
    public let policyRecords = Gauge<PolicyRecordLabel, NoLabel>(
        name: "postseal_mta_sts_records", help: "Domains whose TXT record leads to the published MTA-STS policy.")

    private let version: StaticString
    private let startedAt: UnixTime
    private let figures: @Sendable () -> ProcessFigures

    /// - Parameters:
    ///   - version: the program's, for `postseal_build_info`.
    ///   - startedAt: when the program began.
    public convenience init(version: StaticString, startedAt: UnixTime) {
        self.init(version: version, startedAt: startedAt, figures: ProcessFigures.current)
    }

    init(version: StaticString, startedAt: UnixTime, figures: @escaping @Sendable () -> ProcessFigures) {
        self.version = version
        self.startedAt = startedAt
        self.figures = figures
    }

    /// The media type of ``page``.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// All numbers in the Prometheus exposition format 0.0.4. The numbers are read one after the other.
    public var page: String {
        var page = MetricsPage()
        page.add(messages)
        page.add(dryRunMessages)
        // Only the results that a method has; one that it should not have shows once it happened.
        page.add(verdicts) { method, result in method.results.contains(result) }
        page.add(checkFailures)
        page.add(signatures)
        page.add(signingRefusals)
        page.add(connectionsOpen)
        page.add(connections)
        page.add(connectionsRefused)
        page.add(connectionsTimedOut)
        page.add(protocolErrors)
        page.add(messagesInFlight)
        page.add(messageDuration)
        page.add(lookups)
        page.add(httpRequests)
        page.add(logLinesDropped)
        page.add(reloads)
        page.add(signingKeys)
        page.add(transportPlans)
        page.add(socketmapAnswers)
        page.add(relaySessions)
        page.add(dnssec)
        page.add(reportedSessions)
        page.add(omittedSessions)
        page.add(refusedDatagrams)
        page.add(tlsReports)
        page.add(receivedReports)
        page.add(waitingReports)
        page.add(reportFailures)
        page.add(countedVerdicts)
        page.add(waitingVerdicts)
        page.add(sendingFailures)
        page.add(sentReports)
        page.add(openDeliveries)
        page.add(policyRequests)
        page.add(hostedPolicies)
        page.add(policyCertificates)
        page.add(policyRecords)
        page.add(proxyConnectionsOpen)
        page.add(proxyDeliveries)
        page.begin("postseal_build_info", type: "gauge", help: "Always 1; the version that runs.")
        page.sample("postseal_build_info", labels: [("version", "\(version)")], "1")
        figures().add(to: &page, startedAt: startedAt)
        return page.text
    }
}
