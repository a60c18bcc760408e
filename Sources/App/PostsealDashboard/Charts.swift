internal import MailBytes
internal import PostsealReports
internal import Rendering

/// Pictures of numbers, as SVG in the page: they need no script, and beside each stands what it shows in words or a
/// table.
enum Charts {
    /// A line of days, for a row of a table. What it says stands beside it, so that it is silent for screen readers.
    static func sparkline(_ all: [Int]) -> HTML {
        // Of today nobody has reported yet.
        let days = all.last == 0 ? all.dropLast() : all[...]
        let values = days.count > pointsMax ? weeks(days) : Array(days)
        let (width, height) = (120.0, 28.0)
        let top = Double(max(values.max() ?? 0, 1))
        let step = width / Double(max(values.count - 1, 1))
        let points = values.enumerated().map { index, value in
            "\(digits(Double(index) * step)),\(digits(height - 2 - Double(value) / top * (height - 4)))"
        }.joined(separator: " ")
        return tag(
            "svg", .classes("spark"), Attribute("viewBox", "0 0 120 28"), Attribute("preserveAspectRatio", "none"),
            Attribute("aria-hidden", "true"), Attribute("focusable", "false")
        ) {
            tag("polyline", Attribute("points", points), .classes("line"))
        }
    }

    /// Limit: points of a line for a row of a table, which is hardly wider.
    private static let pointsMax = 100

    /// The sums of whole weeks, the last of which ends with the last day.
    private static func weeks(_ days: ArraySlice<Int>) -> [Int] {
        stride(from: days.startIndex + days.count % 7, to: days.endIndex, by: 7).map { start in
            days[start..<start + 7].reduce(0) { $0.addingUpToMax($1) }
        }
    }

    /// Columns of days: what passed below, what failed on top of it.
    static func columns(_ figures: DomainFigures) -> HTML {
        let days = figures.days
        let (width, height, left, bottom) = (760.0, 200.0, 0.0, 26.0)
        let top = Double(max(days.map(\.all).max() ?? 0, 1))
        let step = (width - left) / Double(max(days.count, 1))
        let bar = max(step * 0.72, 0.6)
        func y(_ value: Int) -> Double { (height - bottom) * (1 - Double(value) / top) }
        let title =
            "Messages by day: \(figures.summary.alignedMessages.grouped) passed, "
            + "\((figures.summary.messages - figures.summary.alignedMessages).grouped) failed. The most on a day were "
            + "\((days.map(\.all).max() ?? 0).grouped)."
        return tag("figure", .classes("chart")) {
            tag(
                // With room above the columns for what the highest of them is.
                "svg", Attribute("viewBox", "0 -28 760 228"), Attribute("role", "img"), .label(title)
            ) {
                for part in [0.25, 0.5, 0.75, 1.0] {
                    rule(at: (height - bottom) * (1 - part), width)
                }
                rule(at: height - bottom, width, isBase: true)
                for (index, day) in days.enumerated() where day.all > 0 {
                    let x = left + Double(index) * step + (step - bar) / 2
                    rectangle("pass", x, y(day.pass), bar, height - bottom - y(day.pass))
                    rectangle("fail", x, y(day.all), bar, y(day.pass) - y(day.all))
                }
                label(figures.period.begin.day, at: 0, height - 5, "start")
                label(figures.period.end.adding(seconds: -1).day, at: width, height - 5, "end")
                label("\(Int(top).grouped)", at: 0, -7, "start")
            }
            tag("figcaption") {
                tag("span", .classes("key pass"), text: "passed DMARC")
                tag("span", .classes("key fail"), text: "failed")
            }
        }
    }

    /// The table of the same days, folded away.
    static func table(_ figures: DomainFigures) -> HTML {
        tag("details", .classes("more")) {
            tag("summary", text: "The same as a table")
            tag(
                "div", .classes("scroll"), Attribute("tabindex", "0"), Attribute("role", "region"),
                .label("Messages by day")
            ) {
                tag("table") {
                    tag("thead") {
                        tag("tr") {
                            tag("th", Attribute("scope", "col"), text: "Day")
                            tag("th", Attribute("scope", "col"), .classes("n"), text: "Passed")
                            tag("th", Attribute("scope", "col"), .classes("n"), text: "Failed")
                        }
                    }
                    tag("tbody") {
                        for (index, day) in figures.days.enumerated() {
                            tag("tr") {
                                tag("th", Attribute("scope", "row")) {
                                    figures.period.begin.adding(seconds: 86_400 * Int64(index)).day
                                }
                                tag("td", .classes("n"), text: day.pass.grouped)
                                tag("td", .classes("n"), text: day.fail.grouped)
                            }
                        }
                    }
                }
            }
        }
    }

    /// A share as a bar.
    static func share(_ part: Int, of whole: Int) -> HTML {
        let width = whole > 0 ? Double(part) / Double(whole) * 100 : 0
        return tag(
            "svg", .classes("share"), Attribute("viewBox", "0 0 100 6"), Attribute("preserveAspectRatio", "none"),
            Attribute("aria-hidden", "true"), Attribute("focusable", "false")
        ) {
            rectangle(whole > 0 ? "fail" : "none", 0, 0, 100, 6)
            rectangle("pass", 0, 0, width, 6)
        }
    }

    private static func rule(at y: Double, _ width: Double, isBase: Bool = false) -> HTML {
        tag(
            "line", .classes(isBase ? "base" : "rule"), Attribute("x1", "0"), Attribute("x2", digits(width)),
            Attribute("y1", digits(y)), Attribute("y2", digits(y)))
    }

    private static func rectangle(
        _ kind: StaticString, _ x: Double, _ y: Double, _ width: Double, _ height: Double
    ) -> HTML {
        tag(
            "rect", .classes(kind), Attribute("x", digits(x)), Attribute("y", digits(y)),
            Attribute("width", digits(width)), Attribute("height", digits(max(height, 0))))
    }

    private static func label(_ text: String, at x: Double, _ y: Double, _ anchor: String) -> HTML {
        tag("text", Attribute("x", digits(x)), Attribute("y", digits(y)), Attribute("text-anchor", anchor), text: text)
    }

    /// With one digit behind the point.
    private static func digits(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }
}
