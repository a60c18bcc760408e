extension MTASTSPolicy {
    /// The policy's lines without line ends: what a report about it quotes (RFC 8460 §4.4), too.
    public var lines: [String] {
        ["version: STSv1", "mode: \(mode.rawValue)"] + mxPatterns.map { "mx: \($0.text)" }
            + ["max_age: \(maxAgeSeconds)"]
    }

    /// The policy as it is served, each line with CR LF (RFC 8461 §3.2). ``notes`` are not printed.
    public var text: String { lines.map { $0 + "\r\n" }.joined() }
}

extension MTASTSPolicy: CustomStringConvertible {
    /// The policy on one line.
    public var description: String { lines.joined(separator: ", ") }
}
