/// What a page shows, before the frame is put round it.
struct Page: Sendable {
    /// The parts of the dashboard, in the order of the menu.
    enum Part: String, Sendable, CaseIterable {
        case overview, messages, reports, failures, tls, sent, state, accounts, account, none

        /// What the menu calls it; nil where it is not there.
        var title: String? {
            switch self {
            case .overview: "Overview"
            case .messages: "Messages"
            case .reports: "Reports"
            case .failures: "Failure samples"
            case .tls: "TLS"
            case .sent: "Sent reports"
            case .state: "Daemon"
            case .accounts: "Accounts"
            case .account, .none: nil
            }
        }

        var link: Link {
            switch self {
            case .overview, .none: Link("/")
            case .messages: Link("/messages")
            case .reports: Link("/reports")
            case .failures: Link("/failures")
            case .tls: Link("/tls")
            case .sent: Link("/sent")
            case .state: Link("/state")
            case .accounts: Link("/accounts")
            case .account: Link("/account")
            }
        }

        var need: Access.Need {
            switch self {
            case .state, .sent: .everything
            case .accounts: .management
            default: .account
            }
        }
    }

    var title: String
    var part: Part
    /// Above the title: where it belongs.
    var trail: [(link: Link, text: String)] = []
    /// Tabs below the title.
    var tabs: [(link: Link, text: String, isHere: Bool)] = []
    var status = 200
    /// The page that the browser is to ask for at once.
    var successor: Link?
    var content: HTML

    init(_ title: String, _ part: Part, status: Int = 200, @HTMLBuilder content: () -> HTML) {
        self.title = title
        self.part = part
        self.status = status
        self.content = content()
    }

    /// The whole document.
    ///
    /// - Parameters:
    ///   - access: whose page it is; nil for who has not logged in.
    ///   - csrf: proves that a form is of this page.
    func document(_ access: Access?, csrf: String, search: String = "") -> String {
        HTML.document(
            tag("html", Attribute("lang", "en")) {
                head
                tag("body", .classes(access == nil ? "alone" : "framed")) {
                    tag("a", .classes("skip"), Attribute("href", "#main"), text: "Skip to the content")
                    if let access { top(access, csrf, search) }
                    if let access { menu(access) }
                    if access == nil { doorSign }
                    tag("main", Attribute("id", "main"), Attribute("tabindex", "-1")) {
                        if !trail.isEmpty { crumbs }
                        tag("h1", text: title)
                        if !tabs.isEmpty { tabList }
                        content
                    }
                    tag("footer") {
                        tag("p", text: "Postseal. Times are in UTC.")
                    }
                }
            })
    }

    private var head: HTML {
        tag("head") {
            tag("meta", Attribute("charset", "utf-8"))
            tag("meta", .name("viewport"), Attribute("content", "width=device-width, initial-scale=1"))
            tag("meta", .name("color-scheme"), Attribute("content", "light dark"))
            tag("title", text: "\(title) · Postseal")
            if let successor {
                tag("meta", Attribute("http-equiv", "refresh"), Attribute("content", "0; url=\(successor.text)"))
            }
            tag("link", Attribute("rel", "stylesheet"), .href(Assets.style.link))
            tag("link", Attribute("rel", "icon"), .type("image/svg+xml"), .href(Assets.icon.link))
            tag("script", Attribute("src", Assets.script.link.text), Attribute("defer"))
        }
    }

    private func top(_ access: Access, _ csrf: String, _ search: String) -> HTML {
        tag("header", .classes("top")) {
            tag("a", .classes("brand"), .href(Link("/"))) {
                tag(
                    "img", Attribute("src", Assets.icon.link.text), Attribute("alt", ""), Attribute("width", "24"),
                    Attribute("height", "24"))
                "Postseal"
            }
            tag("form", .classes("search"), Attribute("action", "/search"), Attribute("role", "search")) {
                tag("label", .classes("hidden"), Attribute("for", "search"), text: "Search")
                tag(
                    "input", .type("search"), .id("search"), .name("q"), .value(search),
                    Attribute("placeholder", "Message, source, report, domain"), Attribute("maxlength", "500"))
                tag("button", .type("submit"), .classes("quiet-button"), text: "Search")
            }
            tag("div", .classes("who")) {
                anchor(Link("/account"), access.account, .classes("me"))
                tag("form", Attribute("method", "post"), Attribute("action", "/logout")) {
                    tag("input", .type("hidden"), .name("csrf"), .value(csrf))
                    tag("button", .type("submit"), .classes("quiet-button"), text: "Log out")
                }
            }
        }
    }

    private func menu(_ access: Access) -> HTML {
        tag("nav", .classes("menu"), .label("Main")) {
            tag("ul") {
                for part in Part.allCases where part.title != nil && access.meets(part.need) {
                    tag("li") {
                        if part == self.part {
                            anchor(part.link, part.title ?? "", Attribute("aria-current", "page"))
                        } else {
                            anchor(part.link, part.title ?? "")
                        }
                    }
                }
            }
        }
    }

    private var doorSign: HTML {
        tag("header", .classes("sign")) {
            tag(
                "img", Attribute("src", Assets.icon.link.text), Attribute("alt", ""), Attribute("width", "32"),
                Attribute("height", "32"))
            tag("span", text: "Postseal")
        }
    }

    private var crumbs: HTML {
        tag("nav", .classes("crumbs"), .label("Where you are")) {
            tag("ol") {
                for step in trail { tag("li") { anchor(step.link, step.text) } }
            }
        }
    }

    private var tabList: HTML {
        tag("nav", .classes("tabs"), .label("Of this domain")) {
            tag("ul") {
                for tab in tabs {
                    tag("li") {
                        if tab.isHere {
                            anchor(tab.link, tab.text, Attribute("aria-current", "page"))
                        } else {
                            anchor(tab.link, tab.text)
                        }
                    }
                }
            }
        }
    }
}
