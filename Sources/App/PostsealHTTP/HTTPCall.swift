public import HTTPTypes
internal import HummingbirdCore
public import MailNames
internal import NIOCore

/// A request, as it came in: its fields are there, its body is read when it is asked for.
public struct HTTPCall: Sendable {
    /// Such as `GET`.
    public var method: HTTPRequest.Method
    /// The path, as it was sent: nothing of it is decoded.
    public var path: String
    /// What stands behind the question mark, likewise; nil without one.
    public var query: String?
    /// The header fields.
    public var fields: HTTPFields
    /// What it says in Host; empty without it.
    public var host: String
    /// Who sent it; nil where it came through a socket in the file system.
    public var peer: IPAddress?
    /// Whether it came by TLS.
    public var isSecure: Bool
    private let content: Content

    private enum Content: Sendable {
        case octets([UInt8])
        case stream(RequestBody)
    }

    /// A request that is made up.
    public init(
        method: HTTPRequest.Method, path: String, query: String? = nil, fields: HTTPFields = HTTPFields(),
        host: String = "localhost", peer: IPAddress? = nil, isSecure: Bool = false, body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.fields = fields
        self.host = host
        self.peer = peer
        self.isSecure = isSecure
        content = .octets(body)
    }

    init(_ request: Request, peer: IPAddress?, isSecure: Bool) {
        method = request.method
        let target = HTTPTarget(request.head.path ?? "/")
        path = String(target.path)
        query = target.query.map { String(Substring($0)) }
        fields = request.headers
        host = request.head.authority ?? ""
        self.peer = peer
        self.isSecure = isSecure
        content = .stream(request.body)
    }

    /// Reads the body.
    ///
    /// - Throws: where it is longer, comes too slowly, or does not come; the server knows what to answer then.
    public func body(octetsMax: Int) async throws -> [UInt8] {
        let stream: RequestBody
        switch content {
        case .octets(let octets):
            guard octets.count <= octetsMax else { throw HTTPRefusal.bodyTooLarge(max: octetsMax) }
            return octets
        case .stream(let body): stream = body
        }
        // RFC 9110 §10.1.1: who only announces a body that is too large is told so at once.
        if let length = fields[.contentLength].flatMap({ Int($0) }), length > octetsMax {
            throw HTTPRefusal.bodyTooLarge(max: octetsMax)
        }
        var octets: [UInt8] = []
        for try await buffer in stream {
            octets += buffer.readableBytesView
            guard octets.count <= octetsMax else { throw HTTPRefusal.bodyTooLarge(max: octetsMax) }
        }
        return octets
    }
}

/// What is answered.
public struct HTTPReply: Sendable {
    /// The status code.
    public var status: Int
    /// All fields but those of the framing and the date.
    public var fields: HTTPFields
    /// What HEAD is not given.
    public var body: [UInt8]

    public init(status: Int = 200, fields: HTTPFields = HTTPFields(), body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    func response(date: String, isHead: Bool) -> Response {
        var fields = fields
        // RFC 9110 §8.6: there is no length where there can be no content.
        if status != 204, status != 304 { fields[.contentLength] = String(body.count) }
        fields[.date] = date
        let content = isHead ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        return Response(status: HTTPResponse.Status(code: status), headers: fields, body: content)
    }
}

/// The target of a request: its path and its query. RFC 9112 §3.2.2: the absolute form is taken too.
struct HTTPTarget {
    var path: Substring
    var query: Substring.UTF8View?

    init(_ text: String) {
        var rest = text[...]
        if !rest.hasPrefix("/"), let scheme = rest.firstRange(of: "://") {
            let authority = rest[scheme.upperBound...]
            rest = authority.firstIndex(of: "/").map { authority[$0...] } ?? "/"
        }
        guard let mark = rest.utf8.firstIndex(of: UInt8(ascii: "?")) else {
            path = rest
            return
        }
        path = rest[..<mark]
        query = rest[rest.utf8.index(after: mark)...].utf8
    }
}
