/// Mailboxes as they lie on a disk.
enum MailboxFiles {
    /// The files that the arguments mean, as ``InputFolder/expand(_:hidden:)`` has them, with those of a Maildir's
    /// subfolders, and without what a Maildir is still taking in.
    static func expand(_ paths: [String]) -> [InputPath] {
        let files = InputFolder.expand(paths, hidden: .maildirs)
        // A folder `tmp` beside `cur` and `new` is a Maildir's.
        guard files.contains(where: isInTmp) else { return files }
        let folders = Set(files.map(\.folder))
        return files.filter { file in
            guard isInTmp(file) else { return true }
            let base = file.folder.dropLast(3)
            return !folders.contains(base + octets("cur")) && !folders.contains(base + octets("new"))
        }
    }

    /// What is wrong with arguments that mean no file at all; nil where nothing is: a Maildir may be empty.
    static func complaint(ofNothingIn paths: [String]) -> String? {
        paths.allSatisfy(InputFolder.isMaildir) ? nil : "there are no files in \(paths.joined(separator: ", "))"
    }

    private static func isInTmp(_ path: InputPath) -> Bool { path.folder.suffix(4).elementsEqual(octets("/tmp")) }

    private static func octets(_ text: String) -> ArraySlice<CChar> { text.utf8CString.dropLast()[...] }
}
