/// A piece of a page. Text becomes one by escaping alone, and markup is made by ``tag(_:_:content:)`` alone: whatever
/// a stranger wrote can't be anything but text.
struct HTML: Sendable {
    /// What a browser reads.
    private(set) var markup: String

    private init(markup: String) { self.markup = markup }

    /// Nothing.
    init() { markup = "" }

    /// Text, as it is to be read.
    init(_ text: String) { markup = Self.escaped(text) }

    static func + (left: HTML, right: HTML) -> HTML { HTML(markup: left.markup + right.markup) }

    /// One after the other.
    init(_ parts: [HTML]) { markup = parts.reduce(into: "") { $0 += $1.markup } }

    /// Elements that have no content, and no end.
    private static let empty: Set<String> = ["meta", "link", "input", "br", "hr", "img"]

    /// An element. Its name, and those of attributes, are constants of the program.
    static func element(_ name: StaticString, _ attributes: [Attribute], _ content: HTML) -> HTML {
        let name = "\(name)"
        var markup = "<\(name)"
        for attribute in attributes {
            markup += " \(attribute.name)"
            if let value = attribute.value { markup += "=\"\(escaped(value))\"" }
        }
        markup += ">"
        if !empty.contains(name) { markup += content.markup + "</\(name)>" }
        return HTML(markup: markup)
    }

    /// A whole document.
    static func document(_ content: HTML) -> String { "<!DOCTYPE html>\n\(content.markup)\n" }

    /// Limit: marks of a character; no script in use has more.
    private static let marksMax = 4

    /// The text with everything replaced that means something in markup. What HTML has no place for becomes U+FFFD, and
    /// so do the controls that reorder what a person reads. Marks behind the first few of a character are left out:
    /// they would be painted over other rows.
    static func escaped(_ text: String) -> String {
        var output = ""
        output.unicodeScalars.reserveCapacity(text.unicodeScalars.count)
        var marks = 0
        for scalar in text.unicodeScalars {
            if scalar.isMark {
                marks += 1
                if marks > marksMax { continue }
            } else if !scalar.isUnseen {
                marks = 0
            }
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "'": output += "&#39;"
            case "\n", "\t": output.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}",
                "\u{200E}", "\u{200F}":
                output += "\u{FFFD}"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}

extension Unicode.Scalar {
    /// Whether it is painted onto the character before it.
    fileprivate var isMark: Bool {
        guard value >= 0x300 else { return false }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .spacingMark: return true
        default: return false
        }
    }

    /// Whether it takes no place, so that marks behind it are painted where those before it are.
    fileprivate var isUnseen: Bool {
        value >= 0x80 && (properties.isDefaultIgnorableCodePoint || properties.generalCategory == .format)
    }
}

/// An attribute of an element; without a value it is there or not.
struct Attribute: Sendable {
    let name: StaticString
    let value: String?

    init(_ name: StaticString, _ value: String? = nil) {
        self.name = name
        self.value = value
    }

    static func classes(_ names: StaticString) -> Attribute { Attribute("class", "\(names)") }
    static func id(_ id: StaticString) -> Attribute { Attribute("id", "\(id)") }
    static func href(_ link: Link) -> Attribute { Attribute("href", link.text) }
    static func label(_ text: String) -> Attribute { Attribute("aria-label", text) }
    static func name(_ name: StaticString) -> Attribute { Attribute("name", "\(name)") }
    static func value(_ value: String) -> Attribute { Attribute("value", value) }
    static func type(_ type: StaticString) -> Attribute { Attribute("type", "\(type)") }
}

/// The address of a page here. Its parts are percent-encoded, so that no text can lead elsewhere.
struct Link: Sendable, Hashable {
    let text: String

    /// - Parameters:
    ///   - path: such as `/reports`.
    ///   - parts: what comes behind it, each between slashes.
    ///   - query: what comes behind a question mark; those without a value are left out.
    init(_ path: StaticString, _ parts: [String] = [], query: [(StaticString, String?)] = []) {
        var text = "\(path)"
        for part in parts { text += "/" + Self.encoded(part) }
        let pairs = query.compactMap { name, value in value.map { "\(name)=\(Self.encoded($0))" } }
        if !pairs.isEmpty { text += "?" + pairs.joined(separator: "&") }
        self.text = text
    }

    /// A path of this server that was read from a request: nil where it could lead elsewhere.
    init?(returning path: String) {
        let bytes = Array(path.utf8)
        guard bytes.first == UInt8(ascii: "/"), bytes.count < 2 || bytes[1] != UInt8(ascii: "/"), bytes.count <= 2048,
            bytes.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") })
        else { return nil }
        text = path
    }

    /// A page of ours with a constant of the program behind it.
    private init(text: String) { self.text = text }

    /// - Parameter more: made of names and numbers alone.
    init(adding more: String, to link: Link) { self.init(text: link.text + more) }

    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    /// RFC 3986 §2.3: all but what is unreserved is encoded. A path of dots would be taken for a way upwards.
    static func encoded(_ text: String) -> String {
        let isDots = text == "." || text == ".."
        var output: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"):
                output.append(byte)
            case UInt8(ascii: ".") where !isDots: output.append(byte)
            default: output += [UInt8(ascii: "%"), hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}

/// Puts pieces of a page one behind the other.
@resultBuilder enum HTMLBuilder {
    static func buildExpression(_ html: HTML) -> HTML { html }
    static func buildExpression(_ text: String) -> HTML { HTML(text) }
    static func buildBlock(_ parts: HTML...) -> HTML { HTML(parts) }
    static func buildOptional(_ part: HTML?) -> HTML { part ?? HTML() }
    static func buildEither(first: HTML) -> HTML { first }
    static func buildEither(second: HTML) -> HTML { second }
    static func buildArray(_ parts: [HTML]) -> HTML { HTML(parts) }
}

/// An element with what is in it.
func tag(
    _ name: StaticString, _ attributes: Attribute..., @HTMLBuilder content: () -> HTML = { HTML() }
) -> HTML {
    HTML.element(name, attributes, content())
}

/// An element with a text alone.
func tag(_ name: StaticString, _ attributes: Attribute..., text: String) -> HTML {
    HTML.element(name, attributes, HTML(text))
}

/// A link.
func anchor(_ link: Link, _ text: String, _ attributes: Attribute...) -> HTML {
    HTML.element("a", [.href(link)] + attributes, HTML(text))
}
