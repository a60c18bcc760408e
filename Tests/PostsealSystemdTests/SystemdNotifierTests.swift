import Foundation
import Glibc
import Testing

@testable import PostsealSystemd

@Suite struct SystemdNotifierTests {
    /// A socket as systemd has one.
    final class Receiver {
        let descriptor: Int32

        init(_ path: String) throws {
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            var octets = Array(path.utf8)
            if octets.first == UInt8(ascii: "@") { octets[0] = 0 }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: octets) }
            let length = socklen_t(2 + octets.count + (octets.first == 0 ? 0 : 1))
            let status = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
            }
            try #require(status == 0)
        }

        /// The next message; nil if there is none now.
        func next() -> String? {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            return count >= 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
        }

        deinit { close(descriptor) }
    }

    static func path() -> String { "/tmp/notify-\(UInt32.random(in: 0...UInt32.max))" }

    @Test(arguments: [path(), "@" + path()])
    func `says what there is to say in one datagram each`(path: String) throws {
        let receiver = try Receiver(path)
        defer { unlink(path) }
        let notifier = SystemdNotifier(environment: ["NOTIFY_SOCKET": path])
        #expect(notifier.isConnected)
        #expect(receiver.next() == nil)
        #expect(notifier.notify(.ready, .status("3 sockets")))
        #expect(receiver.next() == "READY=1\nSTATUS=3 sockets")
        #expect(notifier.notify(.stopping))
        #expect(receiver.next() == "STOPPING=1")
        #expect(notifier.notify(.watchdog))
        #expect(receiver.next() == "WATCHDOG=1")
        #expect(notifier.notify(.reloading))
        let lines = (receiver.next() ?? "").split(separator: "\n")
        #expect(lines.first == "RELOADING=1")
        let microseconds = Int((lines.last ?? "").trimmingPrefix("MONOTONIC_USEC=")) ?? 0
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        #expect((0...60).contains(now.tv_sec - microseconds / 1_000_000))
    }

    @Test(arguments: [
        nil, "", "relative", "/nowhere/notify", "/" + String(repeating: "x", count: 300), "@", "/a\u{0}b",
    ])
    func `does nothing where there is nobody`(path: String?) {
        let notifier = SystemdNotifier(
            environment: path.map { ["NOTIFY_SOCKET": $0, "WATCHDOG_USEC": "1000000"] } ?? [:])
        #expect(!notifier.isConnected)
        #expect(notifier.watchdogInterval == nil)
        #expect(!notifier.notify(.ready))
    }

    @Test func `never waits for a receiver that reads nothing, and outlives one that is gone`() throws {
        let path = Self.path()
        defer { unlink(path) }
        let notifier: SystemdNotifier
        do {
            let receiver = try Receiver(path)
            notifier = SystemdNotifier(environment: ["NOTIFY_SOCKET": path])
            var sent = 0
            while sent < 100_000, notifier.notify(.watchdog) { sent += 1 }
            #expect((1..<100_000).contains(sent))
            #expect(receiver.next() == "WATCHDOG=1")
        }
        #expect(!notifier.notify(.ready))
    }

    @Test(
        arguments: [
            ("30000000", nil, Duration.seconds(15)), ("30000000", "7", .seconds(15)), ("30000000", "8", nil),
            ("1", nil, .microseconds(1)), ("0", nil, nil), ("-1", nil, nil), ("x", nil, nil), (nil, nil, nil),
        ] as [(String?, String?, Duration?)])
    func `the watchdog is to be fed twice as often as it bites`(
        microseconds: String?, process: String?, interval: Duration?
    ) {
        var environment: [String: String] = [:]
        environment["WATCHDOG_USEC"] = microseconds
        environment["WATCHDOG_PID"] = process
        #expect(SystemdNotifier.interval(environment, process: 7) == interval)
    }

    @Test func `a status stays one line and short`() {
        #expect(SystemdNotifier.text(.status("a\nREADY=1\r\u{7F}é")) == "STATUS=a READY=1  é")
        let long = SystemdNotifier.text(.status(String(repeating: "é", count: 2000)))
        #expect((500...530).contains(long.utf8.count))
    }
}
