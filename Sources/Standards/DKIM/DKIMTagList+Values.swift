public import MailBytes
public import MailNames

// The kinds of value that signature fields are made of. ARC's fields (RFC 8617 §4.1) have the same.

extension DKIMTagList {
    /// `a=`: an algorithm in force.
    public func algorithm() throws(DKIMSyntaxError) -> DKIMAlgorithm {
        let tag = try required("a")
        let word = bytes[tag.value]
        if let algorithm = DKIMAlgorithm(tagValue: word) { return algorithm }
        // RFC 8301 §3.1.
        if DKIMAlgorithm.isHistoric(word) {
            throw DKIMSyntaxError(.historicAlgorithm, at: tag.value.lowerBound - start)
        }
        let isWord = word.count > 2 && word.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "-") }
        guard isWord, word.contains(UInt8(ascii: "-")) else { throw bad(tag, expected: "the name of an algorithm") }
        throw DKIMSyntaxError(.unknownAlgorithm, at: tag.value.lowerBound - start)
    }

    /// `c=`, or simple/simple.
    public func canonicalization() throws(DKIMSyntaxError) -> DKIMCanonicalization {
        guard let tag = tag("c") else { return .simple }
        guard let forms = DKIMCanonicalization(tagValue: bytes[tag.value]) else {
            // RFC 6376 §3.4: what is not recognised is not verified.
            throw DKIMSyntaxError(.unknownCanonicalization, at: tag.value.lowerBound - start)
        }
        return forms
    }

    /// `d=`: a domain name of two labels or more; U-labels are taken for A-labels (RFC 8616 §4).
    public func domain() throws(DKIMSyntaxError) -> DomainName {
        let tag = try required("d")
        let name = try domainName(tag, in: tag.value)
        // RFC 6376 §3.5: domain-name has a dot in it.
        guard name.labelCount >= 2 else { throw DKIMSyntaxError(.singleLabelDomain, at: tag.value.lowerBound - start) }
        return name
    }

    /// `s=`: labels of a domain name.
    public func selector() throws(DKIMSyntaxError) -> DomainName {
        let tag = try required("s")
        return try domainName(tag, in: tag.value)
    }

    /// A domain name in part of a tag's value.
    func domainName(_ tag: Tag, in range: Range<Int>) throws(DKIMSyntaxError) -> DomainName {
        let text = bytes[range]
        // Names are absolute in a signature, without the dot that DNS tools write behind them.
        guard text.last != UInt8(ascii: "."), let name = try? DomainName(mailDomain: text), name.isHostName else {
            throw bad(tag, expected: "a domain name")
        }
        return name
    }

    /// A base64 value of at least one octet; white space within does not count (RFC 6376 §3.5).
    public func base64(_ name: StaticString, octetsMax: Int) throws(DKIMSyntaxError) -> [UInt8] {
        let tag = try required(name)
        // Limit, before the work: four characters are three octets; white space comes on top of that.
        guard tag.value.count / 16 <= octetsMax else { throw bad(tag, expected: "base64 of a usual length") }
        guard let octets = Base64.decode(bytes[tag.value]), !octets.isEmpty, octets.count <= octetsMax else {
            throw bad(tag, expected: "base64 text")
        }
        return octets
    }

    /// `t=` or `x=`: seconds since 1970.
    ///
    /// RFC 6376 §3.5: digits beyond the twelfth are taken for "very late".
    public func time(_ name: StaticString) throws(DKIMSyntaxError) -> UnixTime? {
        guard let tag = tag(name) else { return nil }
        guard let seconds = saturatedNumber(tag) else { throw bad(tag, expected: "a number of seconds") }
        return UnixTime(seconds: Int64(seconds))
    }

    /// `l=`: a number of octets, of 76 digits at most.
    public func bodyLength() throws(DKIMSyntaxError) -> Int? {
        guard let tag = tag("l") else { return nil }
        guard tag.value.count <= 76, let length = saturatedNumber(tag) else {
            throw bad(tag, expected: "a number of octets")
        }
        return length
    }

    /// Digits as a number; what does not fit becomes the greatest number. Nil if there is anything but digits.
    private func saturatedNumber(_ tag: Tag) -> Int? {
        guard !tag.value.isEmpty else { return nil }
        var number = 0
        for index in tag.value {
            guard bytes[index].isDigit else { return nil }
            let (product, first) = number.multipliedReportingOverflow(by: 10)
            let (sum, second) = product.addingReportingOverflow(Int(bytes[index] - 0x30))
            number = first || second || number == .max ? .max : sum
        }
        return number
    }

    /// The first eight characters of a base64 value, without white space: RFC 6008 §4.
    public func prefix(of name: StaticString) -> String? {
        guard let value = value(name), !value.isEmpty else { return nil }
        var prefix: [UInt8] = []
        for byte in value where !byte.isWSPOrLineBreak && byte.isVisible {
            prefix.append(byte)
            if prefix.count == 8 { break }
        }
        return prefix.isEmpty ? nil : String(decoding: prefix, as: UTF8.self)
    }
}
