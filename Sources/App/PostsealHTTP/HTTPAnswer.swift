internal import HTTPTypes
internal import HummingbirdCore
internal import MailBytes
internal import NIOCore
internal import PostsealObservability

/// What is answered to a request, before it is written.
struct HTTPAnswer: Sendable {
    var status: HTTPResponse.Status
    var contentType: String
    var body: ByteBuffer
    var more: [HTTPField] = []

    init(_ status: HTTPResponse.Status = .ok, contentType: String, text: String) {
        self.status = status
        self.contentType = contentType
        body = ByteBuffer(string: text)
    }

    init(_ status: HTTPResponse.Status = .ok, json: JSONValue) {
        self.init(status, contentType: Self.json, text: json.text + "\n")
    }

    static let json = "application/json"
    static let plain = "text/plain; charset=utf-8"

    /// RFC 9110 §6.6.1: a server that has a clock says when it answered.
    func response(date: String, isHead: Bool) -> Response {
        var fields = HTTPFields()
        fields[.contentType] = contentType
        fields[.contentLength] = String(body.readableBytes)
        fields[.date] = date
        // RFC 9110 §9.2: nothing here is the same twice, and a page of a browser must not guess what it is.
        fields[.cacheControl] = "no-store"
        fields[.xContentTypeOptions] = "nosniff"
        for field in more { fields.append(field) }
        return Response(status: status, headers: fields, body: isHead ? ResponseBody() : ResponseBody(byteBuffer: body))
    }
}

/// A request that the server refuses before anybody answers it, or because it did not come in as it has to.
public struct HTTPRefused: Hashable, Sendable {
    /// What is answered to it; nil for an object of JSON with the sentence.
    public typealias Page = @Sendable (HTTPRefused) -> HTTPReply?

    /// The status code.
    public var status: Int
    /// Why, as a clause that never holds what the client sent.
    public var text: String
    /// What was asked for; nil where that is not known.
    public var path: String?

    public init(status: Int, text: String, path: String?) {
        self.status = status
        self.text = text
        self.path = path
    }
}

/// Why a request is refused: a status, and a sentence that never holds what the client sent.
struct HTTPRefusal: Error, Hashable, Sendable {
    var status: Int
    var text: String
    var retryAfterSeconds: Int?
    var allow: String?

    init(_ status: Int, _ text: String, retryAfterSeconds: Int? = nil, allow: String? = nil) {
        self.status = status
        self.text = text
        self.retryAfterSeconds = retryAfterSeconds
        self.allow = allow
    }

    var json: JSONValue { ["error": .string(text)] }

    var answer: HTTPAnswer {
        var answer = HTTPAnswer(HTTPResponse.Status(code: status), json: json)
        answer.more = more
        return answer
    }

    /// What is said besides the sentence.
    var more: [HTTPField] {
        [
            retryAfterSeconds.map { HTTPField(name: .retryAfter, value: String($0)) },
            allow.map { HTTPField(name: .allow, value: $0) },
        ].compactMap(\.self)
    }

    /// The answer as a server makes it.
    ///
    /// - Parameter path: what was asked for, as far as that is known.
    func reply(_ page: HTTPRefused.Page, path: String?) -> HTTPReply {
        var reply =
            page(HTTPRefused(status: status, text: text, path: path))
            ?? HTTPReply(
                status: status,
                fields: [.contentType: HTTPAnswer.json, .cacheControl: "no-store", .xContentTypeOptions: "nosniff"],
                body: Array((json.text + "\n").utf8))
        for field in more { reply.fields[field.name] = field.value }
        return reply
    }

    static func tooLarge(max: Int) -> HTTPRefusal { HTTPRefusal(413, "the message is larger than \(max) octets") }
    static func bodyTooLarge(max: Int) -> HTTPRefusal { HTTPRefusal(413, "the body is larger than \(max) octets") }
    static let tooSlow = HTTPRefusal(408, "the request did not come in whole in time")
    static let broken = HTTPRefusal(400, "the request breaks the rules of HTTP")
    static let otherVersion = HTTPRefusal(505, "this server speaks HTTP/1.1")
    static let tooManyFields = HTTPRefusal(431, "the fields of the request are too large or too many")
    static func tooManyConnections(_ seconds: Int) -> HTTPRefusal {
        HTTPRefusal(503, "too many connections are open; try again later", retryAfterSeconds: seconds)
    }
    static func overload(_ seconds: Int) -> HTTPRefusal {
        HTTPRefusal(503, "too many messages are being checked; try again later", retryAfterSeconds: seconds)
    }
    static func notStored(_ seconds: Int) -> HTTPRefusal {
        HTTPRefusal(503, "the report can't be stored now; try again later", retryAfterSeconds: seconds)
    }
    static let unknownCoding = HTTPRefusal(
        415, "the body has a content coding other than gzip, or deflate in the format of zlib")
}
