import MailBytes
import Testing

@Suite struct JSONTests {
    private func parse(_ text: String) throws(JSONSyntaxError) -> JSONValue {
        try JSONValue(parsing: Array(text.utf8))
    }

    static let values: [(text: String, value: JSONValue)] = [
        ("null", .null), (" true\n", true), ("false", false), ("0", 0), ("-0", 0), ("-12", -12),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .double(9_223_372_036_854_775_808)), ("1.5", .double(1.5)), ("1e2", .double(100)),
        ("-1.25E-2", .double(-0.0125)), ("\"\"", ""), ("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "a\"\\/\u{8}\u{C}\n\r\t"),
        ("\"\\u00e9\\u20AC\"", "é€"), ("\"\\ud83d\\ude00\"", "😀"), ("\"é😀\u{7F}\"", "é😀\u{7F}"), ("[]", []),
        ("[1, [2], {}]", [1, [2], [:]]), ("{\"b\": 1, \"a\": {\"c\": null}}", ["b": 1, "a": ["c": nil]]),
    ]

    @Test(arguments: values)
    func `reads values`(_ example: (text: String, value: JSONValue)) throws {
        #expect(try parse(example.text) == example.value)
    }

    @Test(arguments: values)
    func `reads what it writes, on one line and on several`(_ example: (text: String, value: JSONValue)) throws {
        #expect(try parse(example.value.text) == example.value)
        #expect(try parse(example.value.indentedText) == example.value)
        #expect(!example.value.text.contains("\n"))
    }

    static let errors: [(text: String, problem: String, line: Int, column: Int)] = [
        ("", "expected a value, found the end", 1, 1),
        ("  ", "expected a value, found the end", 1, 3),
        ("[1,\n 2,]", "expected a value", 2, 4),
        ("[1 2]", "expected ',' or ']'", 1, 4),
        ("{\"a\" 1}", "expected ':'", 1, 6),
        ("{\"a\":1,}", "expected a member name in quotes", 1, 8),
        ("{a:1}", "expected a member name in quotes", 1, 2),
        ("{\"a\":1 \"b\":2}", "expected ',' or '}'", 1, 8),
        ("{\"a\":1,\r\n\"a\":2}", "member name used twice", 2, 1),
        (members(40, and: "m3"), "member name used twice", 1, 1 + members(40).utf8.count),
        (members(40, and: "m39"), "member name used twice", 1, 1 + members(40).utf8.count),
        ("1 2", "unexpected text behind the value", 1, 3),
        ("tru", "expected 'true'", 1, 1),
        ("nulll", "expected 'null'", 1, 1),
        ("01", "number with a leading zero", 1, 1),
        ("-", "expected a value", 1, 1),
        ("1.", "expected a digit", 1, 3),
        ("1e+", "expected a digit", 1, 4),
        ("1e999", "number out of range", 1, 1),
        ("+1", "expected a value", 1, 1),
        ("\"a", "string without an end", 1, 1),
        ("\"a\nb\"", "control character in a string", 1, 3),
        ("\"\\x\"", "unknown escape", 1, 2),
        ("\"\\u12\"", "bad \\u escape", 1, 2),
        ("\"\\ud800\"", "lone surrogate in a \\u escape", 1, 2),
        ("\"\\ud800\\ud800\"", "lone surrogate in a \\u escape", 1, 2),
        ("\"\\udc00\\ud800\"", "lone surrogate in a \\u escape", 1, 2),
        ("\u{FEFF}1", "expected a value", 1, 1),
        ("'a'", "expected a value", 1, 1),
    ]

    /// An object of members `m0`, `m1` and so on, and perhaps a further one, on one line.
    private static func members(_ count: Int, and name: String? = nil) -> String {
        let first = (0..<count).map { "\"m\($0)\":\($0)," }.joined()
        return "{" + first + (name.map { "\"\($0)\":0}" } ?? "")
    }

    @Test("objects of different lengths in turns keep all their members")
    func memberCounts() throws {
        let objects = [1, 40, 0, 3, 17, 16, 15, 2].map { count in
            JSONValue.object((0..<count).map { JSONMember("a name of some length \($0)", .integer(Int64($0))) })
        }
        #expect(try parse(JSONValue.array(objects).text) == .array(objects))
    }

    @Test("names that only Unicode calls equal keep their octets")
    func namesOfOtherOctets() throws {
        let text = "[{\"e\u{301}\":1},{\"\u{E9}\":2},{\"\u{E9}\":3,\"e\u{301}\":4}]"
        #expect(try parse(text).text.utf8.elementsEqual(text.utf8))
    }

    @Test(arguments: errors)
    func `says what is wrong and where`(_ example: (text: String, problem: String, line: Int, column: Int)) {
        #expect {
            try parse(example.text)
        } throws: { error in
            let error = error as? JSONSyntaxError
            return error?.problem == example.problem && error?.line == example.line && error?.column == example.column
        }
    }

    @Test func `refuses strings that are not UTF-8`() {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: [0x20, 0x22, 0xFF, 0x22]) }
        #expect(error?.description == "string is not UTF-8 at line 1, column 2")
        #expect(error?.offset == 1)
    }

    @Test func `stops at its limits`() throws {
        let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
        #expect(throws: JSONSyntaxError.self) { try parse("[" + deep + "]") }
        #expect(throws: Never.self) { try parse(deep) }
        #expect(throws: JSONSyntaxError.self) { try parse(String(repeating: "[", count: 1_000_000)) }
        #expect(throws: JSONSyntaxError.self) {
            try JSONValue(parsing: Array("[1,2,3]".utf8), limits: JSONLimits(values: 3))
        }
    }

    @Test func `writes text that is safe in one line and in a page`() {
        let value: JSONValue = ["k": "a\u{0}\u{1F}\u{7F}\u{85}\u{2028}é"]
        #expect(value.text == "{\"k\":\"a\\u0000\\u001f\\u007f\\u0085\\u2028é\"}")
        #expect(JSONValue.double(.infinity).text == "null")
        #expect(JSONValue.double(.nan).text == "null")
        #expect(
            (["a": [1, "x"], "b": [:]] as JSONValue).indentedText
                == "{\n  \"a\": [\n    1,\n    \"x\"\n  ],\n  \"b\": {}\n}")
    }

    @Test func `gives members and plain values`() {
        let value: JSONValue = ["s": "x", "n": 3, "b": true, "a": [1]]
        #expect(value["s"]?.stringValue == "x")
        #expect(value["n"]?.integerValue == 3)
        #expect(value["b"]?.boolValue == true)
        #expect(value["a"]?.arrayValue == [1])
        #expect(value["x"] == nil)
        #expect(value["s"]?.integerValue == nil)
        #expect(JSONValue("x" as String?) == "x")
        #expect(JSONValue(nil as String?) == .null)
        #expect(JSONValue(5 as Int?) == 5)
        #expect(JSONValue(nil as Int?) == .null)
    }
}
