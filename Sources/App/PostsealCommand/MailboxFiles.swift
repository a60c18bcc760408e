internal import MailBytes

/// Mailboxes as they lie on a disk.
enum MailboxFiles {
    /// The files that the arguments mean, as ``FileInput/expand(_:)`` has them, without what a Maildir is still
    /// taking in.
    static func expand(_ paths: [String]) -> [String] {
        let files = FileInput.expand(paths)
        // A folder `tmp` beside `cur` and `new` is a Maildir's.
        guard files.contains(where: isInTmp) else { return files }
        let folders = Set(files.map(folder))
        return files.filter { file in
            guard isInTmp(file) else { return true }
            let base = folder(file).dropLast(3)
            return !folders.contains(base + "cur") && !folders.contains(base + "new")
        }
    }

    private static func isInTmp(_ path: String) -> Bool { folder(path).utf8.suffix(4).elementsEqual("/tmp".utf8) }

    private static func folder(_ path: String) -> Substring {
        path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[..<$0] } ?? ""
    }

    /// The messages of an mbox file; a file that is none is one message.
    ///
    /// RFC 4155: a message begins with a line `From `, behind an empty one.
    static func messages(_ octets: [UInt8]) -> [ArraySlice<UInt8>] {
        let mark = Array("From ".utf8)
        guard octets.starts(with: mark) else { return [octets[...]] }
        var messages: [ArraySlice<UInt8>] = []
        var start = 0
        var index = 0
        // Whether the line before is empty; the file begins like that.
        var isBehindEmptyLine = true
        while index < octets.count {
            let lineEnd = octets[index...].firstIndex(of: .lineFeed).map { $0 + 1 } ?? octets.count
            let line = octets[index..<lineEnd]
            if isBehindEmptyLine, line.starts(with: mark) {
                if start < index { messages.append(octets[start..<index]) }
                start = lineEnd
            }
            isBehindEmptyLine = line.allSatisfy { $0 == .lineFeed || $0 == .carriageReturn }
            index = lineEnd
        }
        if start < octets.count { messages.append(octets[start...]) }
        return messages
    }
}
