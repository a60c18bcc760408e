internal import MailBytes
internal import Rendering

extension Access {
    /// Whether a message is listed for somebody: it is from or to one of their domains.
    func sees(_ entry: MessageEntry) -> Bool {
        seesEverything || sees(entry.from) || entry.recipientDomains.contains { sees($0) }
    }

    /// Whether everything about a message is shown, its header too: not to who was only named as its author.
    func reads(_ entry: MessageEntry) -> Bool {
        seesEverything || (entry.isOutgoing ? sees(entry.from) : entry.recipientDomains.contains { sees($0) })
    }

    /// A message as it is listed: without the domains of other people, and without what tells of them.
    func cut(_ entry: MessageEntry) -> MessageEntry {
        guard !seesEverything else { return entry }
        var entry = entry
        entry.recipientDomains.removeAll { !sees($0) }
        if !reads(entry) {
            entry.queueID = nil
            entry.messageID = nil
            entry.mailFrom = nil
        }
        return entry
    }
}

extension Dashboard {
    /// The newest messages that somebody sees and that have all these words in them.
    ///
    /// - Parameter before: of those that were judged before this one.
    func messages(_ visit: Visit, words: [String], count: Int, before: Int64? = nil) -> [MessageEntry] {
        guard let access = visit.access, let source = sources.messages else { return [] }
        let found = source.messages(count: count) { entry in
            guard access.sees(entry), before.map({ entry.id < UInt64(clamping: $0) }) ?? true else { return false }
            return words.isEmpty || access.cut(entry).has(words)
        }
        return found.map { access.cut($0) }
    }

    /// Those that the query asks for, and whether there are older ones.
    func wantedMessages(_ visit: Visit, words: [String]) -> (messages: [MessageEntry], hasMore: Bool) {
        let found = messages(visit, words: words, count: visit.count + 1, before: visit.before)
        return (Array(found.prefix(visit.count)), found.count > visit.count)
    }

    /// The message of the path, if somebody may read it.
    func message(_ visit: Visit) async -> MessageDetail? {
        guard let access = visit.access, let id = visit.parameters.first.flatMap({ UInt64($0) }),
            var detail = await sources.messages?.message(id, naming: { access.sees($0) }), access.reads(detail.entry)
        else { return nil }
        detail.entry = access.cut(detail.entry)
        return detail
    }

    static let noSuchMessage = Reply.problem(
        404, "There is no such message any more, or it is not to one of your domains.")

    func messagesPage(_ visit: Visit) async throws -> Reply {
        let words = visit.query["q"].lowercased().split(separator: " ").map(String.init)
        let (found, hasMore) = wantedMessages(visit, words: words)
        return .page(
            Page("Messages", .messages) {
                tag(
                    "p",
                    text:
                        "What the daemon judged last, the newest first: in memory alone, and gone when it stops."
                )
                tag("form", .classes("bar"), Attribute("action", "/messages")) {
                    field(
                        "Words", "q", type: "search", value: visit.query["q"], Attribute("maxlength", "200"),
                        Attribute("placeholder", "queue id, address, verdict"))
                    tag("button", .type("submit"), text: "Show")
                    tag(
                        "button", .type("button"), .classes("quiet-button"), .id("live"), Attribute("data-script"),
                        Attribute("hidden"), text: "Pause")
                    tag("span", .classes("note"), .id("live-note"), Attribute("role", "status"))
                }
                if sources.messages == nil {
                    nothing("None are kept: set dashboard.messages in the configuration.")
                } else {
                    card("Verdicts") {
                        messageTable(found, for: visit.access, isLive: true)
                        if found.isEmpty { nothing("There are none.") }
                        if hasMore, let last = found.last {
                            tag("p") { anchor(older(than: last, visit), "Older messages") }
                        }
                    }
                }
            })
    }

    private func older(than message: MessageEntry, _ visit: Visit) -> Link {
        Link(
            "/messages",
            query: [
                ("q", visit.query.text("q")), ("count", visit.query.text("count")), ("before", "\(message.id)"),
            ])
    }

