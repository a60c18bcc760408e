import Logging
import MailBytes
import Testing

@testable import PostsealObservability

@Suite("Log lines")
struct LogLineTests {
    static let time = UnixTime(text: "2026-11-24T17:00:00Z") ?? UnixTime(seconds: 0)

    static func record(_ fields: [LogField], message: String = "message", level: Logger.Level = .info) -> LogRecord {
        LogRecord(time: time, level: level, message: message, fields: fields)
    }

    static func text(_ record: LogRecord, _ format: LogFormat = .text) -> String {
        String(decoding: record.line(format, limits: LogLimits()), as: UTF8.self)
    }

    static let formats: [(format: LogFormat, level: Logger.Level, line: String)] = [
        (.text, .info, "2026-11-24T17:00:00Z info message: queue_id=4F2 message_id=\"<a@b>\"\n"),
        (.journal, .info, "<6>info message: queue_id=4F2 message_id=\"<a@b>\"\n"),
        (.journal, .debug, "<7>debug message: queue_id=4F2 message_id=\"<a@b>\"\n"),
        (.journal, .warning, "<4>warning message: queue_id=4F2 message_id=\"<a@b>\"\n"),
        (.journal, .critical, "<2>critical message: queue_id=4F2 message_id=\"<a@b>\"\n"),
        (
            .json, .error,
            #"{"time":"2026-11-24T17:00:00Z","level":"error","message":"message","queue_id":"4F2","#
                + #""message_id":"<a@b>"}"# + "\n"
        ),
    ]

    @Test("The three formats", arguments: formats)
    func format(_ example: (format: LogFormat, level: Logger.Level, line: String)) {
        let record = Self.record(
            [
                LogField(name: "queue_id", value: .text(Array("4F2".utf8))),
                LogField(name: "message_id", value: .text(Array("<a@b>".utf8))),
            ], level: example.level)
        #expect(Self.text(record, example.format) == example.line)
    }

