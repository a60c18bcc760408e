import DNS
import Foundation
import HTTPTypes
import MailBytes
import MailCrypto
import MailReports
import PostsealDashboard
import PostsealEngine
import PostsealHTTP
import PostsealReportIntake
import PostsealReports

/// A request as a browser or a program could send it: its first octet says whose it is, its lines are method, target,
/// the field of its cookies and one more, and what is behind them is the form. It is answered, and whoever may not see
/// a domain is never told of it.
let fuzzDashboardRequest: WaitingBody = { bytes in
    guard let first = bytes.first else { return }
    let lines = bytes.dropFirst().split(separator: 0x0A, maxSplits: 4, omittingEmptySubsequences: false)
    guard lines.count == 5 else { return }
    let isViewer = first & 1 == 1
    guard let reply = await FuzzDashboard.shared.answer(lines.map(Array.init), isViewer: isViewer) else { return }
    precondition((200...599).contains(reply.status) && reply.status != 500, "no answer")
    for field in reply.fields {
        precondition(field.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "a control character in a field")
    }
    let said = String(decoding: bytes, as: UTF8.self).lowercased()
    for mark in FuzzDashboard.secrets.prefix(isViewer ? 1 : 2)
    where !said.contains(mark) && !said.contains("%") && !said.contains("+") {
        precondition(
            reply.body.firstRange(of: Array("\(mark).example".utf8)) == nil, "told of what is not to be seen")
    }
}

/// A dashboard with reports about two domains; whose session it is sees one of them.
private actor FuzzDashboard {
    /// What the viewer does not see, and what only it sees.
    static let secrets = ["hidden", "visible"]
    static let shared = FuzzDashboard()
    private static let now = UnixTime(seconds: 1_795_608_000)

    private var made: (dashboard: Dashboard, cookie: String)?

    /// The dashboard and the viewer's cookie, made for the first request: requests come one behind the other.
    private func ready() async -> (dashboard: Dashboard, cookie: String)? {
        if let made { return made }
        let hash = PasswordHash(of: "correct horse", cost: PasswordHashCost(n: 16, r: 1, p: 1))
        let viewer = Account(
            name: "vera", role: .viewer, domains: ["visible.example"], password: hash, created: Self.now)
        var rules = Dashboard.Rules()
        rules.passwordCost = PasswordHashCost(n: 16, r: 1, p: 1)
        rules.lifeSeconds = .max / 4
        let arrivals = Self.secrets.map { name in
            ReportArrival(reading: Array(Self.report(name).utf8), name: "\(name).xml", received: Self.now)
        }
        guard let store = FuzzStore.make("dashboard"), (try? await store.take(arrivals)) != nil else { return nil }
        let dashboard = Dashboard(
            rules, accounts: AccountMemory(AccountList([viewer])), reports: store,
            sources: Dashboard.Sources(messages: FuzzMessages()), now: { Self.now })
        guard let cookie = await Self.logIn(dashboard) else { return nil }
        made = (dashboard, cookie)
        return made
    }

    private static func logIn(_ dashboard: Dashboard) async -> String? {
        guard let door = try? await dashboard.answer(HTTPCall(method: .get, path: "/login")) else { return nil }
        let page = String(decoding: door.body, as: UTF8.self)
        guard let range = page.firstRange(of: "name=\"csrf\" value=\""), let cookie = door.fields[.setCookie] else {
            return nil
        }
        let csrf = page[range.upperBound...].prefix { $0 != "\"" }
        var fields = HTTPFields()
        fields[.cookie] = String(cookie.prefix { $0 != ";" })
        fields[.contentType] = "application/x-www-form-urlencoded"
        let reply = try? await dashboard.answer(
            HTTPCall(
                method: .post, path: "/login", fields: fields,
                body: Array("csrf=\(csrf)&name=vera&password=correct+horse".utf8)))
        return reply?.fields[values: .setCookie].first.map { String($0.prefix { $0 != ";" }) }
    }

    func answer(_ lines: [[UInt8]], isViewer: Bool) async -> HTTPReply? {
        func text(_ line: [UInt8]) -> String { String(decoding: line, as: UTF8.self) }
        guard let method = HTTPRequest.Method(text(lines[0])) else { return nil }
        guard let (dashboard, cookie) = await ready() else { preconditionFailure("no dashboard") }
        let target = text(lines[1]).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var fields = HTTPFields()
        fields[.contentType] = "application/x-www-form-urlencoded"
        let more = text(lines[3]).split(separator: ":", maxSplits: 1)
        if more.count == 2, let name = HTTPField.Name(String(more[0])) { fields[name] = String(more[1]) }
        fields[.cookie] = text(lines[2])
        if isViewer { fields.append(HTTPField(name: .cookie, value: cookie)) }
        return try? await dashboard.answer(
            HTTPCall(
                method: method, path: target.first.map(String.init) ?? "/",
                query: target.count > 1 ? String(target[1]) : nil, fields: fields, body: lines[4]))
    }

    private static func report(_ name: String) -> String {
        """
        <feedback><report_metadata><org_name>r</org_name><email>r@r.example</email><report_id>\(name)</report_id>
        <date_range><begin>1795478400</begin><end>1795564799</end></date_range></report_metadata><policy_published>
        <domain>\(name).example</domain><p>none</p></policy_published><record><row><source_ip>192.0.2.1</source_ip>
        <count>9</count><policy_evaluated><disposition>none</disposition><dkim>fail</dkim><spf>fail</spf>
        </policy_evaluated></row><identifiers><header_from>\(name).example</header_from></identifiers><auth_results>
        <spf><domain>\(name).example</domain><result>fail</result></spf></auth_results></record></feedback>
        """
    }
}

