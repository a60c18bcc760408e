internal import MailBytes

/// Writes a field of tags, folded: DKIM-Signature and ARC's three.
///
/// Lines have at most 78 columns (RFC 5322 §2.1.1), except where one word is longer than that: domain names may be.
public struct DKIMFieldWriter: Sendable {
    /// What was written so far: begins with the field's name, does not end with a line break.
    public private(set) var bytes: [UInt8]
    private var column: Int
    private var isFirstTag = true

    /// Columns of a line that is written, as RFC 5322 §2.1.1 recommends.
    public static let columnsMax = 78

    /// - Parameter name: the field's name, without colon.
    public init(fieldName name: String) {
        bytes = Array(name.utf8) + [UInt8(ascii: ":")]
        bytes.reserveCapacity(1024)
        column = bytes.count
    }

    /// A tag whose value is not folded.
    public mutating func add(_ name: String, _ value: some Collection<UInt8>) {
        beginTag()
        let word = Array(name.utf8) + [UInt8(ascii: "=")] + value
        // One column is kept free for the semicolon behind it.
        breakBefore(word.count + 1)
        append(word)
    }

    /// A tag whose value is not folded.
    public mutating func add(_ name: String, _ value: String) { add(name, value.utf8) }

    /// A tag whose value is a list, which may be folded at its colons.
    public mutating func add(_ name: String, list: [ArraySlice<UInt8>]) {
        beginTag()
        for (index, item) in list.enumerated() {
            var word = index == 0 ? Array(name.utf8) + [UInt8(ascii: "=")] : [UInt8(ascii: ":")]
            word += item
            if index == 0 { breakBefore(word.count + 1) } else if column + word.count + 1 > Self.columnsMax { fold() }
            append(word)
        }
    }

    /// A tag whose value is base64, which may be folded anywhere. With an empty value, the last tag of a field that
    /// is yet to be signed: what follows goes in by ``append(base64:)``.
    public mutating func add(_ name: String, base64 octets: [UInt8]) {
        beginTag()
        let opening = Array(name.utf8) + [UInt8(ascii: "=")]
        // The opening takes some characters along, so that it does not stand alone at a line's end.
        breakBefore(opening.count + min(16, (octets.count + 2) / 3 * 4) + 1)
        append(opening)
        append(base64: octets)
    }

    /// Base64 text behind what was written last, folded where lines get too long.
    public mutating func append(base64 octets: [UInt8]) {
        var rest = Base64.encode(octets)[...]
        while !rest.isEmpty {
            if column + 1 >= Self.columnsMax { fold() }
            let part = rest.prefix(Self.columnsMax - 1 - column)
            append(part)
            rest = rest.dropFirst(part.count)
        }
    }

    private mutating func beginTag() {
        if !isFirstTag {
            bytes.append(UInt8(ascii: ";"))
            column += 1
        }
        isFirstTag = false
    }

    /// A space, or a fold if the word that follows does not fit.
    private mutating func breakBefore(_ width: Int) {
        if column + 1 + width > Self.columnsMax {
            fold()
        } else {
            append([.space])
        }
    }

    private mutating func fold() {
        bytes += [.carriageReturn, .lineFeed, .space]
        column = 1
    }

    private mutating func append(_ word: some Collection<UInt8>) {
        bytes.append(contentsOf: word)
        column += word.count
    }
}
