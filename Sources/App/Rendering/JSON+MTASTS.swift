public import MTASTS
public import MailBytes

// The JSON of `postseal mta-sts`: members in a fixed order; an error has the place in place of the content.

extension MTASTSPolicy {
    /// `valid`, `mode`, `max_age`, `mx`, then what was ignored in reading.
    public var json: JSONValue {
        [
            "valid": true, "mode": .string(mode.rawValue), "max_age": .integer(Int64(maxAgeSeconds)),
            "mx": .array(mxPatterns.map { .string($0.text) }),
            "notes": .array(notes.map { .string($0.description) }),
        ]
    }
}

extension MTASTSRecord {
    /// `valid`, `id`.
    public var json: JSONValue { ["valid": true, "id": .string(id)] }
}

extension MTASTSSyntaxError {
    /// The members `error`, `line` and `column`, behind one that says that it is not well.
    public func json(_ verdict: String) -> JSONValue {
        [
            verdict: false, "error": .string(clause), "line": .integer(Int64(line)),
            "column": .integer(Int64(column)),
        ]
    }
}
