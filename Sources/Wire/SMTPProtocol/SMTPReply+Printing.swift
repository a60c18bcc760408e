internal import MailBytes

extension SMTPReply {
    /// The reply as it goes over the wire, CR LF behind each line. Lines that are too long are broken at spaces.
    ///
    /// - Parameter enhanced: whether the enhanced code is written.
    public func wire(enhanced isEnhanced: Bool = true) -> [UInt8] {
        var output: [UInt8] = []
        append(to: &output, enhanced: isEnhanced)
        return output
    }

    /// As ``wire(enhanced:)``, behind what is there.
    public func append(to output: inout [UInt8], enhanced isEnhanced: Bool = true) {
        let digits = Array(String(code).utf8)
        // RFC 2034 §4: the status code stands in front of the text of each line.
        let status = isEnhanced ? enhanced.map { Array("\($0) ".utf8) } ?? [] : []
        let room = SMTPReplyLimits.lineOctetsSent - digits.count - 1 - status.count - 2
        let broken = lines.flatMap { Self.broken(Array($0.utf8), octetsMax: room) }.prefix(SMTPReplyLimits.linesMax)
        var last = output.count
        for line in broken {
            last = output.count
            output += digits
            output.append(UInt8(ascii: "-"))
            output += status
            output += line
            output += [.carriageReturn, .lineFeed]
        }
        // RFC 5321 §4.2.1: a space behind the code says that it is the last line.
        output[last + digits.count] = .space
    }

    /// A line in lines; one that is empty is one line.
    private static func broken(_ text: [UInt8], octetsMax: Int) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var rest = text[...]
        while rest.count > octetsMax {
            let head = rest.prefix(octetsMax)
            let space = head.lastIndex(of: .space).flatMap { $0 > head.startIndex ? $0 : nil }
            let line = space.map { rest[..<$0] } ?? head
            lines.append(line)
            rest = rest.dropFirst(line.count)
            if space != nil { rest = rest.dropFirst() }
        }
        if !rest.isEmpty || lines.isEmpty { lines.append(rest) }
        return lines
    }
}