/// One message to each of the domains.
private struct FuzzMessages: MessageSource {
    private var entries: [MessageEntry] {
        FuzzDashboard.secrets.enumerated().map { number, name in
            MessageEntry(
                id: UInt64(number + 1), time: UnixTime(seconds: 1_795_608_000), way: "milter", isOutgoing: false,
                queueID: name, messageID: "<\(name).example>", client: nil, helo: nil, mailFrom: nil, from: nil,
                recipientDomains: ["\(name).example"], disposition: "accept", reason: "it is", results: [],
                milliseconds: 1)
        }
    }

    func messages(count: Int, where isWanted: @Sendable (MessageEntry) -> Bool) -> [MessageEntry] {
        Array(entries.filter(isWanted).prefix(count))
    }

    func message(_ id: UInt64, naming isNamed: @Sendable (String?) -> Bool) async -> MessageDetail? {
        entries.first { $0.id == id }.map {
            MessageDetail(
                entry: $0, explanation: $0.recipientDomains.joined(), report: .null, steps: "", replay: "",
                recordedDNS: nil, header: nil, command: "", omissions: [])
        }
    }
}

/// Accounts as they are kept: what is read can be written and read again, and no name leads elsewhere.
let fuzzAccounts: PlainBody = { bytes in
    if let hash = PasswordHash(String(decoding: bytes, as: UTF8.self)) {
        precondition(PasswordHash(hash.stored) == hash, "another hash")
    }
    guard let value = try? JSONValue(parsing: bytes), let list = AccountList(value) else { return }
    precondition(list.accounts.count <= AccountList.countMax)
    for account in list.accounts {
        precondition(Account.isName(account.name) && account.tokens.count <= Account.tokensMax)
        precondition(account.domains.count <= Account.domainsMax)
        _ = list[account.name]
    }
    guard let again = AccountList(list.json) else { fatalError("cannot read what was written") }
    precondition(again == list, "other accounts")
}

/// What stands in rows of the store, as another version or another program could have left it.
let fuzzStoredForms: PlainBody = { bytes in
    let kept = StoredSource.octets(StoredSource.source(bytes))
    precondition(StoredSource.octets(StoredSource.source(kept)) == kept, "another source")
    precondition(kept.count <= 256, "too long for an index")
    let text = String(decoding: bytes, as: UTF8.self)
    let policy = StoredPolicy(stored: text)
    precondition(StoredPolicy(stored: policy.stored) == policy, "another policy")
    let form = StoredName.form(text)
    precondition(form.utf8.count <= 520 && !form.utf8.contains(0) && StoredName.form(form) == form, "another name")
    checkOriginal(bytes)
    // Most of what is random is no Base64: as lines of it, with something in front and behind.
    let encoded = Base64.encode(bytes)
    for (width, end) in [(40, "\n"), (76, "\r\n")] {
        var mail = Array("a: b".utf8) + Array((end + end).utf8)
        for start in stride(from: 0, to: encoded.count, by: width) {
            mail += encoded[start..<min(start + width, encoded.count)] + Array(end.utf8)
        }
        checkOriginal(mail + bytes)
    }
}

/// A file comes back as it was, and damaged ones are told.
private func checkOriginal(_ bytes: [UInt8]) {
    let packed = PackedOriginal(bytes)
    precondition(packed.octets.count <= bytes.count, "packing makes it larger")
    let unpacked = PackedOriginal.unpack(packed.octets, packed.packing.rawValue, length: Int64(bytes.count))
    precondition(unpacked == bytes, "another original")
    for packing: Int64 in 0...3 {
        for length in [0, 100, bytes.count * 2] { _ = PackedOriginal.unpack(bytes, packing, length: Int64(length)) }
    }
}

/// A mail as it comes to the mailbox for reports: who vouches for it is found, and its reports are stored or refused.
let fuzzReportMail: WaitingBody = { bytes in
    let reader = ReportMailReader(receivers: ["mx.example.org"], options: InspectionOptions())
    let origin = await reader.origin(
        of: bytes, resolver: FuzzReportMail.resolver, now: UnixTime(seconds: 1_795_608_000))
    guard let receiver = FuzzReportMail.receiver else { fatalError("no store") }
    switch await receiver.receive(bytes, from: origin) {
    case .done(let taking): precondition(taking.reports >= 0 && taking.refusals.count <= 10_000)
    case .failed(let error): precondition(error.problem == .full, "the store failed: \(error)")
    case .busy, .undecided, .tooLarge: break
    }
}

private enum FuzzReportMail {
    static let receiver = FuzzStore.make("mail").map { store in
        ReportReceiver(store: store, now: { UnixTime(seconds: 1_795_608_000) }) { _, _ in }
    }
    static let resolver = NoAnswers()
}

private struct NoAnswers: Resolver {
    func answer(_ question: DNSQuestion) async -> DNSAnswer { DNSAnswer(question: question, status: .nxDomain) }
}

/// A store of this process alone: its files have no names any more, and are gone with it.
private enum FuzzStore {
    static func make(_ name: String) -> SQLReportStore? {
        let path = FileManager.default.temporaryDirectory.appending(
            path: "postseal-fuzz-\(ProcessInfo.processInfo.processIdentifier)-\(name).db"
        ).path
        func remove() { for tail in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + tail) } }
        remove()
        defer { remove() }
        return try? SQLReportStore(path: path)
    }
}
