public import MailBytes

/// The media type of a message or part: RFC 2045 §5.
public struct ContentType: Hashable, Sendable {
    /// In lower case: `text`.
    public var type: String
    /// In lower case: `plain`. Empty where there is none.
    public var subtype: String
    public var parameters: [HeaderParameter]
    public var defects: Set<ParameterDefect>

    public init(type: String, subtype: String, parameters: [HeaderParameter] = [], defects: Set<ParameterDefect> = []) {
        self.type = type
        self.subtype = subtype
        self.parameters = parameters
        self.defects = defects
    }

    /// RFC 2045 §5.2: what a part is that says nothing.
    public static let plainText = ContentType(type: "text", subtype: "plain")
    /// RFC 2046 §5.1.5: what a part of a digest is that says nothing.
    public static let message = ContentType(type: "message", subtype: "rfc822")

    /// Reads the value of a Content-Type field; nil where it names no type.
    public init?(parsing value: ArraySlice<UInt8>, limits: ParameterLimits = ParameterLimits()) {
        self.init(ByteCursor(Array(value)), limits: limits)
    }

    /// As ``init(parsing:limits:)``, over part of a message.
    public init?(_ cursor: ByteCursor, limits: ParameterLimits = ParameterLimits()) {
        let value = ParameterizedValue(cursor, limits: limits)
        let parts = value.head.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let type = parts.first, !type.isEmpty else { return nil }
        self.init(
            type: String(lossy: Array(type).asciiLowercased),
            subtype: parts.count > 1 ? String(lossy: Array(parts[1]).asciiLowercased) : "",
            parameters: value.parameters, defects: value.defects)
    }

    /// The first parameter of this name, which is in lower case.
    public func parameter(_ name: String) -> HeaderParameter? { parameters.first { $0.name == name } }

    /// `text/plain`.
    public var mediaType: String { subtype.isEmpty ? type : type + "/" + subtype }

    public var isMultipart: Bool { type == "multipart" }

    /// A part whose body is a whole message: RFC 2046 §5.2.1, RFC 6532 §3.7.
    public var isMessage: Bool { type == "message" && (subtype == "rfc822" || subtype == "global") }

    /// The boundary of a multipart; nil where there is none that could be one.
    public var boundary: [UInt8]? {
        guard isMultipart, let octets = parameter("boundary")?.octets else { return nil }
        // RFC 2046 §5.1.1: no white space at the end; it is lost on the way.
        var end = octets.count
        while end > 0, octets[end - 1].isWSP { end -= 1 }
        return end == 0 ? nil : Array(octets[..<end])
    }

    /// The character set of a text; RFC 2046 §4.1.2 has ASCII where nothing is said.
    public var charset: Charset { parameter("charset").map { Charset(label: $0.octets) } ?? .ascii }
}

/// How a part is to be shown: RFC 2183.
public struct ContentDisposition: Hashable, Sendable {
    /// In lower case: `inline`, `attachment`.
    public var kind: String
    public var parameters: [HeaderParameter]
    public var defects: Set<ParameterDefect>

    public init(kind: String, parameters: [HeaderParameter] = [], defects: Set<ParameterDefect> = []) {
        self.kind = kind
        self.parameters = parameters
        self.defects = defects
    }

    /// Reads the value of a Content-Disposition field; nil where it names no kind.
    public init?(parsing value: ArraySlice<UInt8>, limits: ParameterLimits = ParameterLimits()) {
        self.init(ByteCursor(Array(value)), limits: limits)
    }

    /// As ``init(parsing:limits:)``, over part of a message.
    public init?(_ cursor: ByteCursor, limits: ParameterLimits = ParameterLimits()) {
        let value = ParameterizedValue(cursor, limits: limits)
        guard !value.head.isEmpty else { return nil }
        self.init(kind: String(lossy: value.head.asciiLowercased), parameters: value.parameters, defects: value.defects)
    }

    public func parameter(_ name: String) -> HeaderParameter? { parameters.first { $0.name == name } }

    /// The name that the sender gives the file. It may hold anything: path separators, dots, controls.
    public var fileName: String? { parameter("filename")?.value }
}
