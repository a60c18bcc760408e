internal import MailBytes
internal import MailCrypto
internal import MailFormat
internal import MailNames

/// Takes people out of a message (RFC 6590): of its header only what tells how it came, local parts of addresses as
/// hashes with a key, and nothing that anybody wrote.
///
/// The same local part has the same hash in all reports of a key, so that their reader can see what belongs together.
struct MailRedaction: Sendable {
    let key: [UInt8]

    /// Fields whose addresses are shown, with their local parts hashed.
    private static let addressFields = ["From", "Sender", "Reply-To", "Return-Path", "Resent-From", "Resent-Sender"]
    /// Tags of a signature that are shown. Not `z=`, which has whole fields in it, nor tags that nobody knows.
    private static let shownTags = ["v", "a", "b", "bh", "c", "d", "h", "l", "q", "s", "t", "x"]
    /// Limit: fields of one name, and octets of each.
    private static let fieldsMax = 10
    private static let octetsMax = 4096

    /// The header, with the line that ends it.
    func header(of message: MailMessage) -> [UInt8] {
        let header = message.header
        var output: [UInt8] = []
        for name in Self.addressFields {
            for position in header.positions(named: name).prefix(Self.fieldsMax) {
                let addresses = addresses(in: header.unfolded(header.fields[position]))
                Self.write(name, addresses.isEmpty ? "(redacted)" : addresses.joined(separator: ", "), to: &output)
            }
        }
        for (name, redact) in [("Date", date), ("DKIM-Signature", signature), ("List-Id", listID)] {
            for position in header.positions(named: name).prefix(Self.fieldsMax) {
                let value = header.unfolded(header.fields[position]).prefix(Self.octetsMax)
                Self.write(name, redact(Array(value)), to: &output)
            }
        }
        return output + Array("\r\n".utf8)
    }

    /// RFC 5322 §2.1.1: lines are better not longer. One longer than 998 would be cut by a mail server, and with it
    /// our signature.
    private static let lineMax = 78

    /// Octets of a word that is not folded: an address with the longest domain.
    private static let wordMax = 300

    /// A field, folded at spaces. Of signatures the words that are too long for a line are, too, after colons or
    /// anywhere: so long are the tags b, bh and h, which may have white space there (RFC 6376 §3.5).
    private static func write(_ name: String, _ value: String, to output: inout [UInt8]) {
        let isSignature = name == "DKIM-Signature"
        output += Array("\(name):".utf8)
        var column = name.utf8.count + 1
        for word in Array(value.utf8).split(separator: .space) {
            var rest = isSignature ? word : word.prefix(wordMax)
            repeat {
                var piece = isSignature ? rest.prefix(lineMax - 1) : rest
                if piece.count < rest.count, let colon = piece.lastIndex(of: UInt8(ascii: ":")) {
                    piece = piece[...colon]
                }
                rest = rest[piece.endIndex...]
                if column + 1 + piece.count > lineMax, column > 0 {
                    output += [.carriageReturn, .lineFeed]
                    column = 0
                }
                output.append(.space)
                output += piece
                column += 1 + piece.count
            } while !rest.isEmpty
        }
        output += [.carriageReturn, .lineFeed]
    }

    /// A date without its comments.
    private func date(_ value: [UInt8]) -> String {
        hidingAddresses(in: Array(value.prefix { $0 != UInt8(ascii: "(") }))
    }

    /// The identifier of a list, without what it is called.
    private func listID(_ value: [UInt8]) -> String {
        guard let start = value.lastIndex(of: UInt8(ascii: "<")),
            let end = value[start...].firstIndex(of: UInt8(ascii: ">"))
        else { return "(redacted)" }
        return hidingAddresses(in: Array(value[start...end]))
    }

    /// A signature with the tags that tell why it fails, and the local part of `i=` hashed.
    private func signature(_ value: [UInt8]) -> String {
        value.split(separator: UInt8(ascii: ";")).compactMap { tag -> String? in
            guard let equals = tag.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let name = String(lossy: tag[..<equals].trimmingWhitespace)
            let text = tag[(equals + 1)...].filter { !$0.isWSPOrLineBreak }
            if name == "i" { return "i=\(address(text))" }
            return Self.shownTags.contains(name) ? "\(name)=\(hidingAddresses(in: text))" : nil
        }.joined(separator: "; ")
    }

    /// An address with its local part hashed; what is none as `(redacted)`.
    func address(_ octets: [UInt8]) -> String {
        guard let at = octets.lastIndex(of: UInt8(ascii: "@")) else { return "(redacted)" }
        // RFC 1035 §2.3.4: a name has no more.
        let domain = octets[(at + 1)...].filter {
            $0.isAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }.prefix(253)
        let local = Array(octets[..<at])
        return local.isEmpty ? "@\(String(lossy: domain))" : "\(hash(local, octets: 8))@\(String(lossy: domain))"
    }

    /// A hash with the key (RFC 6590 §3), in hexadecimal digits.
    func hash(_ octets: [UInt8], octets count: Int) -> String {
        // The length in front keeps key and text apart.
        var hasher = SHA256Hasher()
        hasher.update(Array("\(key.count) ".utf8) + key)
        hasher.update(octets)
        let inner = hasher.finalize().bytes
        return SHA256Hasher.hash((key + inner)[...]).bytes.prefix(count)
            .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The addresses that stand in a text, in angle brackets.
    private func addresses(in text: [UInt8]) -> [String] {
        spans(in: text).prefix(Self.fieldsMax).map { "<\(address(Array(text[$0])))>" }
    }

    /// The text with each address in it hashed; printable ASCII.
    private func hidingAddresses(in text: [UInt8]) -> String {
        var output: [UInt8] = []
        var index = 0
        for span in spans(in: text) {
            output += text[index..<span.lowerBound]
            output += Array(address(Array(text[span])).utf8)
            index = span.upperBound
        }
        output += text[index...]
        return String(lossy: output.map { $0.isVisible || $0 == .space ? $0 : UInt8(ascii: " ") })
    }

    /// Where addresses are: around each `@` whatever an address can have.
    private func spans(in text: [UInt8]) -> [Range<Int>] {
        var spans: [Range<Int>] = []
        var floor = 0
        for at in text.indices where text[at] == UInt8(ascii: "@") && at >= floor {
            var start = at
            if start > floor, text[start - 1] == UInt8(ascii: "\"") {
                start -= 1
                while start > floor {
                    start -= 1
                    if text[start] == UInt8(ascii: "\""), start == floor || text[start - 1] != UInt8(ascii: "\\") {
                        break
                    }
                }
            } else {
                while start > floor, isLocal(text[start - 1]) { start -= 1 }
            }
            var end = at + 1
            while end < text.count,
                text[end].isAlphanumeric || text[end] == UInt8(ascii: ".") || text[end] == UInt8(ascii: "-")
                    || text[end].isNonASCII
            { end += 1 }
            spans.append(start..<end)
            floor = end
        }
        return spans
    }

    private func isLocal(_ octet: UInt8) -> Bool {
        octet.isNonASCII || (octet.isVisible && !"<>()[]:;@,\"=".utf8.contains(octet))
    }
}
