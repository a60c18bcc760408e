internal import MailBytes

/// A file of messages one behind the other: mbox, RFC 4155.
///
/// Each message stands behind a line that begins with `From `, and nothing says where it ends but the next such line.
/// RFC 4155 Appendix A has an empty line in front of it, and an address and a date in it. Programs leave out either,
/// and some write lines of a text that begin with `From ` as they are. So a line parts two messages if it has a date,
/// and stands behind an empty line or in front of a header field. If the first one has no date, lines without a date
/// part messages too, where they stand both behind an empty line and in front of a header field.
///
/// A text can hold such a line all the same. What stands in a message behind the first one may have been written by
/// whoever wrote the message in front of it.
public enum Mbox {
    /// Whether octets begin as an mbox does; line breaks in front of it are passed over.
    ///
    /// A message with such a line on top is an mbox of one message.
    public static func begins(_ octets: [UInt8]) -> Bool { firstSeparator(octets) != nil }

    /// The messages of an mbox, in their order, without the lines in front of them; what is none is one message.
    ///
    /// There is at least one. Put together they are the file, but for those lines and for line breaks at its beginning.
    /// Lines that were changed because they begin with `From ` stay changed.
    public static func messages(in octets: [UInt8]) -> [ArraySlice<UInt8>] {
        guard let first = firstSeparator(octets) else { return [octets[...]] }
        let span = unsafe octets.span.bytes
        let isDated = hasDate(octets[first])
        var messages: [ArraySlice<UInt8>] = []
        var start = first.upperBound
        var index = start
        var isBehindEmptyLine = false
        while index < octets.count {
            let line = index..<lineEnd(span, from: index)
            if isMarked(octets, line) {
                let isInFront = isFieldOrMark(octets, at: line.upperBound)
                let isSeparator =
                    (isBehindEmptyLine || isInFront) && hasDate(octets[line])
                    || isBehindEmptyLine && isInFront && !isDated
                if isSeparator {
                    if start < index { messages.append(octets[start..<index]) }
                    start = line.upperBound
                }
            }
            isBehindEmptyLine = isEmpty(octets, line)
            index = line.upperBound
        }
        if start < octets.count || messages.isEmpty { messages.append(octets[start...]) }
        return messages
    }

    private static let mark = Array("From ".utf8)
    private static let dayNames = MailDate.dayNames.map { Array($0.utf8)[...] }
    private static let monthNames = MailDate.monthNames.map { Array($0.utf8)[...] }

    /// Octets of a line with a date: a shorter one has none.
    private static let lineLengthMin = "From Fri Nov 2 1:02 2026".utf8.count
    /// Limit: octets of a line in which a date is looked for. RFC 5321 §4.5.3.1.3: a path has 256 at most.
    private static let lineLengthMax = 1000

    // MARK: - Lines

    /// The line that an mbox begins with; nil where the octets are none.
    private static func firstSeparator(_ octets: [UInt8]) -> Range<Int>? {
        var start = 0
        while start < octets.count, octets[start] == .lineFeed || octets[start] == .carriageReturn { start += 1 }
        guard isMarked(octets, start..<octets.count) else { return nil }
        // `From : ann@example.org` is a field, in the obsolete form of RFC 5322 §4.5.8.
        guard !isField(octets, at: start) else { return nil }
        let span = unsafe octets.span.bytes
        let line = start..<lineEnd(span, from: start)
        return isFieldOrMark(octets, at: line.upperBound) || hasDate(octets[line]) ? line : nil
    }

    private static func isMarked(_ octets: [UInt8], _ range: Range<Int>) -> Bool {
        !range.isEmpty && octets[range.lowerBound] == mark[0] && octets[range].starts(with: mark)
    }

    /// Behind the line feed of a line, or the end.
    private static func lineEnd(_ span: RawSpan, from start: Int) -> Int {
        min(OctetScan.lineFeed(span, from: start, to: span.byteCount) + 1, span.byteCount)
    }

    private static func isEmpty(_ octets: [UInt8], _ line: Range<Int>) -> Bool {
        octets[line.lowerBound] == .lineFeed
            || line.count == 2 && octets[line.lowerBound] == .carriageReturn && octets[line.upperBound - 1] == .lineFeed
    }

    /// Whether a header field stands here, or a line `>From `, which some programs leave on top of a message that had
    /// been in an mbox before.
    private static func isFieldOrMark(_ octets: [UInt8], at index: Int) -> Bool {
        isField(octets, at: index) || octets[index...].starts(with: ">From ".utf8)
    }

    /// `field-name *WSP ":"`: RFC 5322 §3.6.8, §4.5.8.
    private static func isField(_ octets: [UInt8], at index: Int) -> Bool {
        var cursor = ByteCursor(octets, in: index..<octets.count)
        guard !cursor.skip(while: \.isFieldNameCharacter).isEmpty else { return false }
        cursor.skipWSP()
        return cursor.peek == UInt8(ascii: ":")
    }

    // MARK: - Dates

    /// Whether a line has the date of an mbox somewhere: a name of a day, and behind it `Nov 20 01:02:03 2026`, as RFC
    /// 4155 Appendix A has it, with or without seconds and a zone on either side of the year; or the date of a message
    /// (RFC 5322 §3.3).
    private static func hasDate(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.count >= lineLengthMin else { return false }
        let words = line.prefix(lineLengthMax).split { $0.isWSPOrLineBreak || $0 == UInt8(ascii: ",") }
        return words.indices.contains { isName(words[$0], dayNames) && isDate(words[($0 + 1)...]) }
    }

    private static func isDate(_ words: ArraySlice<ArraySlice<UInt8>>) -> Bool {
        var words = words
        guard let first = words.popFirst(), let second = words.popFirst() else { return false }
        if isName(first, monthNames), isNumber(second, 1...2) {
            guard let time = words.popFirst(), isTime(time) else { return false }
            return words.prefix(2).contains { isNumber($0, 4...4) }
        }
        guard isNumber(first, 1...2), isName(second, monthNames), let year = words.popFirst(),
            let time = words.popFirst()
        else { return false }
        return isNumber(year, 4...4) && isTime(time)
    }

    private static func isName(_ word: ArraySlice<UInt8>, _ names: [ArraySlice<UInt8>]) -> Bool {
        word.count == 3 && names.contains { word.equalsIgnoringASCIICase($0) }
    }

    private static func isNumber(_ word: ArraySlice<UInt8>, _ digits: ClosedRange<Int>) -> Bool {
        digits.contains(word.count) && word.allSatisfy(\.isDigit)
    }

    /// `hh:mm` or `hh:mm:ss`.
    private static func isTime(_ word: ArraySlice<UInt8>) -> Bool {
        let parts = word.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        return (2...3).contains(parts.count) && parts.allSatisfy { isNumber($0, 1...2) }
    }
}
