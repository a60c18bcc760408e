internal import DNS
internal import MailBytes
internal import MailNames

// Expanding macros: RFC 7208 §7.

/// The name that a term is about.
enum SPFTarget {
    case name(DomainName)
    /// The expansion is no domain name (RFC 7208 §4.8).
    case malformed
    /// The term cannot match, whatever the DNS says.
    case matchesNothing
    /// The client's name has to be found first.
    case waits(DNSQuestion)
}

extension SPFEvaluation {
    /// RFC 7208 §4.8: the expanded domain-spec, or the domain itself if there is none.
    mutating func targetName(_ entry: SPFEntry) -> SPFTarget {
        guard entry.hasSpec else { return .name(frame.domain) }
        if entry.macros.isEmpty {
            guard entry.name >= 0, Int(entry.name) < frame.record.names.count else { return .malformed }
            return .name(frame.record.names[Int(entry.name)])
        }
        // RFC 8616 §4: a local part that is not ASCII makes these terms match nothing.
        if entry.macros.contains(.localPart), sender.hasForeignLocalPart { return .matchesNothing }
        if entry.macros.contains(.validatedName), let question = reverseQuestion(for: .macro) {
            return .waits(question)
        }
        let text = expand(frame.record.bytes, in: entry.spec)
        guard let name = SPFTargetName.name(text[...]) else { return .malformed }
        traceExpansion(entry, name)
        return .name(name)
    }

    /// Replaces the macros of a macro-string whose syntax has been checked. What is left of a very long expansion is
    /// its end.
    func expand(_ text: [UInt8], in range: Range<Int>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(128)
        var index = range.lowerBound
        while index < range.upperBound {
            if text[index] == UInt8(ascii: "%"), let macro = SPFMacro(text.span, at: index, before: range.upperBound) {
                append(macro, to: &output)
                index = macro.end
            } else {
                output.append(text[index])
                index += 1
            }
            if output.count > SPFLimits.expansionBytesMax {
                output.removeFirst(output.count - SPFLimits.expansionBytesMax / 2)
            }
        }
        return output
    }

    private func append(_ macro: SPFMacro, to output: inout [UInt8]) {
        switch macro.letter {
        case UInt8(ascii: "%"): output.append(UInt8(ascii: "%"))
        case UInt8(ascii: "_"): output.append(.space)
        case UInt8(ascii: "-"): output.append(contentsOf: "%20".utf8)
        case UInt8(ascii: "s"):
            macro.append((sender.localPartText + [UInt8(ascii: "@")] + sender.domainText)[...], to: &output)
        case UInt8(ascii: "l"): macro.append(sender.localPartText, to: &output)
        case UInt8(ascii: "o"): macro.append(sender.domainText[...], to: &output)
        case UInt8(ascii: "d"): macro.append(frame.domain.bytes[...], to: &output)
        case UInt8(ascii: "i"): macro.append(SPFAddressText.dotted(client)[...], to: &output)
        // RFC 7208 §7.3: `unknown` without a validated name.
        case UInt8(ascii: "p"):
            macro.append((reverse.preferred(for: frame.domain)?.bytes ?? Array("unknown".utf8))[...], to: &output)
        case UInt8(ascii: "v"): macro.append(Array((client.isV4 ? "in-addr" : "ip6").utf8)[...], to: &output)
        case UInt8(ascii: "h"): macro.append(request.helo.suffix(SPFLimits.macroValueBytesMax), to: &output)
        case UInt8(ascii: "c"): macro.append(Array(client.text.utf8)[...], to: &output)
        case UInt8(ascii: "r"): macro.append(Array(request.receivingHost.utf8)[...], to: &output)
        case UInt8(ascii: "t"):
            var digits: [UInt8] = []
            digits.appendDecimal(request.at.seconds)
            macro.append(digits[...], to: &output)
        default: break
        }
    }
}

extension SPFSender {
    /// Whether the local part has octets that are not ASCII.
    var hasForeignLocalPart: Bool { localPart?.contains(where: \.isNonASCII) ?? false }

    /// RFC 7208 §4.3: `postmaster` where there is none.
    var localPartText: ArraySlice<UInt8> {
        localPart?.suffix(SPFLimits.macroValueBytesMax) ?? Array("postmaster".utf8)[...]
    }

    /// In small letters and A-labels (RFC 8616 §4).
    var domainText: [UInt8] { domain?.bytes ?? [] }
}

extension SPFMacro {
    /// Appends a value as the macro wants it (RFC 7208 §7.3): taken to parts, turned round, cut from the left, joined
    /// by dots, escaped. Goes over the value's octets and makes no parts.
    func append(_ value: ArraySlice<UInt8>, to output: inout [UInt8]) {
        guard transforms else {
            for byte in value { append(byte, to: &output) }
            return
        }
        let separators = delimiters.isEmpty ? .dot : delimiters
        // Of the list turned round, the parts from the right are the first ones of the value.
        let kept =
            reverses ? Self.firstParts(parts, of: value, separators) : Self.lastParts(parts, of: value, separators)
        guard reverses else {
            for byte in value[kept] { append(separators.contains(byte: byte) ? UInt8(ascii: ".") : byte, to: &output) }
            return
        }
        var end = kept.upperBound
        while true {
            var start = end
            while start > kept.lowerBound, !separators.contains(byte: value[start - 1]) { start -= 1 }
            for byte in value[start..<end] { append(byte, to: &output) }
            guard start > kept.lowerBound else { return }
            append(UInt8(ascii: "."), to: &output)
            end = start - 1
        }
    }

    /// RFC 7208 §7.3: upper-case letters escape what RFC 3986 §2.3 does not call unreserved.
    private func append(_ byte: UInt8, to output: inout [UInt8]) {
        let isUnreserved =
            byte.isAlphanumeric || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "~")
        guard escapes, !isUnreserved else {
            output.append(byte)
            return
        }
        output.append(UInt8(ascii: "%"))
        for digit in [byte >> 4, byte & 15] { output.append(digit < 10 ? digit + 0x30 : digit - 10 + 0x41) }
    }

    private static func firstParts(_ count: Int, of value: ArraySlice<UInt8>, _ separators: SPFDelimiters) -> Range<Int>
    {
        var left = count
        for index in value.indices where separators.contains(byte: value[index]) {
            left -= 1
            if left == 0 { return value.startIndex..<index }
        }
        return value.indices
    }

    private static func lastParts(_ count: Int, of value: ArraySlice<UInt8>, _ separators: SPFDelimiters) -> Range<Int>
    {
        var left = count
        for index in value.indices.reversed() where separators.contains(byte: value[index]) {
            left -= 1
            if left == 0 { return (index + 1)..<value.endIndex }
        }
        return value.indices
    }
}
