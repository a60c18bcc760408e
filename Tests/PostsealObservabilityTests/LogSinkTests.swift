import Glibc
import Logging
import MailBytes
import Testing

@testable import PostsealObservability

@Suite("The log sink")
struct LogSinkTests {
    static let limit = Duration.seconds(60)
    static let now: @Sendable () -> UnixTime = { UnixTime(seconds: 1_795_539_600) }

    static func handler(_ sink: LogSink) -> PostsealLogHandler { PostsealLogHandler(sink: sink, now: now) }

    @Test("What a logger says arrives as lines, in its order")
    func arrives() throws {
        let pipe = try TestPipe()
        let sink = try LogSink(descriptor: pipe.input, format: .journal, now: Self.now)
        var logger = Logger(label: "test", factory: { _ in Self.handler(sink) })
        logger[metadataKey: "queue_id"] = "4F2"
        logger.info(
            "message judged",
            metadata: [
                "zone": "a b", "spf": "pass", "message_id": "<a@b>", "size": .stringConvertible(1024),
                "mail_from": .stringConvertible(LogOctets([0x61, 0xE9])), "dry_run": .stringConvertible(true),
            ])
        logger.debug("not this")
        logger.warning("that", error: TestError(), metadata: ["rcpt": .array(["a@b", "c@d"])])
        #expect(sink.flush(within: Self.limit))
        #expect(
            pipe.readAvailable() == """
                <6>info message judged: queue_id=4F2 message_id="<a@b>" mail_from="a\\xE9" spf=pass dry_run=true \
                size=1024 zone="a b"
                <4>warning that: queue_id=4F2 rcpt=a@b rcpt=c@d error="it broke"

                """)
        #expect(sink.dropped.current == 0)
    }

    private struct TestError: Error, CustomStringConvertible {
        var description: String { "it broke" }
    }

    @Test("The level can be changed while loggers exist, and a logger's own level stays")
    func level() throws {
        let pipe = try TestPipe()
        let sink = try LogSink(descriptor: pipe.input, format: .journal, level: .error, now: Self.now)
        let logger = Logger(label: "test", factory: { _ in Self.handler(sink) })
        var own = logger
        own.logLevel = .warning
        logger.warning("one")
        own.warning("two")
        sink.minimumLevel = .debug
        logger.debug("three")
        own.info("four")
        #expect(sink.flush(within: Self.limit))
        #expect(pipe.readAvailable() == "<4>warning two\n<7>debug three\n")
    }

    @Test("A reader that reads nothing holds nobody up: lines are dropped, counted, and told of later")
    func stalled() throws {
        let pipe = try TestPipe()
        var limits = LogLimits()
        limits.linesMax = 100
        let sink = try LogSink(descriptor: pipe.input, format: .text, limits: limits, now: Self.now)
        let line = Array(repeating: UInt8(ascii: "x"), count: 1023) + [0x0A]
        // A pipe takes 64 KB, the queue 100 lines, and the writer has as many under way: of 400, some must be lost.
        for _ in 0..<400 { sink.write(line) }
        let lost = sink.dropped.current
        #expect(lost > 0)
        #expect(!sink.flush(within: .zero))
        let reader = pipe.readUntilClosed()
        #expect(sink.flush(within: Self.limit))
        sink.write(Array("last\n".utf8))
        #expect(sink.flush(within: Self.limit))
        pipe.closeInput()
        let lines = reader.lines()
        #expect(lines.count { $0.hasPrefix("x") } == 400 - lost)
        #expect(lines.allSatisfy { $0.hasPrefix("x") ? $0.utf8.count == 1023 : true })
        // In one line or in several: some may have been lost before the writer began.
        let notice = "2026-11-24T17:00:00Z warning log lines were lost: lines="
        let told = lines.filter { $0.hasPrefix(notice) }.compactMap { Int($0.dropFirst(notice.count)) }
        #expect(told.reduce(0, +) == lost)
        #expect(lines.last == "last")
        #expect(sink.dropped.current == lost)
    }

    @Test("A full disk and a pipe that nobody reads cost lines and nothing else", arguments: [true, false])
    func failing(_ isDisk: Bool) throws {
        let pipe = try TestPipe()
        pipe.closeOutput()
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(full) }
        let sink = try LogSink(descriptor: isDisk ? full : pipe.input, format: .text, now: Self.now)
        for _ in 0..<10 { sink.write(Array("line\n".utf8)) }
        #expect(sink.flush(within: Self.limit))
        #expect(sink.dropped.current == 10)
        sink.write(Array("line\n".utf8))
        #expect(sink.flush(within: Self.limit))
        #expect(sink.dropped.current == 11)
    }

    @Test("A descriptor that somebody made non-blocking is waited for, and given up after a while")
    func nonBlocking() throws {
        let pipe = try TestPipe()
        pipe.makeNonBlocking()
        pipe.fill()
        var limits = LogLimits()
        limits.stallMilliseconds = 1
        let sink = try LogSink(descriptor: pipe.input, format: .text, limits: limits, now: Self.now)
        sink.write(Array("lost\n".utf8))
        #expect(sink.flush(within: Self.limit))
        #expect(sink.dropped.current == 1)
        _ = pipe.readAvailable()
        sink.write(Array("kept\n".utf8))
        #expect(sink.flush(within: Self.limit))
        #expect(pipe.readAvailable() == "2026-11-24T17:00:00Z warning log lines were lost: lines=1\nkept\n")
    }

    @Test("A line that broke off is ended before the next begins")
    func half() throws {
        let pipe = try TestPipe()
        pipe.makeNonBlocking()
        // Room for a page: part of a long line goes out, the rest does not.
        let free = pipe.fill(leaving: 4096)
        var limits = LogLimits()
        limits.stallMilliseconds = 1
        let sink = try LogSink(descriptor: pipe.input, format: .text, limits: limits, now: Self.now)
        sink.write(Array(repeating: UInt8(ascii: "y"), count: 20_000) + [0x0A])
        #expect(sink.flush(within: Self.limit))
        #expect(sink.dropped.current == 1)
        let before = pipe.readAvailable()
        #expect(before.hasSuffix("y"))
        #expect(before.count { $0 == "y" } >= free)
        sink.write(Array("next\n".utf8))
        #expect(sink.flush(within: Self.limit))
        #expect(pipe.readAvailable() == "\n2026-11-24T17:00:00Z warning log lines were lost: lines=1\nnext\n")
    }

    @Test("The thread ends with the sink, and writes what is there before")
    func end() throws {
        let pipe = try TestPipe()
        let reader = pipe.readUntilClosed()
        try {
            let sink = try LogSink(descriptor: pipe.input, format: .text, now: Self.now)
            for index in 0..<1000 { sink.write(Array("\(index)\n".utf8)) }
            #expect(sink.flush(within: Self.limit))
        }()
        pipe.closeInput()
        #expect(reader.lines() == (0..<1000).map(String.init))
    }

    @Test("Many threads can log at once, and no line is torn")
    func many() async throws {
        let pipe = try TestPipe()
        let reader = pipe.readUntilClosed()
        let sink = try LogSink(descriptor: pipe.input, format: .text, now: Self.now)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    let logger = Logger(label: "test", factory: { _ in Self.handler(sink) })
                    for index in 0..<500 { logger.info("line", metadata: ["task": "\(task)", "index": "\(index)"]) }
                }
            }
        }
        #expect(sink.flush(within: Self.limit))
        pipe.closeInput()
        let lines = reader.lines()
        #expect(lines.count == 4000)
        #expect(Set(lines).count == 4000)
        #expect(sink.dropped.current == 0)
    }

    static let streams: [(variable: String?, isJournal: Bool)] = [
        (nil, false), ("", false), ("1:2", false), ("x:y", false), ("1", false), ("SELF", true), ("SELF:1", false),
    ]

    @Test("Lines are for the journal only where systemd reads this very descriptor", arguments: streams)
    func journal(_ example: (variable: String?, isJournal: Bool)) throws {
        let pipe = try TestPipe()
        var environment: [String: String] = [:]
        environment["JOURNAL_STREAM"] = example.variable.map { variable in
            var status = stat()
            fstat(pipe.input, &status)
            return variable.replacing("SELF", with: "\(status.st_dev):\(status.st_ino)")
        }
        let format = LogFormat.text(descriptor: pipe.input, environment: environment)
        #expect(format == (example.isJournal ? .journal : .text))
    }
}