    /// - Parameter isLive: whether scripts fetch it again and again. The page needs a button that stops them then.
    func messageTable(_ messages: [MessageEntry], for access: Access?, isLive: Bool = false) -> HTML {
        table(
            "Messages with their verdicts",
            [
                Column("Time"), Column("Verdict"), Column("Author's domain"), Column("Client"), Column("To"),
                Column("Results"),
            ], isLive ? [Attribute("data-live", "yes")] : []
        ) {
            for message in messages {
                tag("tr") {
                    heading("Time") {
                        if access?.reads(message) == true {
                            tag("a", .href(Link("/messages", ["\(message.id)"]))) { second(message.time) }
                        } else {
                            second(message.time)
                        }
                    }
                    cell("Verdict") {
                        badge(message.badge, message.disposition)
                        tag("br")
                        tag("span", .classes("note"), text: message.reason.shortened(200))
                    }
                    cell("Author's domain") { (message.from ?? "none").shortened(100) }
                    cell("Client") { message.client ?? "–" }
                    cell("To") { message.recipientDomains.prefix(3).joined(separator: ", ").shortened(120) }
                    cell("Results") {
                        tag("div", .classes("badges")) {
                            for result in message.results.prefix(6) {
                                badge(result.badge, "\(result.check) \(result.word)")
                            }
                        }
                    }
                }
            }
        }
    }

    func recordedDNSFile(_ visit: Visit) async throws -> Reply {
        guard let detail = await message(visit), let octets = detail.recordedDNS else { return Self.noSuchMessage }
        return .file(name: "message-\(detail.entry.id)-dns.json", type: "application/json", octets: octets)
    }

    func headerFile(_ visit: Visit) async throws -> Reply {
        guard let detail = await message(visit), let octets = detail.header else { return Self.noSuchMessage }
        return .file(
            name: "message-\(detail.entry.id)-header.eml", type: "application/octet-stream", octets: octets)
    }

    func messagePage(_ visit: Visit) async throws -> Reply {
        guard let detail = await message(visit) else { return Self.noSuchMessage }
        let entry = detail.entry
        var page = Page("Message \(entry.queueID?.shortened(60) ?? "\(entry.id)")", .messages) {
            card("The verdict") {
                tag("p") {
                    badge(entry.badge, entry.disposition)
                    " \(entry.reason.shortened(1000))"
                }
                tag("dl", .classes("facts")) {
                    tag("dt", text: "Time")
                    tag("dd") { second(entry.time) }
                    fact("Way", entry.way + (entry.isOutgoing ? ", our own mail" : ""))
                    fact("Queue id", entry.queueID ?? "")
                    fact("Message-ID", entry.messageID ?? "")
                    fact("Client", entry.client ?? "")
                    fact("HELO", entry.helo ?? "")
                    fact("Return path", entry.mailFrom.map { $0.isEmpty ? "<>" : $0 } ?? "")
                    fact("Author's domain", entry.from ?? "")
                    fact("Recipients' domains", entry.recipientDomains.joined(separator: ", "))
                    fact("Took", "\(entry.milliseconds) ms")
                }
            }
            card("Why") { written("Why it was judged so", detail.explanation) }
            card("Tried again") {
                tag("p", text: detail.replay)
                if !detail.steps.isEmpty {
                    tag("details", .classes("more")) {
                        tag("summary", text: "Each step, with the section that it obeys")
                        written("The steps", detail.steps)
                    }
                }
                tag("h3", text: "At your own desk")
                tag("ul") {
                    if detail.recordedDNS != nil {
                        tag("li") {
                            anchor(
                                Link("/messages", ["\(entry.id)", "dns.json"]), "The DNS answers that it was judged by")
                        }
                    }
                    if detail.header != nil {
                        tag("li") { anchor(Link("/messages", ["\(entry.id)", "header.eml"]), "Its header as it came") }
                    }
                }
                written("The command", detail.command)
                for omission in detail.omissions { tag("p", .classes("hint"), text: omission) }
            }
        }
        page.trail = [(Link("/messages"), "Messages")]
        return .page(page)
    }
}

extension MessageEntry {
    var badge: BadgeKind {
        switch disposition {
        case "accept", "accepted", "signed": .good
        case "reject", "rejected": .bad
        default: .warn
        }
    }

    /// Whether each of the words is somewhere in it.
    func has(_ words: [String]) -> Bool {
        let texts =
            [queueID, messageID, client, helo, mailFrom, from, disposition, reason].compactMap { $0?.lowercased() }
            + recipientDomains + results.map { "\($0.check) \($0.word)" }
        return words.allSatisfy { word in texts.contains { $0.contains(word) } }
    }
}

extension MessageEntry.Result {
    var badge: BadgeKind {
        switch word {
        case "pass": .good
        case "fail", "permerror", "policy": .bad
        case "softfail", "temperror": .warn
        default: .plain
        }
    }
}
