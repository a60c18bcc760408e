public import Logging
public import MailBytes

/// Turns what swift-log hands over into a line, and gives it to a ``LogSink``.
///
/// Fields come in a fixed order, so that a line reads the same way each time: those that name the message first, then
/// the others by their names.
public struct PostsealLogHandler: LogHandler {
    private let sink: LogSink
    private let now: @Sendable () -> UnixTime
    private var ownLevel: Logger.Level?
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?

    /// Fields that come before all others, in this order.
    static let namesFirst = [
        "queue_id", "message_id", "client", "helo", "mail_from", "rcpt", "from", "disposition", "spf", "dkim", "arc",
        "dmarc", "iprev", "reason",
    ]
    /// Lists and objects within each other that are shown.
    private static let depthMax = 4

    /// - Parameters:
    ///   - sink: where lines go.
    ///   - now: the clock.
    public init(
        sink: LogSink, metadataProvider: Logger.MetadataProvider? = nil,
        now: @escaping @Sendable () -> UnixTime = LogSink.systemTime
    ) {
        self.sink = sink
        self.metadataProvider = metadataProvider
        self.now = now
    }

    /// The sink's level, unless this logger was given one.
    public var logLevel: Logger.Level {
        get { ownLevel ?? sink.minimumLevel.level }
        set { ownLevel = newValue }
    }

    /// What is said with every line of this logger.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes a line, or drops it where the sink is full: whoever logs never waits.
    public func log(event: LogEvent) {
        var all = metadata
        // What is nearer to the place that logs counts more.
        if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let own = event.metadata { all.merge(own) { _, new in new } }
        if let error = event.error, all["error"] == nil { all["error"] = "\(error)" }
        let record = LogRecord(
            time: now(), level: event.level, message: event.message.description, fields: Self.fields(all, depth: 0))
        sink.write(record.line(sink.format, limits: sink.limits))
    }

    private static func fields(_ metadata: Logger.Metadata, depth: Int) -> [LogField] {
        metadata.map { LogField(name: $0.key, value: value($0.value, depth: depth)) }
            .sorted { (place($0.name), $0.name) < (place($1.name), $1.name) }
    }

    private static func place(_ name: String) -> Int { namesFirst.firstIndex(of: name) ?? namesFirst.count }

    private static func value(_ value: Logger.MetadataValue, depth: Int) -> LogValue {
        switch value {
        case .string(let text): .text(Array(text.utf8))
        case .stringConvertible(let value): convertible(value)
        case .array(let values) where depth < depthMax: .list(values.map { Self.value($0, depth: depth + 1) })
        case .dictionary(let fields) where depth < depthMax: .fields(Self.fields(fields, depth: depth + 1))
        case .array, .dictionary: .text(Array("…".utf8))
        }
    }

    private static func convertible(_ value: any CustomStringConvertible & Sendable) -> LogValue {
        switch value {
        case let value as LogOctets: .text(value.octets)
        case let value as Bool: .bare(.bool(value))
        case let value as any FixedWidthInteger:
            Int64(exactly: value).map { .bare(.integer($0)) } ?? .text(Array("\(value)".utf8))
        case let value as Double: value.isFinite ? .bare(.double(value)) : .text(Array("\(value)".utf8))
        default: .text(Array(value.description.utf8))
        }
    }
}
