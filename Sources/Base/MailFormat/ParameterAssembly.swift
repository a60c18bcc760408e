internal import MailBytes

/// Puts parameters together out of their pieces: RFC 2231 §3 and §4.
enum ParameterAssembly {
    static func joined(
        _ pieces: [ParameterPiece], _ found: Set<ParameterDefect>
    ) -> (parameters: [HeaderParameter], defects: Set<ParameterDefect>) {
        var defects = found
        var order: [String] = []
        var byName: [String: [ParameterPiece]] = [:]
        for piece in pieces {
            let name = String(lossy: piece.name)
            if byName[name] == nil { order.append(name) }
            byName[name, default: []].append(piece)
        }
        let parameters = order.compactMap { name in byName[name].flatMap { parameter(name, $0, &defects) } }
        return (parameters, defects)
    }

    private static func parameter(
        _ name: String, _ pieces: [ParameterPiece], _ defects: inout Set<ParameterDefect>
    ) -> HeaderParameter? {
        let single = pieces.filter { $0.section == nil }
        let numbered = pieces.filter { $0.section != nil }
        // RFC 2231 §4: a sender that knows it writes both forms for readers that don't; the extended one says more.
        if let extended = single.first(where: \.isExtended) {
            noteDuplicates(single.count { $0.isExtended }, &defects)
            return decoded(name, [extended])
        }
        if !numbered.isEmpty {
            let sequence = sequence(numbered, &defects)
            if !sequence.isEmpty { return decoded(name, sequence) }
        }
        guard let first = single.first else {
            // Pieces without a beginning: what there is, rather than nothing.
            return numbered.isEmpty ? nil : decoded(name, numbered)
        }
        noteDuplicates(single.count, &defects)
        return plain(name, first.value, &defects)
    }

    private static func noteDuplicates(_ count: Int, _ defects: inout Set<ParameterDefect>) {
        if count > 1 { defects.insert(.duplicate) }
    }

    /// The pieces 0, 1, 2, … as far as they go.
    private static func sequence(_ pieces: [ParameterPiece], _ defects: inout Set<ParameterDefect>) -> [ParameterPiece]
    {
        let sorted = pieces.enumerated().sorted {
            ($0.element.section ?? 0, $0.offset) < ($1.element.section ?? 0, $1.offset)
        }
        var sequence: [ParameterPiece] = []
        for (_, piece) in sorted {
            guard piece.section == sequence.count else {
                defects.insert(.brokenContinuation)
                if let section = piece.section, section < sequence.count { continue }
                break
            }
            sequence.append(piece)
        }
        return sequence
    }

    private static func plain(
        _ name: String, _ value: [UInt8], _ defects: inout Set<ParameterDefect>
    ) -> HeaderParameter {
        var assembler = TextAssembler()
        assembler.append(text: 0..<value.count, of: value)
        if assembler.hasEncodedWord { defects.insert(.encodedWord) }
        return HeaderParameter(name: name, value: String(lossy: assembler.finish()), octets: value)
    }

    /// RFC 2231 §4: the first piece may begin with `charset'language'`.
    private static func decoded(_ name: String, _ pieces: [ParameterPiece]) -> HeaderParameter {
        var charset = Charset.utf8
        var language: String?
        var octets: [UInt8] = []
        for (index, piece) in pieces.enumerated() {
            var value = piece.value[...]
            if index == 0, piece.isExtended {
                let parts = value.split(separator: UInt8(ascii: "'"), maxSplits: 2, omittingEmptySubsequences: false)
                if parts.count == 3 {
                    charset = Charset(label: parts[0])
                    if !parts[1].isEmpty { language = String(lossy: parts[1]) }
                    value = parts[2]
                }
            }
            if piece.isExtended { appendPercentDecoded(value, to: &octets) } else { octets.append(contentsOf: value) }
        }
        let text = charset.text(octets) ?? String(lossy: octets)
        return HeaderParameter(name: name, value: text, octets: octets, language: language)
    }

    private static func appendPercentDecoded(_ value: ArraySlice<UInt8>, to output: inout [UInt8]) {
        var cursor = ByteCursor(Array(value))
        while let byte = cursor.next() {
            if byte == UInt8(ascii: "%"), let high = cursor.peek?.hexDigitValue,
                let low = cursor.peek(at: 1)?.hexDigitValue
            {
                output.append(high << 4 | low)
                cursor.advance(by: 2)
            } else {
                output.append(byte)
            }
        }
    }
}
