internal import MailBytes
internal import NIOHTTP1

/// What a response has to be.
struct HTTPSResponseRules {
    let options: HTTPSFetchOptions
    /// Whether something was handed over.
    let isUpload: Bool

    init(_ options: HTTPSFetchOptions, isUpload: Bool = false) {
        self.options = options
        self.isUpload = isUpload
    }

    /// What is wrong with a response, as far as its header tells.
    func failure(of head: HTTPResponseHead) -> HTTPSFetchFailure? {
        let code = Int(head.status.code)
        // RFC 8461 §3.3: redirects are not followed, and nothing but 200 is a policy.
        if (300..<400).contains(code) {
            return .redirect(code, location: head.headers.first(name: "Location").map(Self.shown))
        }
        // RFC 8460 §5.4: typically 200 or 201; a server that only keeps it for later says 202, and one that has nothing
        // to say 204.
        let isGood = isUpload ? (200..<300).contains(code) : code == 200
        guard isGood else { return .status(code) }
        // What else it says is of no use to anybody.
        if isUpload { return nil }
        // RFC 9110 §12.5.3: no coding was asked for, but a server may use one all the same.
        let codings = head.headers[canonicalForm: "Content-Encoding"]
        guard codings.allSatisfy({ $0.lowercased() == "identity" }) else { return .malformed("its body is encoded") }
        guard head.headers["Content-Type"].count <= 1 else { return .malformed("it has several media types") }
        let length = head.headers.first(name: "Content-Length").flatMap { Int($0) }
        return length ?? 0 > options.bodyOctetsMax ? .tooLong(.body) : nil
    }

    /// The most octets of a location that are kept.
    private static let shownOctetsMax = 512

    private static func shown(_ text: String) -> String {
        String(decoding: text.utf8.prefix(shownOctetsMax).map { $0.isVisible ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }

    /// The most octets of a media type.
    private static let mediaTypeOctetsMax = 127

    /// Type and subtype in small letters; nil where there is none (RFC 9110 §8.3.1).
    static func mediaType(_ fields: [String]) -> String? {
        guard let field = fields.first else { return nil }
        let octets = field.utf8.prefix { $0 != UInt8(ascii: ";") }
        let text = octets.map(\.asciiLowercased).split(whereSeparator: \.isWSP)
        guard text.count == 1, let name = text.first, name.count <= mediaTypeOctetsMax else { return nil }
        let parts = name.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isTokenOctet) }) else { return nil }
        return String(decoding: name, as: UTF8.self)
    }

    /// RFC 9110 §5.6.2.
    private static func isTokenOctet(_ octet: UInt8) -> Bool {
        octet.isAlphanumeric || "!#$%&'*+-.^_`|~".utf8.contains(octet)
    }
}
