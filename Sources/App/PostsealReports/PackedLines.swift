internal import Glibc
internal import MailReports

/// A mail without its lines of Base64: what they stand for, and the rest by gzip. It comes back octet by octet.
///
/// Reports come as files that are packed already, in Base64. Packing that once more takes longer than anything else
/// that is done to a mail, and leaves more of it than this.
struct PackedLines {
    /// Lines of equal length that follow each other, the last of which may be shorter.
    private struct Run {
        /// Octets between the run before and this one.
        var textCount: Int
        /// Characters of a line.
        var width: Int
        /// What the lines stand for.
        var decodedCount = 0
        var hasCarriageReturns = false
        /// Whether the last line has an end.
        var isEnded = false
    }

    /// Shorter lines may as well be words.
    private static let widthMin = 40
    private static let padding = UInt8(ascii: "=")
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    /// The value of each octet; 0xFF where it has none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    private var runs: [Run] = []
    private var text: [UInt8] = []
    private var decoded: [UInt8] = []

    /// How many octets the lines stand for.
    var decodedCount: Int { decoded.count }

    /// Finds the lines; nil if there are none.
    init?(_ octets: [UInt8]) {
        var (runs, text): ([Run], [UInt8]) = ([], [])
        decoded = [UInt8](unsafeUninitializedCapacity: octets.count / 4 * 3 + 3) { output, written in
            octets.withUnsafeBufferPointer { input in
                Self.values.withUnsafeBufferPointer { values in
                    var finder = Finder(input: input, values: values, output: output)
                    var (place, textStart) = (0, 0)
                    while place < input.count {
                        guard var run = finder.run(at: place) else {
                            place = finder.lineEnd(place) + 1
                            continue
                        }
                        run.textCount = place - textStart
                        text.append(contentsOf: input[textStart..<place])
                        runs.append(run)
                        (place, textStart) = (finder.end, finder.end)
                    }
                    if textStart < input.count { text.append(contentsOf: input[textStart...]) }
                    written = finder.written
                }
            }
        }
        guard !runs.isEmpty else { return nil }
        self.runs = runs
        self.text = text
    }

    /// Looks for runs, and decodes them.
    private struct Finder {
        let input: UnsafeBufferPointer<UInt8>
        let values: UnsafeBufferPointer<UInt8>
        let output: UnsafeMutableBufferPointer<UInt8>
        /// Octets that were decoded.
        var written = 0
        /// The place behind the run that was found last.
        var end = 0

        /// Where the line that begins at a place has its line feed, or the input its end.
        func lineEnd(_ start: Int) -> Int {
            guard let base = input.baseAddress, let found = memchr(base + start, 10, input.count - start) else {
                return input.count
            }
            return found - UnsafeMutableRawPointer(mutating: base)
        }

        mutating func run(at start: Int) -> Run? {
            // Most lines are none, which is seen by their first characters.
            for place in start..<min(start + 8, input.count) where values[Int(input[place])] == 0xFF { return nil }
            var run: Run?
            var line = start
            while line < input.count {
                let lineEnd = lineEnd(line)
                let hasEnd = lineEnd < input.count
                let hasReturn = hasEnd && lineEnd > line && input[lineEnd - 1] == 13
                let width = lineEnd - line - (hasReturn ? 1 : 0)
                if let run {
                    guard width <= run.width, hasReturn == run.hasCarriageReturns || !hasEnd else { break }
                } else if width < PackedLines.widthMin {
                    return nil
                }
                guard let count = decode(line..<line + width) else { break }
                var found = run ?? Run(textCount: 0, width: width, hasCarriageReturns: hasReturn)
                found.decodedCount += count
                found.isEnded = hasEnd
                run = found
                written += count
                line = hasEnd ? lineEnd + 1 : lineEnd
                if width < found.width || count < width / 4 * 3 { break }
            }
            end = line
            return run
        }

