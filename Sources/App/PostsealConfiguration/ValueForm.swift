internal import MailBytes
internal import Sockets

/// A way to write one value: how it is read, what is allowed, how a default is shown.
struct ValueForm<Value: Sendable>: Sendable {
    /// What is wanted, as it follows "is no" or "wanted is": `time such as 5s, 10m or 2h`.
    var noun: String
    /// The words, where only some are allowed.
    var words: [String] = []
    /// Reads a value; the folder is that of the configuration file.
    var read: @Sendable (_ text: String, _ folder: String) throws(ValueError) -> Value
    var print: @Sendable (Value) -> String

    /// What is allowed, for people.
    var allowed: String { words.isEmpty ? "a \(noun)" : words.joined(separator: ", ") }
}

extension ValueForm where Value: Equatable {
    /// One of some words.
    static func choice(_ choices: [(word: String, value: Value)]) -> ValueForm {
        let words = choices.map(\.word)
        return ValueForm(noun: "word", words: words) { text, _ throws(ValueError) in
            if let choice = choices.first(where: { $0.word == text }) { return choice.value }
            let hint = EditDistance.nearest(to: text, among: words).map { "; did you mean '\($0)'?" } ?? ""
            throw ValueError("\(Shown.quoted(text)) is not one of \(words.joined(separator: ", "))\(hint)")
        } print: { value in
            choices.first { $0.value == value }?.word ?? ""
        }
    }
}

extension ValueForm where Value: RawRepresentable & CaseIterable & Equatable, Value.RawValue == String {
    /// One of the cases of an enumeration.
    static var word: ValueForm { choice(Value.allCases.map { ($0.rawValue, $0) }) }
}

extension ValueForm<Bool> {
    /// `yes` or `no`; `true` and `false` are understood, in small letters or capitals.
    static var boolean: ValueForm {
        ValueForm(noun: "yes or no", words: ["yes", "no"]) { text, _ throws(ValueError) in
            switch text.lowercased() {
            case "yes", "true": return true
            case "no", "false": return false
            default: throw ValueError("\(Shown.quoted(text)) is not yes or no")
            }
        } print: { value in
            value ? "yes" : "no"
        }
    }
}

extension ValueForm<Int> {
    /// A number within a range.
    static func count(_ range: ClosedRange<Int>) -> ValueForm {
        let noun = "number from \(range.lowerBound) to \(range.upperBound)"
        return ValueForm(noun: noun) { text, _ throws(ValueError) in
            guard !text.isEmpty, text.utf8.allSatisfy(\.isDigit), let number = Int(text), range.contains(number) else {
                throw ValueError("\(Shown.quoted(text)) is no \(noun)")
            }
            return number
        } print: { value in
            String(value)
        }
    }
}

extension ValueForm<Duration> {
    private static var units: [(name: String, milliseconds: Int64)] {
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)]
    }

    /// A time within a range: digits and one of `ms`, `s`, `m`, `h`, `d`.
    static func time(_ range: ClosedRange<Duration>) -> ValueForm {
        let (least, most) = (text(range.lowerBound), text(range.upperBound))
        return ValueForm(noun: "time from \(least) to \(most), such as 500ms, 5s, 10m or 2h") {
            text, _ throws(ValueError) in
            guard let time = Self.duration(text) else {
                let isNumber = !text.isEmpty && text.utf8.allSatisfy(\.isDigit)
                throw ValueError(
                    "\(Shown.quoted(text)) is no time such as 500ms, 5s, 10m or 2h"
                        + (isNumber ? "; did you mean '\(Shown.quoted(text).dropFirst().dropLast())s'?" : ""))
            }
            guard range.contains(time) else {
                throw ValueError("\(Shown.quoted(text)) is not between \(least) and \(most)")
            }
            return time
        } print: { value in
            Self.text(value)
        }
    }

    private static func duration(_ text: String) -> Duration? {
        let digits = text.utf8.prefix(while: \.isDigit)
        let unit = text.utf8.dropFirst(digits.count)
        guard let number = Int64(String(Substring(digits))),
            let factor = units.first(where: { $0.name.utf8.elementsEqual(unit) })?.milliseconds
        else { return nil }
        let (milliseconds, isTooLong) = number.multipliedReportingOverflow(by: factor)
        return isTooLong ? nil : .milliseconds(milliseconds)
    }

    /// The time in the largest unit that leaves no fraction.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds =
            seconds.multipliedReportingOverflow(by: 1000).partialValue + attoseconds / 1_000_000_000_000_000
        let unit = units.first { milliseconds % $0.milliseconds == 0 && milliseconds >= $0.milliseconds }
        return unit.map { "\(milliseconds / $0.milliseconds)\($0.name)" } ?? "\(milliseconds)ms"
    }
}

extension ValueForm<String> {
    /// The name of a file; the path from the root is kept.
    static var file: ValueForm {
        ValueForm(noun: "file", read: FileName.resolved) { $0 }
    }
}

extension ValueForm<ListenAddress> {
    /// Where to listen.
    static var listenAddress: ValueForm {
        ValueForm(noun: "socket such as unix:/run/postseal/milter.sock, tcp:127.0.0.1:8891 or tcp:[::1]:8891") {
            text, folder throws(ValueError) in
            try ListenAddress(text, folder: folder)
        } print: { address in
            address.description
        }
    }
}

extension ValueForm<String> {
    /// A user or group of the system, by name or number; looked up later.
    static var account: ValueForm {
        ValueForm(noun: "name or number") { text, _ throws(ValueError) in
            guard (1...32).contains(text.utf8.count), text.utf8.allSatisfy({ $0.isVisible && $0 != UInt8(ascii: ":") })
            else { throw ValueError("\(Shown.quoted(text)) is no name or number of a user or group") }
            return text
        } print: { name in
            name
        }
    }
}
