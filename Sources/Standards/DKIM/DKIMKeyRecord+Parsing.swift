internal import MailBytes

extension DKIMKeyRecord {
    /// Reads the text of a record, its strings joined.
    ///
    /// Whether `p=` is a key is not looked at here: see ``key()``.
    public init(parsing text: [UInt8]) throws(DKIMSyntaxError) {
        let tags = try DKIMTagList(text, in: 0..<text.count, octetsMax: DKIMLimits.keyRecordOctetsMax)
        // RFC 6376 §3.6.1: v= comes first, and is exactly DKIM1, if it is there.
        if let version = tags.tag("v") {
            guard tags.bytes[version.value].elementsEqual("DKIM1".utf8) else {
                throw DKIMSyntaxError(.unknownVersion, at: version.value.lowerBound)
            }
            guard tags.tags.first == version else {
                throw DKIMSyntaxError(.versionNotFirst, at: version.name.lowerBound)
            }
        }
        let key = try tags.required("p")
        guard let publicKey = Base64.decode(tags.bytes[key.value]) else {
            throw tags.bad(key, expected: "base64 text")
        }
        self.publicKey = publicKey
        keyType = .rsa
        if let tag = tags.tag("k") {
            let word = tags.bytes[tag.value]
            guard Self.isWord(word) else { throw tags.bad(tag, expected: "a kind of key") }
            keyType = DKIMKeyType(text: String(lossy: word))
        }
        hashAlgorithms = try Self.words(tags, "h")
        services = try Self.words(tags, "s") ?? ["*"]
        flags = try Self.words(tags, "t") ?? []
        notes = tags.value("n").flatMap { DKIMQuotedPrintable.decode($0) }.map { String(lossy: $0) }
    }

    /// A colon-separated list of words, in lower case; nil if the tag is not there.
    private static func words(_ tags: DKIMTagList, _ name: StaticString) throws(DKIMSyntaxError) -> [String]? {
        guard let tag = tags.tag(name) else { return nil }
        // Deviation: the grammar wants a flag in t=; none at all can only mean none, and such records are about.
        if tag.value.isEmpty, tags.bytes[tag.name].elementsEqual("t".utf8) { return nil }
        var words: [String] = []
        for part in tags.bytes[tag.value].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            let word = part.trimmingWhitespace
            let isAny = word.elementsEqual("*".utf8) && tags.bytes[tag.name].elementsEqual("s".utf8)
            guard isWord(word) || isAny else { throw tags.bad(tag, expected: "a list of words") }
            words.append(String(lossy: word).lowercased())
        }
        return words
    }

    /// `hyphenated-word = ALPHA [ *(ALPHA / DIGIT / "-") (ALPHA / DIGIT) ]`
    private static func isWord(_ text: ArraySlice<UInt8>) -> Bool {
        guard let first = text.first, let last = text.last else { return false }
        return first.isAlpha && last.isAlphanumeric
            && text.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "-") }
    }
}
