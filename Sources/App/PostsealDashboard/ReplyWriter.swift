internal import HTTPTypes
internal import MailBytes
internal import PostsealHTTP

/// Makes answers of replies, with everything that browsers are to keep to.
struct ReplyWriter {
    private let isSecure: Bool
    private let isProgram: Bool

    init(_ origin: Origin, isProgram: Bool) { self.init(isSecure: origin.isSecure, isProgram: isProgram) }

    init(isSecure: Bool, isProgram: Bool) {
        self.isSecure = isSecure
        self.isProgram = isProgram
    }

    /// Nothing but what this server has, no script and no style within a page, in nobody's frame.
    static let policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

    func write(_ asset: Assets) -> HTTPReply {
        var reply = HTTPReply(fields: fields(asset.type), body: asset.octets)
        reply.fields[.cacheControl] = "public, max-age=31536000, immutable"
        return reply
    }

    func write(_ reply: Reply, to visit: Visit?) -> HTTPReply {
        switch reply {
        case .page(let page):
            let text = page.document(visit?.access, csrf: visit?.csrf ?? "", search: visit?.query["q"] ?? "")
            return HTTPReply(status: page.status, fields: fields("text/html; charset=utf-8"), body: Array(text.utf8))
        case .json(let value): return json(200, value)
        case .writtenJSON(let octets): return HTTPReply(fields: fields("application/json"), body: octets)
        case .file(let name, let type, let octets): return file(name, type, octets)
        case .redirect(let link):
            var reply = HTTPReply(status: 303, fields: fields("text/plain; charset=utf-8"))
            reply.fields[.location] = link.text
            return reply
        case .problem(let status, let text): return problem(status, text, visit)
        case .login: return login(visit)
        case .wrongMethod(let allow):
            var reply = problem(405, "This is asked for by another method.", visit)
            reply.fields[.allow] = allow
            return reply
        case .cookies(let cookies, let inner):
            var reply = write(inner, to: visit)
            for cookie in cookies { reply.fields.append(HTTPField(name: .setCookie, value: cookie.text)) }
            return reply
        case .later(let seconds, let inner):
            var reply = write(inner, to: visit)
            reply.fields[.retryAfter] = String(seconds)
            return reply
        }
    }

    private func json(_ status: Int, _ value: JSONValue) -> HTTPReply {
        HTTPReply(status: status, fields: fields("application/json"), body: Array((value.text + "\n").utf8))
    }

    private func problem(_ status: Int, _ text: String, _ visit: Visit?) -> HTTPReply {
        if isProgram { return json(status, ["error": .string(text)]) }
        let title = Self.titles[status] ?? "This did not work"
        let page = Page(title, .none, status: status) {
            tag("p", text: text)
            if visit?.access != nil { tag("p") { anchor(Link("/"), "To the overview") } }
        }
        return write(.page(page), to: visit)
    }

    private static let titles = [
        400: "This can't be read", 403: "Not for this account", 404: "Nothing is here", 405: "Not like this",
        408: "That took too long", 409: "This can't be done", 413: "This is too much", 414: "This address is too long",
        429: "Too many tries", 503: "Not now",
    ]

    private func login(_ visit: Visit?) -> HTTPReply {
        if isProgram {
            var reply = json(401, ["error": "This needs a token: Authorization: Bearer …"])
            reply.fields[.wwwAuthenticate] = "Bearer"
            return reply
        }
        var next: String?
        if let call = visit?.call, call.method == .get || call.method == .head, call.path != "/" {
            next = call.path + (call.query.map { "?" + $0 } ?? "")
        }
        return write(.redirect(Link("/login", query: [("next", next)])), to: visit)
    }

    /// What strangers wrote is never shown by the browser, only kept.
    private func file(_ name: String, _ type: String, _ octets: [UInt8]) -> HTTPReply {
        var reply = HTTPReply(fields: fields(type), body: octets)
        reply.fields[.contentDisposition] = "attachment; filename=\"\(Self.fileName(name))\""
        if let sandbox = HTTPField.Name("Content-Security-Policy") {
            reply.fields[sandbox] = "default-src 'none'; sandbox; frame-ancestors 'none'"
        }
        return reply
    }

    /// Letters, digits and a few signs: nothing that leads elsewhere. Names of reports have `!` in them.
    static func fileName(_ text: String) -> String {
        let last = text.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? "file"
        let octets = last.utf8.prefix(100).map { octet -> UInt8 in
            switch octet {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "+"), UInt8(ascii: "!"):
                octet
            default: UInt8(ascii: "_")
            }
        }
        let name = String(decoding: octets, as: UTF8.self)
        return name.hasPrefix(".") || name.isEmpty ? "file" + name : name
    }

    private func fields(_ type: String) -> HTTPFields {
        var fields = HTTPFields()
        fields[.contentType] = type
        fields[.cacheControl] = "no-store"
        fields[.xContentTypeOptions] = "nosniff"
        let more = [
            ("Content-Security-Policy", Self.policy), ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
            ("X-Frame-Options", "DENY"), ("X-Robots-Tag", "noindex"),
            ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
        ]
        for (name, value) in more { if let name = HTTPField.Name(name) { fields[name] = value } }
        if isSecure, let name = HTTPField.Name("Strict-Transport-Security") {
            fields[name] = "max-age=31536000"
        }
        return fields
    }
}
