internal import Logging
internal import MailBytes
internal import PostsealConfiguration
internal import PostsealObservability

/// What lives as long as the daemon, whatever its configuration: the log, the numbers, the clock.
struct DaemonCore: Sendable {
    let metrics: Metrics
    let sink: LogSink
    let log: Logger
    let inFlight: MessagesInFlight
    /// What was judged last.
    let journal: VerdictJournal
    /// Who hears of verdicts on incoming mail.
    let verdicts = VerdictTap()
    /// What does not work although mail goes on.
    let faults = DaemonFaults()
    let now: @Sendable () -> UnixTime
    /// The program's version.
    let version: StaticString

    init(
        _ settings: LogSettings, _ parts: DaemonParts, messagesMax: Int = 0
    ) throws(DaemonError) {
        journal = VerdictJournal(recordsMax: messagesMax)
        let metrics = Metrics(version: parts.version, startedAt: parts.now())
        do throws(LogSinkError) {
            sink = try LogSink(
                descriptor: parts.logDescriptor, format: settings.format, level: settings.level,
                dropped: metrics.logLinesDropped, now: LogSink.systemTime)
        } catch {
            throw DaemonError(error.description)
        }
        let handler = PostsealLogHandler(sink: sink)
        log = Logger(label: "postseal") { _ in handler }
        inFlight = MessagesInFlight(gauge: metrics.messagesInFlight)
        self.metrics = metrics
        now = parts.now
        version = parts.version
    }
}
