internal import MailBytes
public import MailCrypto
public import MailFormat

/// The hash over header fields in canonical form: RFC 6376 §3.4.1, §3.4.2, §3.7.
///
/// Works on the octets of the fields as they came. ARC's signatures are made and checked with it as well.
public struct DKIMHeaderHash: Sendable {
    public let form: DKIMCanonicalization.Form
    private var sink = DKIMRunHasher()

    public init(_ form: DKIMCanonicalization.Form) { self.form = form }

    /// Adds a field, with the line break at its end.
    public mutating func add(_ field: HeaderField, of header: HeaderSection) {
        unsafe header.bytes.withUnsafeBytes { memory in
            unsafe add(field, blank: nil, memory)
            let needsLineBreak = unsafe form == .relaxed || !Self.endsLine(memory, field)
            if needsLineBreak { sink.addLineBreak() }
        }
    }

    /// Adds the field that holds the signature, with part of its value taken out and without line break.
    ///
    /// - Parameter blank: the octets between `=` and `;` of the tag `b=`: ``DKIMTagList/Tag/extent``.
    public mutating func add(signatureField field: HeaderField, blanking blank: Range<Int>, of header: HeaderSection) {
        // RFC 6376 §3.7: the last field, with b= empty and without its CR LF.
        unsafe header.bytes.withUnsafeBytes { memory in unsafe add(field, blank: blank, memory) }
    }

    /// Adds a field that is being made, `Name: value` with an empty `b=`, and without line break at its end.
    public mutating func add(newField octets: [UInt8]) {
        guard let colon = octets.firstIndex(of: UInt8(ascii: ":")) else { return }
        let header = HeaderSection(
            bytes: octets,
            fields: [HeaderField(whole: 0..<octets.count, name: 0..<colon, value: colon + 1..<octets.count)])
        for field in header.fields {
            add(signatureField: field, blanking: octets.count..<octets.count, of: header)
        }
    }

    /// The hash of everything added. To be called once, at the end.
    public mutating func finish() -> SHA256Digest { sink.finish() }

    @unsafe private static func endsLine(_ memory: UnsafeRawBufferPointer, _ field: HeaderField) -> Bool {
        let whole = field.whole.clamped(to: 0..<memory.count)
        return unsafe !whole.isEmpty && memory[whole.upperBound &- 1] == .lineFeed
    }

    @unsafe private mutating func add(_ field: HeaderField, blank: Range<Int>?, _ memory: UnsafeRawBufferPointer) {
        let limits = 0..<memory.count
        let value = field.value.clamped(to: limits)
        switch form {
        case .simple:
            // RFC 6376 §3.4.1: as it is. A signature's own field ends where its value does.
            let whole = field.whole.clamped(to: limits)
            guard let cut = blank?.clamped(to: value) else {
                unsafe sink.add(UnsafeRawBufferPointer(rebasing: memory[whole]))
                return
            }
            let start = min(whole.lowerBound, cut.lowerBound)
            unsafe sink.add(UnsafeRawBufferPointer(rebasing: memory[start..<cut.lowerBound]))
            unsafe sink.add(UnsafeRawBufferPointer(rebasing: memory[cut.upperBound..<value.upperBound]))
        case .relaxed:
            // RFC 6376 §3.4.2: the name in lower case, no white space around the colon.
            for index in field.name.clamped(to: limits) { sink.add(unsafe memory[index].asciiLowercased) }
            sink.add(UInt8(ascii: ":"))
            var text = RelaxedText()
            if let cut = blank?.clamped(to: value) {
                unsafe text.add(memory, from: value.lowerBound, to: cut.lowerBound, &sink)
                unsafe text.add(memory, from: cut.upperBound, to: value.upperBound, &sink)
            } else {
                unsafe text.add(memory, from: value.lowerBound, to: value.upperBound, &sink)
            }
        }
    }
}

/// The value of a field in relaxed form: unfolded, each stretch of white space one space, none at the ends.
private struct RelaxedText {
    private var pendingSpace = false
    private var hasContent = false

    @unsafe mutating func add(
        _ memory: UnsafeRawBufferPointer, from start: Int, to end: Int, _ sink: inout DKIMRunHasher
    ) {
        var index = start
        while index < end {
            index = unsafe skipSpace(memory, from: index, to: end)
            guard index < end else { return }
            // A CR that begins no line break is content, and stops the search for the end of the run.
            let searchStart = unsafe memory[index] == .carriageReturn ? index &+ 1 : index
            let runEnd = unsafe DKIMScan.firstHeaderChange(memory, from: searchStart, to: end)
            if pendingSpace, hasContent { sink.add(.space) }
            pendingSpace = false
            hasContent = true
            unsafe sink.add(UnsafeRawBufferPointer(rebasing: memory[index..<runEnd]))
            index = runEnd
        }
    }

    /// Passes white space and line breaks.
    @unsafe private mutating func skipSpace(
        _ memory: UnsafeRawBufferPointer, from start: Int, to end: Int
    ) -> Int {
        var index = start
        while index < end {
            let byte = unsafe memory[index]
            if byte.isWSP {
                pendingSpace = true
            } else if byte == .carriageReturn {
                guard index &+ 1 < end, unsafe memory[index &+ 1] == .lineFeed else { return index }
            } else if byte != .lineFeed {
                return index
            }
            index &+= 1
        }
        return index
    }
}
