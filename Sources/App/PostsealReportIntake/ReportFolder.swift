internal import Glibc
internal import PostsealReports

/// A Maildir, or a plain folder of files, in which reports turn up.
struct ReportFolder: Sendable {
    /// What tells a file from another, and from itself after a change.
    struct FileIdentity: Hashable, Sendable {
        var device: UInt64
        var number: UInt64
        var octets: Int64
        var seconds: Int64
        var nanoseconds: Int64

        init(_ facts: stat) {
            device = UInt64(facts.st_dev)
            number = UInt64(facts.st_ino)
            octets = Int64(facts.st_size)
            seconds = Int64(facts.st_mtim.tv_sec)
            nanoseconds = Int64(facts.st_mtim.tv_nsec)
        }
    }

    /// A file that was read.
    struct File: Sendable {
        var path: String
        var name: String
        var identity: FileIdentity
        /// Nil where it can't be read, or is too large.
        var octets: [UInt8]?
    }

    /// A file in a plain folder is left alone for so long after its last change: somebody may still write it.
    static let restSeconds: Int64 = 5

    let path: String

    /// The names of its files: those of a Maildir are in `new` and `cur`. Nil where the folder can't be read.
    var names: [String]? {
        let parts = ["new", "cur"].map { Self.names(in: "\(path)/\($0)") }
        guard let new = parts[0], let current = parts[1] else { return Self.names(in: path) }
        return new.map { "new/\($0)" } + current.map { "cur/\($0)" }
    }

    /// A file that has not been seen; nil for what is no file, is seen, or may still grow.
    func unseen(_ name: String, _ seen: Set<FileIdentity>, now: Int64) -> File? {
        let whole = "\(path)/\(name)"
        // What is no plain file (a pipe, somebody's link) is never opened for waiting, and never followed.
        let descriptor = open(whole, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
        let identity = FileIdentity(facts)
        guard !seen.contains(identity) else { return nil }
        let isDelivered = name.contains("/")
        guard isDelivered || identity.seconds + Self.restSeconds <= now else { return nil }
        return File(
            path: whole, name: String(name.split(separator: "/").last ?? ""), identity: identity,
            octets: Self.content(of: descriptor, identity.octets))
    }

    /// Takes away a file that was read; one that has changed meanwhile, or is another by now, is left.
    ///
    /// - Returns: false where it should be gone and is not.
    static func remove(_ file: File) -> Bool {
        var facts = stat()
        guard lstat(file.path, &facts) == 0 else { return errno == ENOENT }
        guard FileIdentity(facts) == file.identity else { return true }
        return unlink(file.path) == 0
    }

    /// The identities of those files that are still there.
    func present(_ names: [String]) -> Set<FileIdentity> {
        Set(
            names.compactMap { name in
                var facts = stat()
                return lstat("\(path)/\(name)", &facts) == 0 ? FileIdentity(facts) : nil
            })
    }

    private static func content(of descriptor: CInt, _ size: Int64) -> [UInt8]? {
        guard size <= Int64(ReportArrival.octetsMax) else { return nil }
        var octets = [UInt8](repeating: 0, count: Int(size))
        var count = 0
        while count < octets.count {
            let got = octets.withUnsafeMutableBytes {
                read(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count)
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { break }
            count += got
        }
        octets.removeLast(octets.count - count)
        return octets
    }

    private static func names(in folder: String) -> [String]? {
        guard let stream = opendir(folder) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
