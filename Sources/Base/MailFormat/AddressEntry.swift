internal import MailBytes

/// The tokens of one entry of an address list.
struct AddressEntry {
    /// Everything outside angle brackets.
    var words: [AddressToken] = []
    /// What stands between angle brackets, if there are any, without a route.
    var angle: [AddressToken]?
    /// How many of the words stand in front of the angle brackets.
    var wordsBefore = 0
    var comments: [Range<Int>] = []

    var isEmpty: Bool { words.isEmpty && comments.isEmpty && angle == nil }
}

/// What the names and comments of a field hold: the material for finding addresses that only people read.
struct AddressNames {
    var names: [String] = []
    var comments: [String] = []
    /// Addresses that stand in front of angle brackets, without quotes.
    var addressesBeforeAngle: [Mailbox] = []
    /// Octets of encoded words in character sets that are not decoded.
    var opaque: [UInt8] = []
    var hasEncodedControl = false
}

/// Makes mailboxes of the tokens of an entry.
struct AddressEntryReader {
    let bytes: [UInt8]
    let keepingNames: Bool
    var defects: Set<AddressDefect> = []
    var names = AddressNames()

    init(bytes: [UInt8], keepingNames: Bool) {
        self.bytes = bytes
        self.keepingNames = keepingNames
    }

    mutating func mailboxes(of entry: AddressEntry) -> [Mailbox] {
        let comment = commentText(entry.comments)
        var mailboxes = entry.angle.map { withAngle($0, entry) } ?? withoutAngle(entry.words)
        if let comment, let first = mailboxes.indices.first, mailboxes[first].displayName == nil {
            // RFC 5322 §3.4 no longer has the form, people still write it: `ann@example.org (Ann)`.
            mailboxes[first].displayName = comment
        }
        return mailboxes
    }

    mutating func groupName(of entry: AddressEntry) -> String {
        _ = commentText(entry.comments)
        return name(of: entry.words[...]) ?? ""
    }

    /// `name <address>`.
    private mutating func withAngle(_ tokens: [AddressToken], _ entry: AddressEntry) -> [Mailbox] {
        let before = entry.words.prefix(entry.wordsBefore)
        let after = entry.words.dropFirst(entry.wordsBefore)
        noteAddresses(before)
        var displayName = name(of: before)
        var mailboxes = inAngle(tokens)
        if !after.isEmpty {
            defects.insert(.trailingText)
            let more = Self.runs(after).filter { Self.hasAt($0) }
            if displayName == nil, more.isEmpty { displayName = name(of: after) } else { _ = name(of: after) }
            mailboxes += more.map { address(of: $0) }
        }
        if let first = mailboxes.indices.first { mailboxes[first].displayName = displayName }
        return mailboxes
    }

    private mutating func inAngle(_ tokens: [AddressToken]) -> [Mailbox] {
        guard !tokens.isEmpty else {
            defects.insert(.emptyAngle)
            return [Mailbox(localPart: [], domain: nil)]
        }
        let runs = Self.runs(tokens[...])
        let addresses = runs.filter { Self.hasAt($0) }
        if addresses.isEmpty {
            defects.insert(runs.count == 1 ? .missingDomain : .missingAddress)
            return [Mailbox(localPart: localPart(of: tokens[...]), domain: nil)]
        }
        if addresses.count > 1 { defects.insert(.missingComma) }
        if addresses.count < runs.count { defects.insert(.nameWithoutAngle) }
        return addresses.map { address(of: $0) }
    }

    /// `address`, or what people write in its place.
    private mutating func withoutAngle(_ words: [AddressToken]) -> [Mailbox] {
        guard !words.isEmpty else { return [] }
        let runs = Self.runs(words[...])
        guard let first = runs.firstIndex(where: { Self.hasAt($0) }) else {
            if runs.count == 1, let token = words.first, token.kind == .atom {
                defects.insert(.missingDomain)
                return [Mailbox(localPart: localPart(of: words[...]), domain: nil)]
            }
            defects.insert(.missingAddress)
            return [Mailbox(displayName: name(of: words[...]), localPart: [], domain: nil)]
        }
        var displayName: String?
        if first > 0 {
            defects.insert(.nameWithoutAngle)
            displayName = name(of: words[..<runs[first].startIndex])
        }
        let addresses = runs.filter { Self.hasAt($0) }
        if addresses.count > 1 { defects.insert(.missingComma) }
        if let last = runs.last, !Self.hasAt(last), let end = addresses.last?.endIndex {
            defects.insert(.trailingText)
            let trailing = name(of: words[end...])
            displayName = displayName ?? trailing
        }
        var mailboxes = addresses.map { address(of: $0) }
        if let index = mailboxes.indices.first { mailboxes[index].displayName = displayName }
        return mailboxes
    }

    private mutating func noteAddresses(_ words: ArraySlice<AddressToken>) {
        guard words.contains(where: { $0.kind == .at }) else { return }
        defects.insert(.addressBeforeAngle)
        guard keepingNames else { return }
        let known = defects
        for run in Self.runs(words) where Self.hasAt(run) { names.addressesBeforeAngle.append(address(of: run)) }
        // What is wrong with a name that is no address is no defect of the field.
        defects = known
    }
}

// Runs: words joined by dots and `@`.
extension AddressEntryReader {
    /// Cuts tokens where two words stand beside each other with nothing that joins them.
    static func runs(_ tokens: ArraySlice<AddressToken>) -> [ArraySlice<AddressToken>] {
        var runs: [ArraySlice<AddressToken>] = []
        var start = tokens.startIndex
        for index in tokens.indices where index > start {
            if !joins(tokens[index]), !joins(tokens[index - 1]) {
                runs.append(tokens[start..<index])
                start = index
            }
        }
        if start < tokens.endIndex { runs.append(tokens[start...]) }
        return runs
    }

    /// A colon or comma within angle brackets joins as well: `<mailto:ann@example.org>` is one piece.
    private static func joins(_ token: AddressToken) -> Bool {
        switch token.kind {
        case .dot, .at, .colon, .comma: true
        default: false
        }
    }

    static func hasAt(_ run: ArraySlice<AddressToken>) -> Bool { run.contains { $0.kind == .at } }
}
