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
        if let retryAfterSeconds { answer.more.append(HTTPField(name: .retryAfter, value: String(retryAfterSeconds))) }
        if let allow { answer.more.append(HTTPField(name: .allow, value: allow)) }
        return answer
    }

    static func tooLarge(max: Int) -> HTTPRefusal { HTTPRefusal(413, "the message is larger than \(max) octets") }
    static func bodyTooLarge(max: Int) -> HTTPRefusal { HTTPRefusal(413, "the body is larger than \(max) octets") }
    static let tooSlow = HTTPRefusal(408, "the request did not come in whole in time")
    static let broken = HTTPRefusal(400, "the request breaks the rules of HTTP")
    static let otherVersion = HTTPRefusal(505, "this server speaks HTTP/1.1")
    static let tooManyFields = HTTPRefusal(431, "the fields of the request are too large or too many")
    static func overload(_ seconds: Int) -> HTTPRefusal {
        HTTPRefusal(503, "too many messages are being checked; try again later", retryAfterSeconds: seconds)
    }
}
