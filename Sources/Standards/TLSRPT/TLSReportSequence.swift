internal import MailBytes

/// The reports of a text. RFC 8460 §4.4 has one; some senders write several behind each other, on lines of their own or
/// in an array, or have something else behind them.
///
/// It copies nothing of a text in UTF-8, and holds one report's JSON at a time.
package struct TLSReportSequence {
    private let text: [UInt8]
    private let quirks: Set<TLSReportQuirk>
    /// Where the next report begins.
    private var position = 0
    private var isInArray = false
    /// Whether there is no further report.
    package private(set) var isAtEnd = false

    /// How far it is looked whether an object is a report.
    private static let beginningBytesMax = 4096

    /// - Throws: if the text is too large, or has a byte order mark of UTF-16 and is none.
    package init(_ octets: [UInt8]) throws(TLSReportError) {
        guard octets.count <= TLSRPTLimits.reportBytesMax else {
            throw TLSReportError("report of more than \(TLSRPTLimits.reportBytesMax) octets")
        }
        if let isLittleEndian = Self.isUTF16LittleEndian(octets) {
            text = try Self.utf8(of: octets, isLittleEndian)
            quirks = [.wrongEncoding]
        } else {
            text = octets
            // RFC 7493 §2.1: I-JSON is UTF-8; a byte order mark is not to be added, and may be ignored.
            let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
            let hasMark = octets.starts(with: mark)
            position = hasMark ? mark.count : 0
            quirks = hasMark ? [.byteOrderMark] : []
        }
        var cursor = ByteCursor(text)
        cursor.move(to: position)
        cursor.skipFWS()
        guard cursor.skip(UInt8(ascii: "[")) else { return }
        cursor.skipFWS()
        // Anything else in an array is no report: reading it as a whole says so.
        guard cursor.peek == UInt8(ascii: "{"), Self.isReport(cursor) else { return }
        isInArray = true
        position = cursor.position
    }

    /// The next report, or why it is none; nil behind the last one. Behind what is no JSON there is nothing more.
    ///
    /// - Returns: `octets` is how many were read.
    package mutating func next() -> (outcome: Result<TLSReport, TLSReportError>, octets: Int)? {
        guard !isAtEnd else { return nil }
        var reader = TLSReportReader()
        for quirk in quirks { reader.bear(quirk) }
        if isInArray { reader.bear(.wrappedRoot) }
        let start = position
        do throws(JSONSyntaxError) {
            let limits = JSONLimits(depth: TLSRPTLimits.reportDepthMax, values: TLSRPTLimits.reportValuesMax)
            let (value, end) = try JSONValue.first(of: text, from: start, limits: limits)
            if moveOn(from: end) { reader.bear(.trailingText) }
            return (Result { () throws(TLSReportError) in try reader.report(value) }, end - start)
        } catch {
            isAtEnd = true
            let description = "\(error.problem) at line \(error.line), column \(error.column)"
            return (.failure(TLSReportError(description, line: error.line, column: error.column)), text.count - start)
        }
    }

    /// Goes to the next report, if there is one.
    ///
    /// - Returns: Whether there is something behind this one that has no place there.
    private mutating func moveOn(from end: Int) -> Bool {
        var cursor = ByteCursor(text)
        cursor.move(to: end)
        cursor.skipFWS()
        position = cursor.position
        if isInArray {
            // Where the array is cut off, the next reading says it.
            if cursor.isAtEnd { return false }
            if cursor.skip(UInt8(ascii: ",")) {
                position = cursor.position
                return false
            }
            isInArray = false
            if cursor.skip(UInt8(ascii: "]")) { cursor.skipFWS() }
        }
        isAtEnd = cursor.isAtEnd
        guard !isAtEnd else { return false }
        cursor.skip { $0 != UInt8(ascii: "{") }
        position = cursor.position
        isAtEnd = !Self.isReport(cursor)
        return true
    }

    /// Whether an object that comes next looks like a report.
    private static func isReport(_ cursor: borrowing ByteCursor) -> Bool {
        let beginning = cursor.rest.prefix(beginningBytesMax)
        return ["\"organization-name\"", "\"report-id\"", "\"policies\""].contains {
            beginning.contains(octets: $0.utf8)
        }
    }

    // MARK: - UTF-16

    /// The order of octets of UTF-16, with a byte order mark or seen by the first character; nil for anything else.
    private static func isUTF16LittleEndian(_ octets: [UInt8]) -> Bool? {
        guard octets.count > 1 else { return nil }
        switch (octets[0], octets[1]) {
        case (0xFF, 0xFE), (UInt8(ascii: "{"), 0), (UInt8(ascii: "["), 0): return true
        case (0xFE, 0xFF), (0, UInt8(ascii: "{")), (0, UInt8(ascii: "[")): return false
        default: return nil
        }
    }

    private static func utf8(of octets: [UInt8], _ isLittleEndian: Bool) throws(TLSReportError) -> [UInt8] {
        guard octets.count <= TLSRPTLimits.reportConvertedBytesMax else {
            throw TLSReportError("report in UTF-16 of more than \(TLSRPTLimits.reportConvertedBytesMax) octets")
        }
        let start = octets[0] >= 0xFE ? 2 : 0
        let units = stride(from: start, to: octets.count - 1, by: 2).map { index in
            let (low, high) = isLittleEndian ? (octets[index], octets[index + 1]) : (octets[index + 1], octets[index])
            return UInt16(high) << 8 | UInt16(low)
        }
        guard octets.count.isMultiple(of: 2), let text = String(validating: units, as: UTF16.self) else {
            throw TLSReportError("report is neither UTF-8 nor UTF-16", line: 1, column: 1)
        }
        return Array(text.utf8)
    }
}
