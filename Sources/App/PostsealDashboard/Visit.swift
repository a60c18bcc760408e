internal import HTTPTypes
internal import MailBytes
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

    /// The days that are wanted.
    var period: ReportDays {
        let count = Int(query["days"]).flatMap { (1...1100).contains($0) ? $0 : nil }
        return ReportDays(count ?? ReportDays.standard, until: now)
    }

    /// How many are wanted.
    func count(_ standard: Int, max: Int) -> Int {
        Int(query["count"]).map { Swift.min(Swift.max($0, 1), max) } ?? standard
    }
}

/// What is answered to a visit.
enum Reply: Sendable {
    case page(Page)
    case json(JSONValue)
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
