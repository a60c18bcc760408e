internal import Glibc

/// Files of the daemon's own state: for its user alone (0600), and written whole or not at all.
public enum StateFiles {
    /// Makes a folder for the daemon's user alone, and the one that it is in.
    public static func makeFolder(_ path: String) throws(StateFileError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        guard errno == ENOENT, path.hasPrefix("/"), !parent.isEmpty, mkdir("/" + parent, 0o755) == 0,
            mkdir(path, 0o700) == 0
        else { throw StateFileError("make", path, errno) }
    }

    /// What is in a file; nil where there is none.
    public static func content(of path: String, octetsMax: Int) throws(StateFileError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw StateFileError("read", path, errno)
        }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while content.count <= octetsMax {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw StateFileError("read", path, errno) }
            if count == 0 { return content }
            content += piece[..<count]
        }
        throw StateFileError("read", path, EFBIG)
    }

    /// Makes a file anew and sees that it is on the disk.
    public static func write(_ octets: [UInt8], to path: String) throws(StateFileError) {
        unlink(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw StateFileError("write", path, errno) }
        defer { close(descriptor) }
        giveToOwner(of: path, descriptor)
        guard writeAll(octets, to: descriptor), fsync(descriptor) == 0 else {
            let code = errno
            unlink(path)
            throw StateFileError("write", path, code)
        }
    }

    /// Puts a file in the place of another.
    public static func replace(_ path: String, with octets: [UInt8]) throws(StateFileError) {
        let new = path + ".new"
        try write(octets, to: new)
        do throws(StateFileError) {
            try move(new, to: path)
        } catch {
            remove(new)
            throw error
        }
    }

    /// Gives a file another name, under which a file that there was is gone. Where that fails, both stay as they are.
    public static func move(_ path: String, to other: String) throws(StateFileError) {
        guard rename(path, other) == 0 else { throw StateFileError("write", other, errno) }
        syncFolder(of: other)
    }

    /// Adds octets to the end of a file and sees that they are on the disk; the file's length then.
    ///
    /// - Parameter length: what the file has now, as far as is known. Where writing fails it has that again.
    public static func append(_ octets: [UInt8], to path: String, length: Int) throws(StateFileError) -> Int {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw StateFileError("write", path, errno) }
        defer { close(descriptor) }
        guard writeAll(octets, to: descriptor), fdatasync(descriptor) == 0 else {
            let code = errno
            throw StateFileError("write", path, code, isCutBack: ftruncate(descriptor, off_t(length)) == 0)
        }
        if length == 0 { syncFolder(of: path) }
        return length + octets.count
    }

    /// The names in a folder, without the hidden ones unless they are asked for.
    public static func names(in folder: String, hidden: Bool = false) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasPrefix("."), !hidden || name == "." || name == ".." { continue }
            names.append(name)
        }
        return names.sorted()
    }

    /// How long a file is; nil where there is none.
    public static func size(of path: String) -> Int? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return Int(status.st_size)
    }

    /// Takes a file away.
    public static func remove(_ path: String) { unlink(path) }

    /// Keeps others of this program out of a folder for as long as the descriptor is open.
    public static func lock(_ path: String) throws(StateFileError) -> CInt {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw StateFileError("write", path, errno) }
        giveToOwner(of: path, descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw StateFileError("lock", path, errno)
        }
        return descriptor
    }

    /// Writes all of it, in as many steps as it takes; where that fails, `errno` says why.
    public static func writeAll(_ octets: [UInt8], to descriptor: CInt) -> Bool {
        var done = 0
        while done < octets.count {
            let count = octets[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    /// What root makes in the folder of another user is that user's: the daemon could not use it otherwise. A file that
    /// has another name as well may be anybody's.
    private static func giveToOwner(of path: String, _ descriptor: CInt) {
        guard geteuid() == 0 else { return }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        var (status, own) = (stat(), stat())
        guard stat(folder, &status) == 0, fstat(descriptor, &own) == 0, status.st_uid != 0, own.st_uid == 0,
            own.st_mode & S_IFMT == S_IFREG, own.st_nlink == 1
        else { return }
        _ = fchown(descriptor, status.st_uid, status.st_gid)
    }

    /// So that a new name is there after the machine stopped, too.
    private static func syncFolder(of path: String) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}

/// Why a file of the daemon's state can't be used: one clause.
public struct StateFileError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    /// Whether what was written in part is gone again.
    public let isCutBack: Bool
    /// Whether this user has no permission.
    public let isDenied: Bool

    init(_ verb: String, _ path: String, _ code: Int32, isCutBack: Bool = true) {
        let reason = code == EWOULDBLOCK ? "another postseal uses it" : String(cString: strerror(code))
        description = "cannot \(verb) \(path): \(reason)"
        self.isCutBack = isCutBack
        isDenied = code == EACCES
    }
}
