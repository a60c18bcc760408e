/// How much a message may be changed on its way: tag `c=`, RFC 6376 §3.4.
public struct DKIMCanonicalization: Hashable, Sendable {
    /// One of the two canonical forms (RFC 6376 §3.4).
    public enum Form: String, Hashable, Sendable, CaseIterable {
        /// Nothing may change; of the body, only empty lines at the end.
        case simple
        /// White space may change, lines of a field may be folded anew.
        case relaxed
    }

    /// The form of the header fields.
    public var header: Form
    /// The form of the body.
    public var body: Form

    public init(header: Form, body: Form) {
        self.header = header
        self.body = body
    }

    /// `relaxed/relaxed`, which survives what relays commonly do.
    public static let relaxed = DKIMCanonicalization(header: .relaxed, body: .relaxed)
    /// What holds where there is no `c=`.
    public static let simple = DKIMCanonicalization(header: .simple, body: .simple)

    /// Reads `relaxed/simple`; one word alone is for the header, and the body is simple then (RFC 6376 §3.5).
    /// Nil for anything else.
    public init?(text: String) { self.init(tagValue: Array(text.utf8)[...]) }

    /// As ``init(text:)``, from a tag's value without white space around it.
    public init?(tagValue: ArraySlice<UInt8>) {
        let slash = tagValue.firstIndex(of: UInt8(ascii: "/"))
        guard let header = Self.form(tagValue[..<(slash ?? tagValue.endIndex)]) else { return nil }
        self.header = header
        body = .simple
        if let slash {
            guard let body = Self.form(tagValue[(slash + 1)...]) else { return nil }
            self.body = body
        }
    }

    private static func form(_ word: ArraySlice<UInt8>) -> Form? {
        word.isWord("relaxed") ? .relaxed : word.isWord("simple") ? .simple : nil
    }

    /// `relaxed/simple`.
    public var text: String { "\(header.rawValue)/\(body.rawValue)" }
}
