internal import DNS
public import MailBytes
internal import MailNames
public import Trace

extension Trace {
    /// The steps, each as an object; `check` names the standard they belong to.
    public func json(check: String) -> [JSONValue] {
        var values = steps.map { $0.json(check: check) }
        if omitted > 0 {
            values.append(["check": .string(check), "kind": "omitted", "steps": .integer(Int64(omitted))])
        }
        return values
    }
}

extension TraceStep {
    func json(check: String) -> JSONValue {
        var members = [
            JSONMember("check", .string(check)), JSONMember("depth", .integer(Int64(depth))),
            JSONMember("kind", .string(kind.word)),
        ]
        switch kind {
        case .asked(let question, let answer):
            members.append(JSONMember("name", .string(question.name.text)))
            members.append(JSONMember("type", .string("\(question.type)")))
            if let answer {
                members.append(JSONMember("status", .string("\(answer.status)")))
                members.append(JSONMember("dnssec", .string(answer.security.rawValue)))
                members.append(
                    JSONMember("answer", .array(answer.records.map { .string("\($0.type) \($0.data.presentation)") })))
            } else {
                members.append(JSONMember("status", "kept"))
            }
        case .compared(let agreed): members.append(JSONMember("agreed", .bool(agreed)))
        case .found, .decided, .limit: break
        }
        if !text.isEmpty { members.append(JSONMember("text", .string(text))) }
        if let citation { members.append(JSONMember("citation", .string(citation.description))) }
        return .object(members)
    }
}

extension TraceStep.Kind {
    /// The word that names the kind in JSON.
    var word: String {
        switch self {
        case .asked: "asked"
        case .found: "found"
        case .compared: "compared"
        case .decided: "decided"
        case .limit: "limit"
        }
    }
}
