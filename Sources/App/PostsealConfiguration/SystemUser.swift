internal import Glibc

/// A user of this machine, and what it may do with files, by their permissions.
public struct SystemUser: Sendable, Hashable {
    /// The user that the daemon runs as where it is installed as its documentation says.
    public static let daemonName = "postseal"

    /// What it is called.
    public let name: String
    private let number: UInt32
    private let groups: Set<UInt32>

    /// A user by its numbers.
    public init(name: String, number: UInt32, groups: Set<UInt32>) {
        self.name = name
        self.number = number
        self.groups = groups
    }

    /// Looks a user up; nil if there is none of that name.
    public init?(named name: String) {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: Self.entryOctetsMax)
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        var groups = [gid_t](repeating: entry.pw_gid, count: Self.groupsMax)
        var count = CInt(groups.count)
        let isWhole = getgrouplist(name, entry.pw_gid, &groups, &count) >= 0
        self.init(
            name: name, number: entry.pw_uid,
            groups: isWhole ? Set(groups.prefix(Int(max(0, count)))) : [entry.pw_gid])
    }

    /// The user whose a file or folder is, where it has a name.
    public init?(owning path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(named: Self.name(of: status.st_uid))
    }

    /// Whether it is the one that may do everything.
    public var isRoot: Bool { number == 0 }

    /// The name of a user; its number where it has none.
    public static func name(of number: UInt32) -> String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: Self.entryOctetsMax)
        guard getpwuid_r(number, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name
        else { return "\(number)" }
        return String(cString: name)
    }

    /// What is wanted of a file or folder.
    public enum Use: Sendable {
        /// To read a file.
        case read
        /// To read and change a file.
        case change
        /// To see what is in a folder, and read that.
        case look
        /// To make files in a folder.
        case fill

        var bits: UInt32 {
            switch self {
            case .read: 4
            case .change: 6
            case .look: 5
            case .fill: 3
            }
        }
    }

    /// What stands in its way: the file, or a folder that it is in; nil if nothing does, or there is no such file.
    ///
    /// It goes by owner, group and mode; of access control lists it knows nothing.
    public func obstacle(to use: Use, _ path: String) -> String? {
        guard !isRoot, let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        let path = String(cString: real)
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            if !may(1, folder.isEmpty ? "/" : folder) { return folder.isEmpty ? "/" : folder }
            folder += "/\(part)"
        }
        if !folder.isEmpty, !may(1, folder) { return folder }
        return may(use.bits, path) ? nil : path
    }

    private func may(_ wanted: UInt32, _ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return true }
        let shift: UInt32 = status.st_uid == number ? 6 : groups.contains(status.st_gid) ? 3 : 0
        return status.st_mode >> shift & wanted == wanted
    }

    /// Limit: a user with many names and a long home has a long entry.
    private static let entryOctetsMax = 64 << 10
    /// Limit: the system's own, NGROUPS_MAX, is as large.
    private static let groupsMax = 65_536
}
