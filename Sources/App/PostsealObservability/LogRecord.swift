internal import Logging
internal import MailBytes

/// A value of a field as a line will show it.
indirect enum LogValue {
    case text([UInt8])
    /// A number or truth value, as it is written.
    case bare(JSONValue)
    case list([LogValue])
    case fields([LogField])
}

/// A name with its value.
struct LogField {
    var name: String
    var value: LogValue
}

/// One thing to be logged, with its fields in the order in which they are shown.
struct LogRecord {
    var time: UnixTime
    var level: Logger.Level
    var message: String
    var fields: [LogField]

    /// The line in a format, with its line break.
    func line(_ format: LogFormat, limits: LogLimits) -> [UInt8] {
        var line: [UInt8] = []
        switch format {
        case .text:
            line += Array("\(time.rfc3339) ".utf8)
            appendText(to: &line, limits: limits)
        case .journal:
            line += Array("<\(level.syslogSeverity)>".utf8)
            appendText(to: &line, limits: limits)
        case .json: line += Array(json(limits).text.utf8)
        }
        line.append(.lineFeed)
        return line
    }

    // MARK: Text

    private func appendText(to line: inout [UInt8], limits: LogLimits) {
        line += Array("\(level.word) ".utf8)
        LogEscape.append(message: message, to: &line, octetsMax: limits.valueOctetsMax * 2)
        if !fields.isEmpty { line.append(UInt8(ascii: ":")) }
        for field in fields where !append(field.value, name: field.name, to: &line, limits) {
            // Nothing of a hostile value may push the fields behind it out without a sign of it.
            line += Array(" cut=true".utf8)
            return
        }
    }

    /// Appends `name=value`, several times for a list, with `name.part=value` for what has parts. False if the line
    /// has no room for it; it is then as before.
    private func append(_ value: LogValue, name: String, to line: inout [UInt8], _ limits: LogLimits) -> Bool {
        let start = line.count
        switch value {
        case .list(let values):
            for value in values where !append(value, name: name, to: &line, limits) { return false }
            return true
        case .fields(let fields):
            for field in fields where !append(field.value, name: "\(name).\(field.name)", to: &line, limits) {
                return false
            }
            return true
        case .text(let octets):
            line.append(.space)
            LogEscape.append(name: name, to: &line)
            line.append(UInt8(ascii: "="))
            LogEscape.append(value: octets, to: &line, octetsMax: limits.valueOctetsMax)
        case .bare(let value):
            line.append(.space)
            LogEscape.append(name: name, to: &line)
            line += Array("=\(value.text)".utf8)
        }
        guard line.count + Self.room <= limits.lineOctetsMax else {
            line.removeSubrange(start...)
            return false
        }
        return true
    }

    /// Room for ` cut=true` and the line break.
    private static let room = 16

    // MARK: JSON

    private func json(_ limits: LogLimits) -> JSONValue {
        var members = [
            JSONMember("time", .string(time.rfc3339)), JSONMember("level", .string(level.word)),
            JSONMember("message", .string(Self.cut(Array(message.utf8), limits.valueOctetsMax * 2))),
        ]
        var names = Set(members.map(\.name))
        var room = limits.lineOctetsMax - JSONValue.object(members).text.utf8.count - Self.room
        for field in fields {
            var octets: [UInt8] = []
            LogEscape.append(name: field.name, to: &octets)
            var name = String(lossy: octets)
            // Two members of one name would let a value stand in for another.
            while !names.insert(name).inserted { name += "_" }
            let member = JSONMember(name, Self.json(field.value, limits))
            room -= JSONValue.object([member]).text.utf8.count
            guard room >= 0 else {
                members.append(JSONMember(names.insert("cut").inserted ? "cut" : "cut_", true))
                break
            }
            members.append(member)
        }
        return .object(members)
    }

    private static func json(_ value: LogValue, _ limits: LogLimits) -> JSONValue {
        switch value {
        case .text(let octets): return .string(cut(octets, limits.valueOctetsMax))
        case .bare(let value): return value
        case .list(let values): return .array(values.map { json($0, limits) })
        case .fields(let fields): return .object(fields.map { JSONMember($0.name, json($0.value, limits)) })
        }
    }

    /// A text of at most so many octets, and `…` where it was longer.
    private static func cut(_ octets: [UInt8], _ max: Int) -> String {
        guard octets.count > max else { return String(lossy: octets) }
        var end = max
        // Not within a character.
        while end > 0, octets[end] & 0xC0 == 0x80 { end -= 1 }
        return String(lossy: octets[..<end]) + "…"
    }
}

extension Logger.Level {
    /// The level in the words of the configuration.
    var word: String {
        switch self {
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info"
        case .notice: "notice"
        case .warning: "warning"
        case .error: "error"
        case .critical: "critical"
        }
    }

    /// RFC 5424 §6.2.1, as sd-daemon(3) writes it in front of a line.
    var syslogSeverity: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
