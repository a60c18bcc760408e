/// The cases of the corpus in which Postseal differs, each with its reason.
enum MIMEDecisions {
    static let reasons: [String: String] = {
        var reasons: [String: String] = [:]
        for (reason, cases) in decisions {
            for name in cases {
                precondition(reasons[name] == nil, "decided twice: \(name)")
                reasons[name] = reason
            }
        }
        return reasons
    }()

    /// Whether a case is of one of the field tables.
    static func isField(_ name: String) -> Bool {
        ["address", "content_type", "date", "id", "list", "received", "unstructured"].contains {
            name.hasPrefix($0 + " ")
        }
    }

    private static let decisions: [(reason: String, cases: [String])] = fields + received + messages

    private static let fields: [(String, [String])] = [
        (
            "a comment is no part of a name (RFC 5322 §3.2.2); it is shown where there is no name",
            ["address 8", "address 9", "address 10", "address 11", "address 22", "address 56"]
        ),
        ("a route, white space and comments are no part of an address (RFC 5322 §4.4)", ["address 13", "address 14"]),
        (
            "a field of RFC 2369 holds URIs and no addresses; read as addresses, a URI's scheme is in the local part",
            [
                "address 37", "address 38", "address 39", "address 40", "address 41", "address 43", "address 44",
                "address 45",
                "address 46", "address 47",
            ]
        ),
        (
            "the character set is not decoded: the encoded word stays as it is",
            [
                "address 28", "content_type 33", "content_type 36", "content_type 37", "list 4", "unstructured 7",
                "unstructured 13",
            ]
        ),
        (
            "a character set stands in the first piece alone (RFC 2231 §4.1); in others the text is text",
            ["content_type 31"]
        ),
        (
            "the pieces of a value are numbered without gaps (RFC 2231 §3); a name with other asterisks is a name",
            ["content_type 59", "content_type 61"]
        ),
        (
            "white space between encoded words is no text (RFC 2047 §6.2), also where they should not be",
            ["content_type 34"]
        ),
        ("not a date by any grammar of RFC 5322 §3.3 or §4.3", ["date 12"]),
        ("a whole Received field; the date in it is read by the reader of such fields", ["date 28"]),
        ("an unknown zone says nothing about the offset (RFC 5322 §4.3)", ["date 30"]),
        ("white space and comments are no part of an identifier (RFC 5322 §4.5.4)", ["id 6"]),
        (
            "unfolding takes the line break out and leaves the white space (RFC 5322 §2.2.3)",
            ["list 2", "unstructured 2", "unstructured 3", "unstructured 4", "unstructured 19"]
        ),
        (
            "nothing is put between an encoded word and what touches it (RFC 2047 §6.2 has no such space)",
            ["unstructured 21", "unstructured 22", "unstructured 27", "unstructured 28"]
        ),
    ]

    private static let received: [(String, [String])] = [
        (
            "the protocol is given as written, known to the registry or not (RFC 5321 §4.4, `Attdl-Protocol`)",
            [
                "received 0", "received 18", "received 19", "received 20", "received 21", "received 22", "received 23",
                "received 25", "received 31", "received 32", "received 33", "received 71", "received 94", "received 95",
                "received 98", "received 113", "received 121", "received 133", "received 136", "received 148",
                "received 149",
                "received 167", "received 170", "received 175", "received 176", "received 177",
            ]
        ),
        (
            "the identifier and the protocol are given whole (RFC 5321 §4.4)",
            ["received 28", "received 29", "received 30"]
        ),
        (
            "the published date does not exist, or is not the one that stands there",
            [
                "received 13", "received 89", "received 90", "received 117", "received 118", "received 119",
                "received 151",
            ]
        ),
        ("PST and PDT are eight and seven hours behind (RFC 5322 §4.3)", ["received 67"]),
        ("the name behind the user of RFC 1413 is the client's", ["received 50"]),
        (
            "the address behind the user of RFC 1413 is the client's",
            ["received 64", "received 86", "received 87", "received 97"]
        ),
        ("that address, and a date without a zone is in an unknown one (RFC 5322 §4.3)", ["received 116"]),
        ("`by alpha by uid 7791`: the first clause counts", ["received 123"]),
        ("the name is given as written", ["received 125"]),
        (
            "no clause stands behind the date (RFC 5321 §4.4); a year of two digits is of this century (RFC 5322 §4.3)",
            ["received 128"]
        ),
        ("`_ Tue` is the name of no day (RFC 5322 §3.3)", ["received 138"]),
        ("the seconds have a fraction", ["received 144"]),
        ("the recipient is given as written, with or without a domain", ["received 153"]),
        ("the protocol as written, and no date where there is only a time", ["received 157"]),
        (
            "a comment holds no clause (RFC 5322 §3.2.2)",
            ["received 161", "received 162", "received 165", "received 171"]
        ),
        ("a comment holds no clause (RFC 5322 §3.2.2); PDT is seven hours behind (§4.3)", ["received 163"]),
    ]

    private static func both(_ cases: String...) -> [String] { cases.flatMap { [$0, $0 + ".crlf"] } }

    private static let messages: [(String, [String])] = [
        (
            "the character set UTF-7 or UTF-16 is not decoded",
            both("legacy 001", "legacy 005", "legacy 034", "thirdparty 005")
        ),
        (
            "the body is taken out of uuencode, which the transfer encoding names",
            both("legacy 017", "legacy 026", "legacy 048")
        ),
        ("a boundary may have a colon (RFC 2046 §5.1.1)", both("malformed 000")),
        (
            "a line is a delimiter if it is `--boundary` and white space; a longer line is none, and has a defect",
            both("malformed 004", "malformed 007", "malformed 008")
        ),
        (
            "the delimiter of an outer multipart ends the inner one (RFC 2046 §5.1.2)",
            both("malformed 001", "malformed 009", "malformed 011", "malformed 012", "malformed 016")
        ),
        (
            "what stands behind a delimiter is a part, also where it is empty (RFC 2046 §5.1.1)",
            both("malformed 013", "malformed 014")
        ),
        ("a broken file: both readings lose nothing; a date that is none is none", both("malformed 019")),
        (
            "the first Content-Type counts and has the boundary that is used in the body",
            both("malformed 020", "malformed 021")
        ),
        ("a message without fields is a message whose body is its text (RFC 2046 §5.2.1)", both("malformed 022")),
        (
            "what is no base64 is decoded as far as it goes (RFC 2045 §6.8); a comment is no address (RFC 5322 §3.4)",
            both("rfc 000")
        ),
        ("a word alone is the local part of an address without domain (RFC 5322 §3.4.1)", both("rfc 001", "rfc 004")),
        ("a comment is no part of a name (RFC 5322 §3.2.2)", both("rfc 002")),
        (
            "RFC 2045 §6.4 forbids base64 here: the part has a defect and its message is read by a call of its own",
            both("rfc 008")
        ),
        ("base64 that breaks off is decoded as far as it goes (RFC 2045 §6.8)", both("thirdparty 002")),
        ("of two parameters with one name the first counts", both("thirdparty 010")),
        (
            "the delimiter of the outer multipart ends a message whose header ends there (RFC 2046 §5.1.2)",
            both("thirdparty 015")
        ),
    ]
}
