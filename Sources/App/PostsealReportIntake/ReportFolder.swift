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
        /// Where it is, for people.
        var path: String
        /// Where it is, as the system takes it.
        var location: [CChar]
        var name: String
        var identity: FileIdentity
        /// Whether it was put there as a whole, as files of a Maildir are.
        var isWhole: Bool
        /// Nil where it is too large.
        var octets: [UInt8]?

        var withoutOctets: File {
            var file = self
            file.octets = nil
            return file
        }
    }

    /// What is found under a name.
    enum Look: Sendable {
        /// A file that has not been seen.
        case file(File)
        /// It is gone, has been seen, or may still grow.
        case nothing
        /// It is no plain file: a link, a folder, a pipe.
        case noFile
        /// It can't be read now.
        case unreadable
    }

    /// A file in a plain folder is left alone for so long after its last change: somebody may still write it.
    static let restSeconds: Int64 = 5

    let path: String

    /// The names of its files: those of a Maildir are in `new` and `cur`. Nil where the folder can't be read.
    var names: [FileName]? { try? listing.get() }

    /// The same, or why the folder can't be read.
    var listing: Result<[FileName], SystemFailure> {
        do throws(SystemFailure) {
            guard let new = try Self.names(in: "\(path)/new"), let current = try Self.names(in: "\(path)/cur") else {
                guard let names = try Self.names(in: path) else { throw SystemFailure(number: ENOENT) }
                return .success(names)
            }
            return .success(Self.below("new", new) + Self.below("cur", current))
        } catch {
            return .failure(error)
        }
    }

    /// What the system says.
    struct SystemFailure: Error {
        var number: CInt
        var text: String { strerror(number).map { String(cString: $0) } ?? "error \(number)" }
    }

    /// What is found under a name.
    ///
    /// - Parameter seen: files that need not be looked at.
    func look(at name: FileName, _ seen: [Set<FileIdentity>], now: Int64) -> Look {
        let location = name.path(in: path)
        // What is no plain file (a pipe, somebody's link) is never opened for waiting, and never followed.
        let descriptor = open(location, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT: return .nothing
            // A link, and a socket.
            case ELOOP, ENXIO: return .noFile
            default: return .unreadable
            }
        }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { return .unreadable }
        guard facts.st_mode & S_IFMT == S_IFREG else { return .noFile }
        let identity = FileIdentity(facts)
        guard !seen.contains(where: { $0.contains(identity) }) else { return .nothing }
        let isWhole = name.octets.contains(UInt8(ascii: "/"))
        // A time to come is another clock's, or made up: it does not say that somebody writes.
        let isResting = identity.seconds <= now - Self.restSeconds || identity.seconds >= now + Self.restSeconds
        guard isWhole || isResting else { return .nothing }
        var file = File(
            path: "\(path)/\(name.text)", location: location,
            name: FileName(Array(name.octets.split(separator: UInt8(ascii: "/")).last ?? [])).text, identity: identity,
            isWhole: isWhole)
        guard identity.octets <= Int64(ReportArrival.octetsMax) else { return .file(file) }
        guard let octets = Self.content(of: descriptor, identity.octets) else { return .unreadable }
        file.octets = octets
        return .file(file)
    }

    /// Takes away a file that was read; one that has changed meanwhile, or is another by now, is left.
    ///
    /// - Returns: false where it should be gone and is not.
    static func remove(_ file: File) -> Bool {
        var facts = stat()
        guard lstat(file.location, &facts) == 0 else { return errno == ENOENT }
        guard FileIdentity(facts) == file.identity else { return true }
        return unlink(file.location) == 0
    }

    /// The identities of those files that are still there.
    func present(_ names: [FileName]) -> Set<FileIdentity> {
        Set(
            names.compactMap { name in
                var facts = stat()
                return lstat(name.path(in: path), &facts) == 0 ? FileIdentity(facts) : nil
            })
    }

    /// Nil where it can't be read. What has shrunk meanwhile is as long as it is now.
    private static func content(of descriptor: CInt, _ size: Int64) -> [UInt8]? {
        var octets = [UInt8](repeating: 0, count: Int(size))
        var count = 0
        while count < octets.count {
            let got = octets.withUnsafeMutableBytes {
                read(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { return nil }
            guard got > 0 else { break }
            count += got
        }
        octets.removeLast(octets.count - count)
        return octets
    }

    /// The names in a folder, but hidden ones; nil where there is no such folder.
    private static func names(in folder: String) throws(SystemFailure) -> [FileName]? {
        guard let stream = opendir(folder) else {
            let number = errno
            if number == ENOENT || number == ENOTDIR { return nil }
            throw SystemFailure(number: number)
        }
        defer { closedir(stream) }
        var names: [FileName] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { octets in octets.prefix { $0 != 0 } }
            if name.first != UInt8(ascii: ".") { names.append(FileName(Array(name))) }
        }
        return names.sorted()
    }

    private static func below(_ folder: String, _ names: [FileName]) -> [FileName] {
        names.map { FileName(Array("\(folder)/".utf8) + $0.octets) }
    }
}
