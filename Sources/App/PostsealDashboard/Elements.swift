internal import MailBytes
internal import Rendering

/// A column of a table.
struct Column: Sendable {
    var title: StaticString
    /// Numbers stand on the right.
    var isNumber = false

    init(_ title: StaticString, isNumber: Bool = false) {
        self.title = title
        self.isNumber = isNumber
    }

    static func number(_ title: StaticString) -> Column { Column(title, isNumber: true) }
}

/// A table that can be scrolled where it is too wide, and whose rows stand one below the other on a telephone.
func table(
    _ label: String, _ columns: [Column], _ attributes: Attribute..., @HTMLBuilder rows: () -> HTML
) -> HTML {
    table(label, columns, attributes, rows: rows)
}

/// Likewise.
func table(
    _ label: String, _ columns: [Column], _ attributes: [Attribute], @HTMLBuilder rows: () -> HTML
) -> HTML {
    let body = HTML.element("tbody", attributes, rows())
    return tag("div", .classes("scroll"), Attribute("role", "region"), .label(label), Attribute("tabindex", "0")) {
        tag("table", .classes("stack")) {
            tag("caption", .classes("hidden"), text: label)
            tag("thead") {
                tag("tr") {
                    for column in columns {
                        tag(
                            "th", Attribute("scope", "col"), .classes(column.isNumber ? "n" : "t"),
                            text: "\(column.title)")
                    }
                }
            }
            body
        }
    }
}

/// A text as it is written, which can be scrolled where it is long: by the keyboard, too.
///
/// - Parameter label: what it is, as no other on the page is called.
func written(_ label: String, _ text: String) -> HTML {
    tag("pre", Attribute("role", "region"), .label(label), Attribute("tabindex", "0"), text: text)
}

/// A cell. On a telephone the title of its column stands before it.
func cell(_ title: StaticString, isNumber: Bool = false, @HTMLBuilder content: () -> HTML) -> HTML {
    tag("td", .classes(isNumber ? "n" : "t"), Attribute("data-label", "\(title)")) { tag("div", content: content) }
}

/// The cell that a row is known by.
func heading(_ title: StaticString, @HTMLBuilder content: () -> HTML) -> HTML {
    tag("th", Attribute("scope", "row"), Attribute("data-label", "\(title)")) { tag("div", content: content) }
}

/// A number in a cell.
func number(_ title: StaticString, _ value: Int) -> HTML { cell(title, isNumber: true) { value.grouped } }

/// A word that stands out.
func badge(_ kind: BadgeKind, _ text: String) -> HTML {
    // A word or two stay on one line; what is longer can be a stranger's, and breaks where it has to.
    let isShort = text.utf8.count <= 16 && text.utf8.allSatisfy { $0 < 0x80 }
    return tag("span", Attribute("class", "\(isShort ? "short " : "")badge \(kind)"), text: text)
}

/// How it stands out.
enum BadgeKind: Sendable {
    case good, warn, bad, plain
}

/// A part of a page with a heading.
func card(_ title: String, @HTMLBuilder content: () -> HTML) -> HTML {
    tag("section", .classes("card")) {
        tag("h2", text: title)
        content()
    }
}

/// A number with what it is.
func figure(_ title: StaticString, _ value: String, _ note: String = "") -> HTML {
    tag("div", .classes("figure")) {
        tag("dt", text: "\(title)")
        tag("dd") {
            tag("span", .classes("value"), text: value)
            if !note.isEmpty { tag("span", .classes("note"), text: note) }
        }
    }
}

/// A moment, to the minute in UTC.
func moment(_ time: UnixTime?) -> HTML {
    guard let time else { return tag("span", .classes("quiet"), text: "no date") }
    let text = time.rfc3339
    return tag("time", Attribute("datetime", text)) {
        String(text.prefix(16)).split(separator: "T").joined(separator: " ")
    }
}

/// A moment, to the second in UTC.
func second(_ time: UnixTime) -> HTML {
    let text = time.rfc3339
    return tag("time", Attribute("datetime", text)) {
        String(text.prefix(19)).split(separator: "T").joined(separator: " ")
    }
}

/// A day.
func day(_ time: UnixTime?) -> HTML {
    guard let time else { return tag("span", .classes("quiet"), text: "no date") }
    return tag("time", Attribute("datetime", time.day), text: time.day)
}

/// A field of a form with its label.
func field(
    _ title: StaticString, _ name: StaticString, type: StaticString = "text", value: String = "", hint: String = "",
    _ attributes: Attribute...
) -> HTML {
    let described = hint.isEmpty ? [] : [Attribute("aria-describedby", "hint-\(name)")]
    return tag("div", .classes("field")) {
        tag("label", Attribute("for", "field-\(name)"), text: "\(title)")
        HTML.element(
            "input",
            [.type(type), Attribute("id", "field-\(name)"), .name(name), .value(value)] + described + attributes, HTML()
        )
        if !hint.isEmpty { tag("p", .classes("hint"), Attribute("id", "hint-\(name)"), text: hint) }
    }
}

/// A choice of a form with its label.
func choice(
    _ title: StaticString, _ name: StaticString, _ options: [(value: String, text: String)], chosen: String
)
    -> HTML
{
    tag("div", .classes("field")) {
        tag("label", Attribute("for", "field-\(name)"), text: "\(title)")
        tag("select", Attribute("id", "field-\(name)"), .name(name)) {
            for option in options {
                HTML.element(
                    "option", [.value(option.value)] + (option.value == chosen ? [Attribute("selected")] : []),
                    HTML(option.text))
            }
        }
    }
}

/// How a number has changed, below it; nothing where that is not known.
func trendNote(_ trend: String?) -> HTML {
    guard let trend else { return HTML() }
    return tag("br") + tag("span", .classes("note"), text: trend)
}

/// What to say where there is nothing.
func nothing(_ text: String) -> HTML { tag("p", .classes("nothing"), text: text) }

/// A name or an address as it is written.
func code(_ text: String) -> HTML { tag("code", text: text) }
