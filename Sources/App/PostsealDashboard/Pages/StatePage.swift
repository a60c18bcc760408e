internal import Rendering

extension Dashboard {
    func statePage(_ visit: Visit) async throws -> Reply {
        let facts = sources.daemon?.facts
        let count = try await sessions.count()
        return .page(
            Page("Daemon", .state) {
                if let facts {
                    if facts.faults.isEmpty {
                        tag("p", .classes("done"), text: "Everything works.")
                    } else {
                        tag("div", .classes("alert"), Attribute("role", "alert")) {
                            tag("strong", text: "Not everything works")
                            tag("ul") { for fault in facts.faults { tag("li", text: fault) } }
                        }
                    }
                    tag("div", .classes("grid")) {
                        card("Counted since the start") { list(facts.figures) }
                        card("Configuration") { list(facts.settings) }
                    }
                } else {
                    nothing("The daemon does not say how it is.")
                }
                card("Dashboard") {
                    list([DaemonFacts.Fact("Sessions", count.grouped)])
                }
            })
    }

    private func list(_ facts: [DaemonFacts.Fact]) -> HTML {
        tag("dl", .classes("facts")) {
            for fact in facts {
                tag("dt", text: fact.name)
                tag("dd", text: fact.text)
            }
        }
    }
}