        /// Decodes a line; nil where other octets would be the same, or it is no Base64.
        private func decode(_ line: Range<Int>) -> Int? {
            guard !line.isEmpty, line.count % 4 == 0 else { return nil }
            var place = line.lowerBound
            var out = written
            while place < line.upperBound {
                let (a, b) = (values[Int(input[place])], values[Int(input[place + 1])])
                let (c, d) = (values[Int(input[place + 2])], values[Int(input[place + 3])])
                guard (a | b | c | d) & 0x80 == 0 else { break }
                output[out] = a << 2 | b >> 4
                output[out + 1] = b << 4 | c >> 2
                output[out + 2] = c << 6 | d
                out += 3
                place += 4
            }
            guard place < line.upperBound else { return out - written }
            // The last four may end with padding, below which no bits are set.
            guard place + 4 == line.upperBound, input[place + 3] == PackedLines.padding else { return nil }
            let (a, b) = (values[Int(input[place])], values[Int(input[place + 1])])
            guard (a | b) & 0x80 == 0 else { return nil }
            output[out] = a << 2 | b >> 4
            if input[place + 2] == PackedLines.padding { return b & 15 == 0 ? out + 1 - written : nil }
            let c = values[Int(input[place + 2])]
            guard c & 0x80 == 0, c & 3 == 0 else { return nil }
            output[out + 1] = b << 4 | c >> 2
            return out + 2 - written
        }
    }

    // MARK: - As octets

    /// The number of runs and their members, then what they stand for, then the rest by gzip.
    func packed(_ octets: [UInt8]) -> [UInt8] {
        let rest = ReportPacking.gzip(text, level: 1)
        var packed: [UInt8] = []
        packed.reserveCapacity(decoded.count + rest.count + 16 * runs.count + 16)
        func add(_ number: Int) {
            var number = number
            while number > 0x7F {
                packed.append(UInt8(number & 0x7F) | 0x80)
                number >>= 7
            }
            packed.append(UInt8(number))
        }
        add(runs.count)
        add(text.count)
        for run in runs {
            add(run.textCount)
            add(run.decodedCount)
            add(run.width << 2 | (run.hasCarriageReturns ? 2 : 0) | (run.isEnded ? 1 : 0))
        }
        packed.append(contentsOf: decoded)
        packed.append(contentsOf: rest)
        return packed
    }

    /// The mail as it came; nil if these are not octets of ``packed(_:)``.
    static func unpack(_ octets: [UInt8], length: Int) -> [UInt8]? {
        var reader = Reader(rest: octets[...])
        guard let count = reader.number(), let textCount = reader.number(), textCount <= length else { return nil }
        var runs: [Run] = []
        for _ in 0..<count {
            guard let before = reader.number(), let decoded = reader.number(), let form = reader.number(),
                form >> 2 >= Self.widthMin, form >> 2 & 3 == 0
            else { return nil }
            runs.append(
                Run(
                    textCount: before, width: form >> 2, decodedCount: decoded, hasCarriageReturns: form & 2 != 0,
                    isEnded: form & 1 != 0))
        }
        let parts = runs.map { reader.take($0.decodedCount) }
        guard let text = ReportPacking.gunzip(Array(reader.rest), length: textCount) else { return nil }
        var (result, place): ([UInt8], Int) = ([], 0)
        result.reserveCapacity(min(length, octets.count * 4))
        for (run, part) in zip(runs, parts) {
            guard let part, run.textCount <= text.count - place else { return nil }
            result.append(contentsOf: text[place..<place + run.textCount])
            place += run.textCount
            encode(part, run, &result)
        }
        result.append(contentsOf: text[place...])
        return result.count == length ? result : nil
    }

    private static func encode(_ octets: ArraySlice<UInt8>, _ run: Run, _ result: inout [UInt8]) {
        var column = 0
        func breakLine() {
            if run.hasCarriageReturns { result.append(13) }
            result.append(10)
            column = 0
        }
        var place = octets.startIndex
        while place < octets.endIndex {
            if column == run.width { breakLine() }
            let left = octets.endIndex - place
            let (a, b) = (octets[place], left > 1 ? octets[place + 1] : 0)
            let c = left > 2 ? octets[place + 2] : 0
            result.append(alphabet[Int(a >> 2)])
            result.append(alphabet[Int((a & 3) << 4 | b >> 4)])
            result.append(left > 1 ? alphabet[Int((b & 15) << 2 | c >> 6)] : padding)
            result.append(left > 2 ? alphabet[Int(c & 63)] : padding)
            place += 3
            column += 4
        }
        if run.isEnded { breakLine() }
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        /// The next number, of at most 35 bits.
        mutating func number() -> Int? {
            var (number, shift) = (0, 0)
            while let octet = rest.popFirst(), shift < 35 {
                number |= Int(octet & 0x7F) << shift
                if octet & 0x80 == 0 { return number }
                shift += 7
            }
            return nil
        }

        mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard count <= rest.count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
    }
}
