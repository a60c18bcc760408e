internal import MailBytes
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
    private var runs: [Run] = []
    private var text: [UInt8] = []
    private var decoded: [UInt8] = []

    /// How many octets the lines stand for.
    var decodedCount: Int { decoded.count }

    /// Finds the lines; nil if there are none.
    init?(_ octets: [UInt8]) {
        var (runs, text): ([Run], [UInt8]) = ([], [])
        decoded = [UInt8](capacity: octets.count / 4 * 3) { output in
            var (place, textStart) = (0, 0)
            while place < octets.count {
                guard let (found, end) = Self.run(at: place, in: octets, into: &output) else {
                    place = Self.lineEnd(place, in: octets.span) + 1
                    continue
                }
                var run = found
                run.textCount = place - textStart
                text.append(contentsOf: octets[textStart..<place])
                runs.append(run)
                (place, textStart) = (end, end)
            }
            text.append(contentsOf: octets[textStart...])
        }
        guard !runs.isEmpty else { return nil }
        self.runs = runs
        self.text = text
    }

    /// Where the line that begins at a place has its line feed, or the input its end.
    private static func lineEnd(_ start: Int, in input: Span<UInt8>) -> Int {
        var place = start
        while place < input.count, input[place] != .lineFeed { place &+= 1 }
        return place
    }

    /// The run that begins at a place, decoded, and its end; nil if there is none.
    private static func run(
        at start: Int, in octets: [UInt8], into output: inout OutputSpan<UInt8>
    ) -> (run: Run, end: Int)? {
        let input = octets.span
        // Most lines are none, which is seen by their first characters.
        for place in start..<min(start + 8, input.count) where Base64.value(of: input[place]) == nil { return nil }
        var run: Run?
        var line = start
        while line < input.count {
            let lineEnd = lineEnd(line, in: input)
            let hasEnd = lineEnd < input.count
            let hasReturn = hasEnd && lineEnd > line && input[lineEnd - 1] == .carriageReturn
            let width = lineEnd - line - (hasReturn ? 1 : 0)
            if let run {
                guard width <= run.width, hasReturn == run.hasCarriageReturns || !hasEnd else { break }
            } else if width < widthMin {
                return nil
            }
            guard let count = decode(octets[line..<line + width], into: &output) else { break }
            var found = run ?? Run(textCount: 0, width: width, hasCarriageReturns: hasReturn)
            found.decodedCount += count
            found.isEnded = hasEnd
            run = found
            line = hasEnd ? lineEnd + 1 : lineEnd
            if width < found.width || count < width / 4 * 3 { break }
        }
        return run.map { ($0, line) }
    }

    /// Decodes a line; nil, and nothing, where other octets would be the same, or it is no Base64.
    private static func decode(_ line: ArraySlice<UInt8>, into output: inout OutputSpan<UInt8>) -> Int? {
        guard !line.isEmpty, line.count % 4 == 0 else { return nil }
        let before = output.count
        let rest = line.dropFirst(Base64.decodeGroups(line.span, into: &output))
        guard !rest.isEmpty else { return output.count - before }
        // The last four may end with padding, below which no bits are set.
        guard rest.count == 4, let octets = Base64.decode(rest, .canonical) else {
            output.removeLast(output.count - before)
            return nil
        }
        for octet in octets { output.append(octet) }
        return output.count - before
    }

    // MARK: - As octets

    /// The number of runs and their members, then what they stand for, then the rest by gzip.
    func packed() -> [UInt8] {
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

    /// The mail as it came; nil if these are not octets of ``packed()``.
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
        func breakLine() {
            if run.hasCarriageReturns { result.append(.carriageReturn) }
            result.append(.lineFeed)
        }
        var rest = Base64.encode(octets)[...]
        while rest.count > run.width {
            result.append(contentsOf: rest.prefix(run.width))
            rest = rest.dropFirst(run.width)
            breakLine()
        }
        result.append(contentsOf: rest)
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
