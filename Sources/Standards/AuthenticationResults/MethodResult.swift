/// What one authentication method found: `dkim=pass header.d=example.org` (`resinfo` of RFC 8601 §2.2).
///
/// ``method``, ``result``, and the types and names of the properties are keywords (letters, digits, hyphens); they
/// are read and printed in lower case. Everything else may hold any octets: printing quotes what needs it.
public struct MethodResult: Hashable, Sendable {
    /// `spf`, `dkim`, `dmarc`, …
    public var method: String
    /// The version of the method; 1 where the field has none. A result with another is best ignored
    /// (RFC 8601 §2.6).
    public var methodVersion: Int
    /// `pass`, `fail`, `none`, …
    public var result: String
    /// The text of `reason=`.
    public var reason: String?
    /// A remark for people: the comment right behind the result. It has no meaning for programs (RFC 8601 §2.1 reads
    /// fields without their comments); comments elsewhere are passed over.
    public var comment: String?
    /// The properties of the message that were looked at, in their order.
    public var properties: [Property]

    public init(
        method: String, methodVersion: Int = 1, result: String, reason: String? = nil, comment: String? = nil,
        properties: [Property] = []
    ) {
        self.method = method
        self.methodVersion = methodVersion
        self.result = result
        self.reason = reason
        self.comment = comment
        self.properties = properties
    }

    /// The value of the first property of this type and name.
    public func value(_ type: PropertyType, _ name: String) -> [UInt8]? {
        properties.first { $0.type == type && $0.name == name }?.value
    }

    /// As ``value(_:_:)``, as text; octets that are not UTF-8 become U+FFFD.
    public func text(_ type: PropertyType, _ name: String) -> String? {
        value(type, name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// One `ptype.property=value` (`propspec` of RFC 8601 §2.2).
    public struct Property: Hashable, Sendable {
        public var type: PropertyType
        /// `mailfrom`, `d`, …
        public var name: String
        /// The value's octets without the quotes it may have had. A mail address whose local part needs quotes
        /// keeps them: `"a b"@example.org`.
        public var value: [UInt8]

        public init(_ type: PropertyType, _ name: String, _ value: [UInt8]) {
            self.type = type
            self.name = name
            self.value = value
        }

        /// A property with the value's UTF-8.
        public init(_ type: PropertyType, _ name: String, _ value: String) {
            self.init(type, name, Array(value.utf8))
        }
    }

    /// Where a property was taken from (`ptype` of RFC 8601 §2.3), in lower case.
    public struct PropertyType: Hashable, Sendable, CustomStringConvertible {
        /// The type as it is written, in small letters.
        public let text: String

        /// Parameters of SMTP commands.
        public static let smtp = PropertyType("smtp")
        /// Header fields, or tags of a signature field.
        public static let header = PropertyType("header")
        /// What was in the body.
        public static let body = PropertyType("body")
        /// What a local policy made of it.
        public static let policy = PropertyType("policy")
        /// Results of a DNS look-up (RFC 8904).
        public static let dns = PropertyType("dns")

        /// A type by its name, in any case.
        public init(_ text: String) { self.text = text.lowercased() }

        /// Whether the type is in IANA's registry. Properties of other types are read, but must not lead to any
        /// decision (RFC 8601 §2.3).
        public var isRegistered: Bool {
            self == .smtp || self == .header || self == .body || self == .policy || self == .dns
        }

        public var description: String { text }
    }
}