    static let values: [(octets: [UInt8], shown: String)] = [
        (Array("plain".utf8), "plain"), (Array("a@b.example".utf8), "a@b.example"), ([], "\"\""),
        (Array("2001:db8::1".utf8), "2001:db8::1"), (Array("two words".utf8), "\"two words\""),
        (Array("a=b".utf8), "\"a=b\""), (Array("say \"hi\"".utf8), #""say \"hi\"""#),
        (Array(#"back\slash"#.utf8), #""back\\slash""#), (Array("a\r\nb\tc".utf8), #""a\r\nb\tc""#),
        (Array("\0\u{1B}[31m\u{7F}".utf8), #""\u0000\u001B[31m\u007F""#), (Array("grüße".utf8), "\"grüße\""),
        // Turned around, `gpj.exe`; zero width; a line end that some programs know.
        (Array("a\u{202E}b\u{200B}c\u{2028}d\u{85}".utf8), #""a\u202Eb\u200Bc\u2028d\u0085""#),
        (Array("\u{E0041}\u{1F600}".utf8), "\"\\U000E0041\u{1F600}\""),
        ([0x61, 0xE9, 0x62], #""a\xE9b""#), ([0xC3, 0x28], #""\xC3(""#), ([0xF0, 0x9F, 0x98], #""\xF0\x9F\x98""#),
        // Overlong and surrogates are no UTF-8.
        ([0xC0, 0xAF, 0xED, 0xA0, 0x80], #""\xC0\xAF\xED\xA0\x80""#),
        (Array(#"\xE9"#.utf8), #""\\xE9""#),
    ]

    @Test("Values are as they are where that is safe, and escaped elsewhere", arguments: values)
    func value(_ example: (octets: [UInt8], shown: String)) throws {
        let record = Self.record([LogField(name: "x", value: .text(example.octets))])
        let line = Self.text(record)
        #expect(line == "2026-11-24T17:00:00Z info message: x=\(example.shown)\n")
        #expect(try LogfmtLine(Array(line.utf8), headWords: 2).fields.map(\.value) == [example.octets])
    }

    static let messages: [(message: String, shown: String)] = [
        ("message judged", "message judged"),
        ("it's (really), done; 50% at 127.0.0.1:80", "it's (really), done; 50% at 127.0.0.1:80"),
        ("a: b=c", "\"a: b=c\""), ("two\nlines", "\"two\\nlines\""), ("\u{1B}[0m", "\"\\u001B[0m\""), ("", ""),
        ("say \"x\"", #""say \"x\"""#),
    ]

    @Test("A message cannot be taken for fields", arguments: messages)
    func message(_ example: (message: String, shown: String)) {
        #expect(Self.text(Self.record([], message: example.message), .journal) == "<6>info \(example.shown)\n")
    }

    @Test("Lists repeat their name, parts have names with dots, numbers are bare")
    func structures() {
        let fields = [
            LogField(name: "rcpt", value: .list([.text(Array("a@b".utf8)), .text(Array("c d".utf8))])),
            LogField(name: "time", value: .bare(.integer(5))),
            LogField(
                name: "peer",
                value: .fields([
                    LogField(name: "port", value: .bare(.integer(25))), LogField(name: "x y", value: .text([])),
                ])),
        ]
        #expect(
            Self.text(Self.record(fields), .journal)
                == "<6>info message: rcpt=a@b rcpt=\"c d\" time=5 peer.port=25 peer.x_y=\"\"\n")
        // A field may not stand in for the time of the line.
        #expect(
            Self.text(Self.record(fields), .json)
                == #"{"time":"2026-11-24T17:00:00Z","level":"info","message":"message","rcpt":["a@b","c d"],"time_":5,"#
                + #""peer":{"port":25,"x y":""}}"# + "\n")
    }

    @Test("Long values and long lines are cut, and say so", arguments: LogFormat.allCases)
    func long(_ format: LogFormat) throws {
        var limits = LogLimits()
        limits.valueOctetsMax = 10
        limits.lineOctetsMax = 300
        let long = Self.record([LogField(name: "x", value: .text(Array("grüße an alle".utf8)))])
        let line = String(decoding: long.line(format, limits: limits), as: UTF8.self)
        #expect(line.contains("\"grüße an…\""))
        let many = Self.record((0..<100).map { LogField(name: "field\($0)", value: .text(Array("value".utf8))) })
        let cut = many.line(format, limits: limits)
        #expect(cut.count <= limits.lineOctetsMax)
        #expect(cut.count > limits.lineOctetsMax - 40)
        #expect(String(decoding: cut, as: UTF8.self).hasSuffix(format == .json ? "\"cut\":true}\n" : " cut=true\n"))
    }

    @Test("Whatever a value holds, a reader finds that value, and nothing else")
    func hostile() throws {
        var generator = Lehmer(seed: 20_261_124)
        let pieces: [[UInt8]] = [
            Array("queue_id=EVIL".utf8), [0x0A], [0x0D], Array("\" x=\"".utf8), Array("\\".utf8), Array("\\\"".utf8),
            [0x20], Array("é".utf8), [0xE9], [0xFF, 0xFE], Array("\u{2028}".utf8), Array("\u{202E}".utf8), [0x00],
            Array("<3>".utf8), Array("}".utf8), Array("{\"level\":".utf8), Array("…".utf8), Array("a".utf8), [0x3D],
        ]
        for _ in 0..<2000 {
            let count = Int.random(in: 0...12, using: &generator)
            let octets = (0..<count).flatMap { _ in pieces.randomElement(using: &generator) ?? [] }
            let record = Self.record([
                LogField(name: "a", value: .text(octets)), LogField(name: "b", value: .text(Array("end".utf8))),
            ])
            let text = try LogfmtLine(record.line(.text, limits: LogLimits()), headWords: 2)
            #expect(text.fields.map(\.name) == ["a", "b"])
            #expect(text.fields.map(\.value) == [octets, Array("end".utf8)])
            let json = record.line(.json, limits: LogLimits())
            #expect(json.count { $0 == 0x0A } == 1)
            let value = try JSONValue(parsing: json)
            #expect(value["a"]?.stringValue == String(lossy: octets))
            #expect(value["b"]?.stringValue == "end")
        }
    }
}

/// Chance that is the same every time.
struct Lehmer: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed | 1 }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
