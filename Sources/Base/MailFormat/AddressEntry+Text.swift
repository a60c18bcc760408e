internal import MailBytes
internal import MailNames

// The texts of an entry: addresses, names and comments.

extension AddressEntryReader {
    /// RFC 5322 §3.4.1, `addr-spec`, with the white space of §4.4.
    mutating func address(of run: ArraySlice<AddressToken>) -> Mailbox {
        guard let at = run.lastIndex(where: { $0.kind == .at }) else {
            return Mailbox(localPart: localPart(of: run), domain: nil)
        }
        if run.dropFirst().contains(where: \.isSpaced) { defects.insert(.spaceInAddress) }
        let local = localPart(of: run[..<at])
        if local.isEmpty { defects.insert(.missingLocalPart) }
        let (domain, text) = domain(of: run[(at + 1)...])
        return Mailbox(localPart: local, domain: domain, domainText: text)
    }

    mutating func localPart(of tokens: ArraySlice<AddressToken>) -> [UInt8] {
        var output: [UInt8] = []
        var hasQuoted = false
        var endedWithDot = true
        for token in tokens {
            let isDot = token.kind == .dot
            if isDot, endedWithDot { defects.insert(.strayDot) }
            endedWithDot = isDot
            switch token.kind {
            case .quoted:
                hasQuoted = true
                appendUnquoted(token.range, to: &output)
            case .at:
                defects.insert(.severalAt)
                output.append(UInt8(ascii: "@"))
            case .colon, .comma, .literal:
                defects.insert(.specialInAddress)
                append(token.range, to: &output)
            default:
                noteEncodedWord(token)
                noteEncoding(bytes[token.range])
                append(token.range, to: &output)
            }
        }
        if endedWithDot, !tokens.isEmpty { defects.insert(.strayDot) }
        if hasQuoted, tokens.count > 1 { defects.insert(.obsoleteLocalPart) }
        return output
    }

    /// Octets as they are, without line breaks: an address never has any, whatever it was written as.
    private func append(_ range: Range<Int>, to output: inout [UInt8]) {
        for byte in bytes[range] where byte != .carriageReturn && byte != .lineFeed { output.append(byte) }
    }

    /// RFC 5322 §3.2.4: what a quoted string stands for.
    private mutating func appendUnquoted(_ range: Range<Int>, to output: inout [UInt8]) {
        var index = range.lowerBound
        while index < range.upperBound {
            var byte = bytes[index]
            if byte == UInt8(ascii: "\\"), index + 1 < range.upperBound {
                index += 1
                byte = bytes[index]
            }
            if byte != .carriageReturn, byte != .lineFeed { output.append(byte) }
            index += 1
        }
        noteEncoding(bytes[range])
    }

    private mutating func domain(of tokens: ArraySlice<AddressToken>) -> (DomainName?, [UInt8]) {
        var text: [UInt8] = []
        var isName = true
        for token in tokens {
            switch token.kind {
            case .atom, .dot, .encodedWord: noteEncodedWord(token)
            case .literal where tokens.count == 1: return (nil, literal(token))
            case .quoted: text.append(UInt8(ascii: "\""))
            default: break
            }
            if token.kind != .atom, token.kind != .dot { isName = false }
            append(token.range, to: &text)
            if token.kind == .quoted { text.append(UInt8(ascii: "\"")) }
        }
        guard !text.isEmpty else {
            defects.insert(.missingDomain)
            return (nil, [])
        }
        noteEncoding(text[...])
        if text.first == UInt8(ascii: ".") || text.last == UInt8(ascii: ".") { defects.insert(.strayDotInDomain) }
        // A name with other characters than a host name has belongs to nobody: no record can stand for it.
        guard isName, let domain = try? DomainName(mailDomain: text), domain.isHostName else {
            defects.insert(.badDomain)
            return (nil, text)
        }
        return (domain, text)
    }

    /// RFC 5322 §3.4.1: a domain literal, without its white space.
    private func literal(_ token: AddressToken) -> [UInt8] {
        bytes[token.range].filter { !$0.isWSPOrLineBreak }
    }

    private mutating func noteEncodedWord(_ token: AddressToken) {
        if token.kind == .encodedWord {
            defects.insert(.encodedWordInAddress)
            return
        }
        guard token.kind == .atom else { return }
        var previous: UInt8 = 0
        for byte in bytes[token.range] {
            if byte == UInt8(ascii: "?"), previous == UInt8(ascii: "=") { defects.insert(.encodedWordInAddress) }
            previous = byte
        }
    }

    mutating func noteEncoding(_ octets: ArraySlice<UInt8>) {
        if octets.contains(where: \.isNonASCII), String(validating: octets, as: UTF8.self) == nil {
            defects.insert(.notUTF8)
        }
    }
}

extension AddressEntryReader {
    /// RFC 5322 §3.2.5, `phrase`, decoded; nil if there is nothing to show.
    mutating func name(of tokens: ArraySlice<AddressToken>) -> String? {
        guard !tokens.isEmpty else { return nil }
        var assembler = TextAssembler()
        for token in tokens {
            if token.isSpaced, token.range.lowerBound != tokens.first?.range.lowerBound { assembler.appendSpace() }
            switch token.kind {
            case .quoted:
                let had = assembler.hasEncodedWord
                assembler.append(text: token.range, of: bytes, isEscaped: true)
                if !had, assembler.hasEncodedWord { defects.insert(.encodedWordInQuotes) }
            case .atom, .encodedWord: assembler.append(text: token.range, of: bytes)
            case .literal, .colon, .comma:
                defects.insert(.specialInName)
                assembler.append(text: token.range, of: bytes)
            default: assembler.append(bytes[token.range])
            }
        }
        let text = finish(&assembler)
        if keepingNames, let text { names.names.append(text) }
        return text
    }

    /// The comments of an entry, decoded, with a space between them.
    mutating func commentText(_ comments: [Range<Int>]) -> String? {
        guard !comments.isEmpty else { return nil }
        var assembler = TextAssembler()
        for (index, comment) in comments.enumerated() {
            if index > 0 { assembler.append(byte: .space) }
            assembler.append(text: comment, of: bytes, isEscaped: true)
        }
        let text = finish(&assembler)
        if keepingNames, let text { names.comments.append(text) }
        return text
    }

    private mutating func finish(_ assembler: inout TextAssembler) -> String? {
        let octets = assembler.finish()
        noteEncoding(octets[...])
        if keepingNames {
            names.opaque.append(contentsOf: assembler.opaque)
            if assembler.hasEncodedControl { names.hasEncodedControl = true }
        }
        return octets.isEmpty ? nil : String(lossy: octets)
    }
}
