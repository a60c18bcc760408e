internal import MailBytes

/// Reads an address list out of tokens: entries, angle brackets and groups. What an entry means is
/// ``AddressEntryReader``'s part.
///
/// What the grammar has is read as the grammar says. For the rest the rules are: no address is lost, none is made
/// up, and what had to be guessed has a defect.
struct AddressParser {
    private var lexer: AddressLexer
    private var entries: AddressEntryReader
    private let limits: AddressLimits
    private(set) var addresses: [Address] = []
    private var count = 0
    private var parserDefects: Set<AddressDefect> = []
    private var entry = AddressEntry()
    private var groupName: String?
    private var members: [Mailbox] = []
    /// A comment stood in front of the next token: it parts words as white space does.
    private var sawComment = false

    /// - Parameter keepingNames: whether ``names`` is filled in.
    init(bytes: [UInt8], in range: Range<Int>, limits: AddressLimits, keepingNames: Bool = false) {
        lexer = AddressLexer(bytes: bytes, in: range, limits: limits)
        entries = AddressEntryReader(bytes: bytes, keepingNames: keepingNames)
        self.limits = limits
    }

    var defects: Set<AddressDefect> {
        var all = entries.defects
        all.formUnion(parserDefects)
        all.formUnion(lexer.defects)
        return all
    }

    /// What names and comments hold, for those who look for addresses in them.
    var names: AddressNames { entries.names }

    mutating func parse() {
        var endsWithComma = false
        while let token = nextToken() {
            guard count < limits.mailboxes else {
                parserDefects.insert(.tooManyMailboxes)
                entry = AddressEntry()
                endsWithComma = false
                break
            }
            endsWithComma = token.kind == .comma
            switch token.kind {
            case .comma:
                if entry.isEmpty { parserDefects.insert(.emptyElement) }
                finishEntry()
            case .semicolon: endGroup()
            case .colon: beginGroup()
            case .open: readAngles()
            case .close: parserDefects.insert(.unbalancedAngle)
            default: entry.words.append(token)
            }
        }
        // RFC 5322 §4.4: a comma at the end is an empty element.
        if endsWithComma, entry.isEmpty { parserDefects.insert(.emptyElement) }
        finishEntry()
        if groupName != nil {
            parserDefects.insert(.unclosedGroup)
            closeGroup()
        }
    }

    /// The next token that is no comment; comments go to the entry.
    private mutating func nextToken() -> AddressToken? {
        while var token = lexer.next() {
            if token.kind == .comment {
                entry.comments.append(token.range)
                sawComment = true
                continue
            }
            if sawComment { token.isSpaced = true }
            sawComment = false
            return token
        }
        return nil
    }

    private mutating func finishEntry() {
        defer { entry = AddressEntry() }
        guard !entry.isEmpty else { return }
        for mailbox in entries.mailboxes(of: entry) {
            count += 1
            if groupName != nil { members.append(mailbox) } else { addresses.append(.mailbox(mailbox)) }
        }
    }
}

// Groups: RFC 5322 §3.4.
extension AddressParser {
    private mutating func beginGroup() {
        let isName = entry.angle == nil && !entry.words.isEmpty && !entry.words.contains { $0.kind == .at }
        guard isName else {
            parserDefects.insert(.strayGroupMark)
            finishEntry()
            return
        }
        // The name of a group within a group is passed over.
        let name = entries.groupName(of: entry)
        if groupName == nil { groupName = name } else { parserDefects.insert(.strayGroupMark) }
        entry = AddressEntry()
    }

    private mutating func endGroup() {
        finishEntry()
        if groupName == nil { parserDefects.insert(.strayGroupMark) } else { closeGroup() }
    }

    private mutating func closeGroup() {
        guard let name = groupName else { return }
        groupName = nil
        addresses.append(.group(AddressGroup(name: name, mailboxes: members)))
        members = []
        // A group counts as a mailbox does: a list of nothing but empty groups must end as well.
        count += 1
    }
}

// Angle brackets.
extension AddressParser {
    /// What ended the text between angle brackets.
    private enum AngleEnd { case closed, opened, comma, semicolon, end }

    private mutating func readAngles() {
        var end = AngleEnd.opened
        // Each turn takes at least the token that opens the brackets.
        while end == .opened {
            if entry.angle != nil {
                parserDefects.insert(.missingComma)
                // Words between two addresses are the name of the second.
                let between = Array(entry.words[entry.wordsBefore...])
                entry.words.removeSubrange(entry.wordsBefore...)
                finishEntry()
                entry.words = between
            }
            end = readAngle()
        }
        if end != .closed { parserDefects.insert(.unbalancedAngle) }
        if end == .comma || end == .semicolon { finishEntry() }
        if end == .semicolon { endGroup() }
    }

    /// RFC 5322 §3.4, `angle-addr`; §4.4, `obs-route`.
    private mutating func readAngle() -> AngleEnd {
        var tokens: [AddressToken] = []
        var isRoute = false
        var end = AngleEnd.end
        reading: while let token = nextToken() {
            switch token.kind {
            case .close:
                end = .closed
                break reading
            case .open:
                parserDefects.insert(.unbalancedAngle)
                // `<<`: the first is passed over.
                if tokens.isEmpty { continue }
                end = .opened
                break reading
            case .at where tokens.isEmpty:
                isRoute = true
                tokens.append(token)
            case .colon where isRoute:
                parserDefects.insert(.route)
                isRoute = false
                tokens.removeAll(keepingCapacity: true)
            case .comma where isRoute: tokens.append(token)
            case .comma, .semicolon:
                end = token.kind == .comma ? .comma : .semicolon
                break reading
            default: tokens.append(token)
            }
        }
        // A bracket with nothing behind it that is never closed is none.
        if tokens.isEmpty, end == .end { return end }
        entry.angle = tokens
        entry.wordsBefore = entry.words.count
        return end
    }
}
