internal import HTTPTypes
internal import MailBytes
internal import MailNames
internal import PostsealHTTP
internal import PostsealReports

/// A request with who sent it.
struct Visit: Sendable {
    let call: HTTPCall
    let origin: Origin
    let now: UnixTime
    var query = FormFields()
    var form = FormFields()
    /// What stands in the path in the places of names.
    var parameters: [String] = []
    /// Nil for who has not logged in.
    var access: Access?
    /// The secret of the cookie; nil for a program.
    var session: String?
    /// The secret of the cookie of the page for logging in.
    var door: String?
    /// What proves that a form is of one of our pages.
    var csrf = ""
    /// Whether JSON is wanted.
    var isProgram = false

    init(_ call: HTTPCall, _ origin: Origin, _ now: UnixTime) {
        self.call = call
        self.origin = origin
        self.now = now
    }

    /// RFC 6265 §5.2, §5.4: the values of a cookie.
    func cookie(_ name: String) -> String? {
        for field in call.fields[values: .cookie] {
            for pair in field.split(separator: ";") {
                let text = pair.drop { $0 == " " }
                if text.hasPrefix(name + "=") { return String(text.dropFirst(name.utf8.count + 1)) }
            }
        }
        return nil
    }

    /// Limit: how many of a list can be asked for at once.
    static let countMax = 1000
    /// How many of a list there are where nobody says.
    private static let countStandard = 100
    /// Limit: pages of a list.
    private static let pageMax = 100_000

    /// The numbers that a query can have, and what they can be.
    private static let numbers: [(name: String, range: ClosedRange<Int64>)] = [
        ("days", 1...Int64(ReportDays.countMax)), ("count", 1...Int64(countMax)), ("page", 1...Int64(pageMax)),
        ("before", 1...Int64.max),
    ]

    /// Throws where the query has a number that can't be, or what no field has. Names that nobody asks for are borne.
    func checkQuery() throws(Refusal) {
        // A field that is sent can have blanks; nothing else of what can't be seen is a word or a name.
        guard query.texts.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (9...13).contains($0) } })
        else {
            throw Refusal(400, "The query has control characters.")
        }
        for (name, range) in Self.numbers {
            guard let text = query.text(name), number(name, in: range) == nil else { continue }
            let end = range.upperBound == .max ? "1 or more" : "from 1 to \(range.upperBound)"
            throw Refusal(400, "\(name) is a whole number, \(end); '\(text.shortened(40))' is not.")
        }
    }

    private func number(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
        guard let text = query.text(name), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text).flatMap { range.contains($0) ? $0 : nil }
    }

    private func number(_ name: String) -> Int64? {
        Self.numbers.first { $0.name == name }.flatMap { number(name, in: $0.range) }
    }

    /// The days that are wanted.
    var period: ReportDays { ReportDays(number("days").map { Int($0) } ?? ReportDays.standard, until: now) }

    /// The periods that can be chosen, with the one that is.
    var periodChoices: [Int] { Set(ReportDays.choices + [period.count]).sorted() }

    /// A page of ours, for the days that were chosen.
    func keepingDays(_ link: Link) -> Link { query.text("days") == nil ? link : Link(link, days: period.count) }

    /// How many of a list are wanted.
    var count: Int { number("count").map { Int($0) } ?? Self.countStandard }

    /// Those behind which of a list are wanted.
    var before: Int64? { number("before") }

    /// The page of a list that is wanted; the first one is 1.
    var page: Int { number("page").map { Int($0) } ?? 1 }

    /// The domain that the query asks for, of those that are seen.
    func wantedDomain() throws(Refusal) -> String? {
        guard let text = query.text("domain") else { return nil }
        guard let name = try? DomainName(mailDomain: text) else {
            throw Refusal(400, "'\(text.shortened(100))' is no domain; write it as 'example.com'.")
        }
        guard access?.sees(name.text) == true else {
            throw Refusal(404, "There is no such domain, or it is not one of yours.")
        }
        return name.text
    }

    /// One of these words, in a field of the query.
    func wanted(_ name: String, of words: [String]) throws(Refusal) -> String? {
        guard let text = query.text(name) else { return nil }
        guard words.contains(text) else {
            throw Refusal(400, "\(name) is \(words.joined(separator: " or ")); '\(text.shortened(40))' is not.")
        }
        return text
    }
}

/// Why a visit is not answered as it asks: a status and a sentence.
struct Refusal: Error, Sendable, Hashable {
    var status: Int
    var text: String

    init(_ status: Int, _ text: String) {
        self.status = status
        self.text = text
    }
}

/// What is answered to a visit.
enum Reply: Sendable {
    case page(Page)
    case json(JSONValue)
    /// Likewise, written already.
    case writtenJSON([UInt8])
    /// A file to keep.
    case file(name: String, type: String, octets: [UInt8])
    case redirect(Link)
    case problem(Int, String)
    /// Who it is has to be known first.
    case login
    case wrongMethod(allow: String)
    /// Likewise, with cookies.
    indirect case cookies([Cookie], Reply)
    /// Too much was tried: again in so many seconds.
    indirect case later(Int64, Reply)
}

/// A cookie of ours. RFC 6265 §4.1; the prefix is of its successor: a browser takes it by TLS alone, for this host.
struct Cookie: Sendable {
    var name: String
    /// Nil to take it away.
    var value: String?
    var isSecure: Bool

    static func sessionName(isSecure: Bool) -> String { isSecure ? "__Host-postseal" : "postseal" }
    static func doorName(isSecure: Bool) -> String { isSecure ? "__Host-postseal-door" : "postseal-door" }

    var text: String {
        var text = "\(name)=\(value ?? ""); Path=/; HttpOnly; SameSite=Strict"
        if isSecure { text += "; Secure" }
        if value == nil { text += "; Max-Age=0" }
        return text
    }
}
