internal import MailBytes

/// The blocks of a PEM text (RFC 7468), which may have anything between them.
package struct PEMDocument {
    /// One block.
    package struct Block {
        package var label: String
        /// Whether the old header fields say that the content is encrypted (RFC 1421 §4.6.1.1).
        package var isEncrypted: Bool
        package var content: [UInt8]
    }

    package let blocks: [Block]

    /// Limit: key files are a few thousand octets; a chain of certificates beside the key some more.
    static let lengthMax = 1 << 20
    static let blocksMax = 64

    package init(_ text: [UInt8]) throws(KeyError) {
        guard text.count <= Self.lengthMax else { throw .tooLong }
        var blocks: [Block] = []
        var lines = PEMLines(text)
        while blocks.count < Self.blocksMax, let line = lines.next() {
            guard let label = Self.label(line, "-----BEGIN ") else { continue }
            blocks.append(try Self.block(label, &lines))
        }
        guard !blocks.isEmpty else { throw .notPEM }
        self.blocks = blocks
    }

    private static func block(_ label: [UInt8], _ lines: inout PEMLines) throws(KeyError) -> Block {
        var base64: [UInt8] = []
        var isEncrypted = false
        let firstLine = lines.number + 1
        while let line = lines.next() {
            if let end = Self.label(line, "-----END ") {
                guard end == label else { throw .unterminatedPEM }
                guard isEncrypted || !base64.isEmpty, let content = Base64.decode(base64) else {
                    if isEncrypted { return Block(label: String(lossy: label), isEncrypted: true, content: []) }
                    throw .badBase64(line: firstLine)
                }
                return Block(label: String(lossy: label), isEncrypted: isEncrypted, content: content)
            }
            if line.contains(UInt8(ascii: ":")) {
                if line.starts(with: "Proc-Type:".utf8) || line.starts(with: "DEK-Info:".utf8) { isEncrypted = true }
                continue
            }
            guard isEncrypted || line.allSatisfy({ $0.isBase64Character || $0.isWSPOrLineBreak }) else {
                throw .badBase64(line: lines.number)
            }
            base64.append(contentsOf: line)
        }
        throw .unterminatedPEM
    }

    /// The label of a line `-----BEGIN label-----`, or nil for any other line.
    private static func label(_ line: ArraySlice<UInt8>, _ opening: String) -> [UInt8]? {
        let line = line.trimmingWhitespace
        let dashes = "-----".utf8
        guard line.starts(with: opening.utf8), line.count >= opening.utf8.count + dashes.count,
            line.suffix(dashes.count).elementsEqual(dashes)
        else { return nil }
        return Array(line.dropFirst(opening.utf8.count).dropLast(dashes.count))
    }

    /// A block as text, with lines of 64 characters.
    package static func text(label: String, _ content: [UInt8]) -> String {
        let base64 = Base64.encode(content)
        var output = "-----BEGIN \(label)-----\n"
        for start in stride(from: 0, to: base64.count, by: 64) {
            output += String(lossy: base64[start..<min(start + 64, base64.count)]) + "\n"
        }
        return output + "-----END \(label)-----\n"
    }
}

/// The lines of a text that ends its lines with LF, CR LF or CR.
private struct PEMLines {
    let text: [UInt8]
    var position = 0
    /// The number of the line returned last, from 1.
    var number = 0

    init(_ text: [UInt8]) { self.text = text }

    mutating func next() -> ArraySlice<UInt8>? {
        guard position < text.count else { return nil }
        number += 1
        let start = position
        while position < text.count, text[position] != .lineFeed, text[position] != .carriageReturn { position += 1 }
        let line = text[start..<position]
        if position < text.count, text[position] == .carriageReturn { position += 1 }
        if position < text.count, text[position] == .lineFeed { position += 1 }
        return line
    }
}

extension UInt8 {
    fileprivate var isBase64Character: Bool {
        isAlphanumeric || self == UInt8(ascii: "+") || self == UInt8(ascii: "/") || self == UInt8(ascii: "=")
    }
}
