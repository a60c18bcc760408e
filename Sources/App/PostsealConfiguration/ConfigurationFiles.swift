internal import Glibc

/// What reading a configuration needs of the system, so that tests and fuzzing need no disk.
public protocol ConfigurationFiles: Sendable {
    /// A file with its permissions, taken from the same open descriptor.
    ///
    /// - Parameter octetsMax: a longer file is refused.
    /// - Throws: with a clause that says why it cannot be read.
    func read(_ path: String, octetsMax: Int) throws(FileError) -> FileContent
    /// The number of a user; nil if there is none of that name.
    func userID(named name: String) -> UInt32?
    /// The number of a group; nil if there is none of that name.
    func groupID(named name: String) -> UInt32?
    /// The name of this machine.
    var hostName: String { get }
}

/// A file that was read.
public struct FileContent: Sendable {
    /// All of it.
    public var octets: [UInt8]
    /// The permission bits alone.
    public var mode: UInt16

    public init(octets: [UInt8], mode: UInt16) {
        self.octets = octets
        self.mode = mode
    }
}

/// Why a file cannot be read.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A clause such as `no such file or directory`.
    public var description: String
    /// Whether there is nothing of that name.
    public var isAbsent: Bool

    public init(_ description: String, isAbsent: Bool = false) {
        self.description = description
        self.isAbsent = isAbsent
    }
}

/// The files of this machine.
public struct SystemFiles: ConfigurationFiles {
    public init() {}

    /// Reads a regular file; waits for no pipe and no device.
    public func read(_ path: String, octetsMax: Int) throws(FileError) -> FileContent {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw errno == EACCES ? Self.denied(path) : Self.reason(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.reason(errno) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw FileError("it is a directory") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileError("it is no regular file") }
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.reason(errno) }
            guard count > 0 else { break }
            octets += buffer[..<count]
            guard octets.count <= octetsMax else { throw FileError("it is longer than \(octetsMax) octets") }
        }
        return FileContent(octets: octets, mode: UInt16(truncatingIfNeeded: status.st_mode & 0o7777))
    }

    /// Asks the system's user database.
    public func userID(named name: String) -> UInt32? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: Self.entryOctetsMax)
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return entry.pw_uid
    }

    /// Asks the system's group database.
    public func groupID(named name: String) -> UInt32? {
        var entry = group()
        var found: UnsafeMutablePointer<group>?
        var buffer = [CChar](repeating: 0, count: Self.entryOctetsMax)
        guard getgrnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return entry.gr_gid
    }

    /// What gethostname(2) says; empty where it says nothing.
    public var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count) == 0 else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Limit: a group with many members has a long entry.
    private static let entryOctetsMax = 256 << 10

    /// That the file may not be read, and what to do about it.
    private static func denied(_ path: String) -> FileError {
        let user = SystemUser.name(of: geteuid())
        // Keys are for the daemon alone: nobody else is told to take one.
        let gift = user == SystemUser.daemonName ? " ('chown \(user) \(path)' where the file is for it alone)" : ""
        return FileError(
            "permission denied: the user \(user), which this runs as, has to be able to read it, and to enter the "
                + "folders above it\(gift)")
    }

    private static func reason(_ number: Int32) -> FileError {
        let text = strerror(number).map { String(cString: $0) } ?? "error \(number)"
        return FileError(text.prefix(1).lowercased() + text.dropFirst(), isAbsent: number == ENOENT)
    }
}

/// Names of files in the configuration.
enum FileName {
    /// Limit: PATH_MAX of Linux.
    static let octetsMax = 4096

    /// A path from the root: relative names are relative to the configuration file.
    static func resolved(_ name: String, folder: String) throws(ValueError) -> String {
        guard !name.isEmpty else { throw ValueError("the name of the file is missing") }
        if Shown.looksSecret(name) { throw ValueError("the name of a file is wanted here, not what is in it") }
        guard name.utf8.count < octetsMax, !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw ValueError("\(Shown.quoted(name)) is no name of a file")
        }
        if name.hasPrefix("/") || folder.isEmpty { return name }
        return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }

    /// The folder that a file is in; empty for the current one.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
