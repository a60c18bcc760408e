/// What could trap on hostile input, or escape the structure of tasks, below the App floor.
enum TrapCheck {
    /// Places where `@unchecked Sendable` and `nonisolated(unsafe)` stand, and why they are right.
    static let unchecked: [String: String] = [
        "Sources/Base/MailCrypto/LibcryptoKey.swift":
            "the pointer is to a key that is only read, which libcrypto allows from many threads",
        "Sources/Base/Certificates/LibcryptoCertificate.swift":
            "the pointer is to a certificate that is only read; libcrypto guards its caches in it by a lock",
        "Sources/Base/Certificates/LibcryptoStore.swift":
            "the pointer is to a store of certificates, which libcrypto guards by a lock",
    ]

    static let forbidden: [(text: String, why: String)] = [
        ("try!", "traps where an error is thrown"),
        ("as!", "traps where the type is another"),
        ("fatalError(", "ends the program"),
        ("preconditionFailure(", "ends the program"),
        ("DispatchQueue", "work outside of structured tasks"),
        ("Task.detached", "a task that nobody waits for"),
    ]

    static func findings(_ file: SwiftText) -> [Finding] {
        var findings: [Finding] = []
        for (index, line) in file.code.enumerated() {
            func add(_ text: String) { findings.append(Finding(path: file.path, line: index + 1, text: text)) }
            for (text, why) in forbidden where contains(line, text) { add("\(text) \(why)") }
            if startsTask(line) { add("Task { } a task that nobody waits for") }
            if hasForceUnwrap(line) { add("! traps where there is no value") }
            if line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)"), unchecked[file.path] == nil
            {
                add("promises the compiler what it cannot check, without a reason in TrapCheck.unchecked")
            }
        }
        return findings
    }

    /// Whether a line has this text and not as the end of a longer word.
    static func contains(_ line: String, _ text: String) -> Bool {
        var rest = line[...]
        while let range = rest.firstRange(of: text) {
            let before = rest[..<range.lowerBound].last
            if before.map({ !($0.isLetter || $0.isNumber || $0 == "_") }) ?? true { return true }
            rest = rest[range.upperBound...]
        }
        return false
    }

    /// Whether a line makes an unstructured task.
    static func startsTask(_ line: String) -> Bool {
        let tight = line.filter { $0 != " " }
        return ["Task{", "Task(priority", "Task<"].contains { start in
            contains(tight, start) && (start != "Task<" || tight.contains(">{"))
        }
    }

    /// Whether a line has `!` behind a value: `x!`, `f()!`, `a[0]!`, and `Int!`.
    static func hasForceUnwrap(_ line: String) -> Bool {
        let bytes = Array(line.utf8)
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "!") && index > 0 {
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0x20
            guard next != UInt8(ascii: "=") || (index + 2 < bytes.count && bytes[index + 2] == UInt8(ascii: "=")) else {
                continue
            }
            let before = bytes[index - 1]
            let endsValue =
                [UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "_"), UInt8(ascii: "}")].contains(before)
                || Character(UnicodeScalar(before)).isLetter || Character(UnicodeScalar(before)).isNumber
            guard endsValue else { continue }
            let word = SwiftText.words(String(decoding: bytes[..<index], as: UTF8.self)).last
            if word != "try" && word != "as" { return true }
        }
        return false
    }
}
