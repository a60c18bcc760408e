internal import Glibc

/// Which files the arguments of a command mean.
enum InputFolder {
    /// Which hidden folders are looked into.
    enum Hidden {
        case none
        /// Those of a Maildir that are Maildirs themselves: its subfolders (Maildir++).
        case maildirs
    }

    /// The files that the arguments mean: files as they are, directories as all files below them in the order of
    /// their names; hidden ones are left out. A directory that cannot be looked into stands for itself, so that
    /// reading it says so and the others are read all the same.
    static func expand(_ paths: [String], hidden: Hidden = .none) -> [InputPath] {
        paths.flatMap { text in
            let path = InputPath(text)
            return path != .standardInput && isFolder(path) ? below(path, hidden).sorted() : [path]
        }
    }

    /// Whether a folder is a Maildir.
    static func isMaildir(_ path: String) -> Bool { entries(of: InputPath(path)).map(isMaildir) ?? false }

    private static func isFolder(_ path: InputPath) -> Bool {
        var status = stat()
        return stat(path.terminated, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func isMaildir(_ entries: [Entry]) -> Bool {
        ["cur", "new"].allSatisfy { text in
            let name = text.utf8CString.dropLast()
            return entries.contains { $0.name.elementsEqual(name) }
        }
    }

    private static func below(_ directory: InputPath, _ hidden: Hidden) -> [InputPath] {
        guard let entries = entries(of: directory) else { return [directory] }
        return files(entries, in: directory, hidden)
    }

    private static func files(_ entries: [Entry], in directory: InputPath, _ hidden: Hidden) -> [InputPath] {
        var files: [InputPath] = []
        let hasSubfolders = hidden == .maildirs && isMaildir(entries)
        for entry in entries {
            let path = directory.appending(entry.name)
            guard !entry.isHidden else {
                if hasSubfolders, entry.kind(of: path) == .folder { files += subfolder(path) }
                continue
            }
            switch entry.kind(of: path) {
            case .file: files.append(path)
            case .folder: files += below(path, hidden)
            case .other: continue
            }
        }
        return files
    }

    /// What is in a hidden folder of a Maildir, if that is a Maildir itself.
    private static func subfolder(_ path: InputPath) -> [InputPath] {
        guard let entries = entries(of: path) else { return [path] }
        return isMaildir(entries) ? files(entries, in: path, .maildirs) : []
    }

    /// What a directory says of a file in it.
    private struct Entry {
        enum Kind { case file, folder, other }

        let name: ArraySlice<CChar>
        let type: Int

        var isHidden: Bool { name.first == CChar(bitPattern: UInt8(ascii: ".")) }

        /// What it is. Links lead to files, and not to folders, which may lead round in circles.
        func kind(of path: InputPath) -> Kind {
            switch type {
            case DT_REG: return .file
            case DT_DIR: return .folder
            default:
                var status = stat()
                guard lstat(path.terminated, &status) == 0 else { return .other }
                if status.st_mode & S_IFMT == S_IFDIR { return .folder }
                if status.st_mode & S_IFMT == S_IFLNK, stat(path.terminated, &status) != 0 { return .other }
                return status.st_mode & S_IFMT == S_IFREG ? .file : .other
            }
        }
    }

    /// What is in a directory; nil if it can't be looked into.
    private static func entries(of directory: InputPath) -> [Entry]? {
        guard let stream = opendir(directory.terminated) else { return nil }
        defer { closedir(stream) }
        var entries: [Entry] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { octets in
                octets.prefix { $0 != 0 }.map { CChar(bitPattern: $0) }
            }
            if name != [46], name != [46, 46] {
                entries.append(Entry(name: name[...], type: Int(entry.pointee.d_type)))
            }
        }
        return entries
    }
}
