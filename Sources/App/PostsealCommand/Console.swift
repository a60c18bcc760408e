internal import FoundationEssentials
internal import Glibc
internal import Synchronization

/// Standard output and standard error.
enum Console {
    private static let lock = Mutex(())

    /// Whether standard output is a terminal.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether progress may be shown: standard error is a terminal and standard output does not share the screen.
    static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 }

    /// Whether colours are wanted: a terminal, and NO_COLOR is not set.
    static var hasColours: Bool {
        isTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
            && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// Writes a line for a person. Control characters, which could command a terminal, become `?`.
    static func print(_ line: String) { write(Array((harmless(line) + "\n").utf8), to: STDOUT_FILENO) }

    /// Writes octets as they are.
    static func write(_ octets: [UInt8]) { write(octets, to: STDOUT_FILENO) }

    /// Writes a line to standard error, with the program's name in front.
    static func complain(_ sentence: String) {
        write(Array("postseal: \(harmless(sentence))\n".utf8), to: STDERR_FILENO)
    }

    /// Writes a question to standard error, without a line end.
    static func ask(_ prompt: String) { write(Array(harmless(prompt).utf8), to: STDERR_FILENO) }

    /// Writes a line to standard error as it is, for programs that look for a file and a line in it.
    static func report(_ line: String) { write(Array("\(harmless(line))\n".utf8), to: STDERR_FILENO) }

    /// Writes over the progress line of the terminal; an empty text clears it.
    static func progress(_ text: String) {
        write(Array("\r\u{1B}[K\(harmless(text))".utf8), to: STDERR_FILENO)
    }

    static func exit(_ verdict: Verdict) -> Never { Glibc.exit(verdict.rawValue) }

    private static func write(_ octets: [UInt8], to descriptor: Int32) {
        let failure = lock.withLock { _ in writeAll(octets, to: descriptor) }
        // Of standard error nothing can be said anywhere.
        guard failure != 0, descriptor == STDOUT_FILENO else { return }
        // Whoever reads has gone: that is no failure of ours, and nothing is left to say.
        if failure == EPIPE { exit(.good) }
        // Half a message must not pass for a signed one.
        complain("cannot write standard output: \(String(cString: strerror(failure)).lowercasedFirst)")
        exit(.unknown)
    }

    /// The error number, or 0 if everything was written.
    private static func writeAll(_ octets: [UInt8], to descriptor: Int32) -> Int32 {
        var rest = octets[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return written < 0 ? errno : EIO }
            rest = rest.dropFirst(written)
        }
        return 0
    }

    /// The text with control characters replaced, but for line feed and tab, and the colour codes used here.
    private static func harmless(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { isDangerous($0) }) else { return text }
        var output = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { output.append(isDangerous(scalar) ? "?" : scalar) }
        return String(output)
    }

    private static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\n", "\t": false
        case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}": true
        // Bidirectional controls reorder what a person reads.
        case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}", "\u{200E}", "\u{200F}": true
        default: false
        }
    }
}
