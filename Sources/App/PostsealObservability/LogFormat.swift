internal import Glibc

/// How log lines look.
public enum LogFormat: String, Sendable, CaseIterable {
    /// `2026-11-24T17:00:00Z info message judged: queue_id=4F2 message_id="<a@b>"`
    case text
    /// The same for the journal, which knows the time and reads the level: `<6>info message judged: queue_id=4F2`
    case journal
    /// One object a line: `{"time":"2026-11-24T17:00:00Z","level":"info","message":"message judged","queue_id":"4F2"}`
    case json

    /// What a text log becomes on a descriptor: lines for the journal if systemd reads it.
    ///
    /// systemd.exec(5): `JOURNAL_STREAM` names device and inode of the stream it connected. A program that was started
    /// by a service and has its output elsewhere inherits the variable too, so both are compared.
    public static func text(descriptor: Int32, environment: [String: String]) -> LogFormat {
        let parts = (environment["JOURNAL_STREAM"] ?? "").split(separator: ":").map { UInt64($0) }
        var status = stat()
        guard parts.count == 2, let device = parts[0], let inode = parts[1], fstat(descriptor, &status) == 0,
            UInt64(status.st_dev) == device, UInt64(status.st_ino) == inode
        else { return .text }
        return .journal
    }
}

/// What a log may cost, and how long lines may be.
public struct LogLimits: Sendable {
    /// Lines that wait to be written; more are lost.
    public var linesMax = 20_000
    /// Octets of lines that wait to be written; as many again can be under way.
    public var octetsMax = 4 << 20
    /// A longer line is cut. The journal takes 48 KB, most collectors less.
    public var lineOctetsMax = 8192
    /// A longer value is cut.
    public var valueOctetsMax = 512
    /// How long to wait for a descriptor that takes nothing at the moment, before lines are dropped.
    public var stallMilliseconds: Int32 = 1000

    /// The defaults.
    public init() {}
}
