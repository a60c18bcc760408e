internal import Glibc

/// Tells systemd how the daemon is: the protocol of sd_notify(3), over a datagram socket.
///
/// Without `NOTIFY_SOCKET` it does nothing. It never waits and never fails: where systemd cannot be told, the daemon
/// goes on.
public final class SystemdNotifier: Sendable {
    private let descriptor: Int32?

    /// Something that systemd is told.
    public enum State: Hashable, Sendable {
        /// The daemon serves, for the first time or again after a reload.
        case ready
        /// The daemon takes up a changed configuration; `ready` must follow.
        case reloading
        /// The daemon ends.
        case stopping
        /// A line for `systemctl status`.
        case status(String)
        /// The daemon is alive.
        case watchdog
    }

    /// - Parameter environment: where `NOTIFY_SOCKET` and `WATCHDOG_USEC` are.
    public convenience init(environment: [String: String]) {
        self.init(
            socketPath: environment["NOTIFY_SOCKET"], watchdogInterval: Self.interval(environment, process: getpid()))
    }

    init(socketPath: String?, watchdogInterval: Duration?) {
        descriptor = socketPath.flatMap(Self.connect)
        self.watchdogInterval = descriptor == nil ? nil : watchdogInterval
    }

    deinit { if let descriptor { close(descriptor) } }

    /// Whether there is anybody to be told.
    public var isConnected: Bool { descriptor != nil }

    /// How often ``State/watchdog`` is to be said; nil if nobody waits for it. Half of the time after which systemd
    /// ends a daemon that is silent.
    public let watchdogInterval: Duration?

    /// Tells systemd, all at once; false where that did not work or there is nobody.
    @discardableResult
    public func notify(_ states: State...) -> Bool {
        guard let descriptor else { return false }
        let text = states.map(Self.text).joined(separator: "\n")
        let octets = Array(text.utf8)
        return octets.withUnsafeBytes {
            send(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
        } == octets.count
    }

    private static let statusOctetsMax = 512

    static func text(_ state: State) -> String {
        switch state {
        case .ready: return "READY=1"
        case .reloading: return "RELOADING=1\nMONOTONIC_USEC=\(monotonicMicroseconds)"
        case .stopping: return "STOPPING=1"
        case .watchdog: return "WATCHDOG=1"
        case .status(let text):
            // A line break would begin another assignment.
            let scalars = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }
            var line = String.UnicodeScalarView()
            for scalar in scalars where String(line).utf8.count < statusOctetsMax { line.append(scalar) }
            return "STATUS=" + String(line)
        }
    }

    private static var monotonicMicroseconds: Int {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return now.tv_sec * 1_000_000 + now.tv_nsec / 1000
    }

    /// `WATCHDOG_USEC`, if it is for this process.
    static func interval(_ environment: [String: String], process: Int32) -> Duration? {
        if let text = environment["WATCHDOG_PID"], Int32(text) != process { return nil }
        guard let microseconds = environment["WATCHDOG_USEC"].flatMap({ Int64($0) }), microseconds > 0 else {
            return nil
        }
        return .microseconds(max(1, microseconds / 2))
    }

    /// A socket at a path, or, with `@`, at an abstract name.
    private static func connect(_ path: String) -> Int32? {
        var octets = Array(path.utf8)
        guard let first = octets.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@") else { return nil }
        var address = sockaddr_un()
        guard octets.count < MemoryLayout.size(ofValue: address.sun_path), !octets.contains(0) else { return nil }
        if first == UInt8(ascii: "@") { octets[0] = 0 }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: octets) }
        // An abstract name ends where its length says, the path of a file at a NUL.
        let pathOffset = MemoryLayout<sockaddr_un>.offset(of: \sockaddr_un.sun_path) ?? 2
        let length = socklen_t(pathOffset + octets.count + (first == UInt8(ascii: "@") ? 0 : 1))
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, length) }
        }
        guard status == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
