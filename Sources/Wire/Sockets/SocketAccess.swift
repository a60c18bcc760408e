internal import Glibc

/// The permissions and the owner of a socket, names looked up.
struct SocketAccess: Hashable {
    private var mode: UInt32
    private var user: uid_t?
    private var group: gid_t?
    /// The group, as it was named.
    private var groupName: String?

    /// Its owner and its group may use a socket where nobody says otherwise, whatever the umask: a server is there for
    /// others, and not for all.
    static let standardMode: UInt32 = 0o660

    /// - Throws: where the system does not know a name.
    init(_ socket: ListenSocket) throws(ListenError) {
        mode = socket.mode ?? Self.standardMode
        switch socket.owner {
        case nil: break
        case .number(let number): user = number
        case .name(let name):
            guard let found = Self.user(name) else { throw ListenError(socket.address, .noSuchUser(name)) }
            user = found
        }
        switch socket.group {
        case nil: break
        case .number(let number): (group, groupName) = (number, "\(number)")
        case .name(let name):
            guard let found = Self.group(name) else { throw ListenError(socket.address, .noSuchGroup(name)) }
            (group, groupName) = (found, name)
        }
    }

    /// Gives them to the socket.
    func apply(to path: String, _ address: ListenAddress) throws(ListenError) {
        // As long as it is ours: somebody else's only root may change.
        if chmod(path, mode) != 0 {
            throw ListenError(address, ListenError.reason(errno: errno))
        }
        // -1 leaves it as it is.
        if user != nil || group != nil, lchown(path, user ?? .max, group ?? .max) != 0 {
            let code = errno
            guard code == EPERM else { throw ListenError(address, ListenError.reason(errno: code)) }
            throw ListenError(address, .ownership(group: user == nil ? groupName : nil))
        }
    }

    /// Enough for any line of the system's tables.
    private static let lineOctets = 64 * 1024

    private static func user(_ name: String) -> uid_t? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var line = [CChar](repeating: 0, count: lineOctets)
        return getpwnam_r(name, &entry, &line, line.count, &found) == 0 && found != nil ? entry.pw_uid : nil
    }

    private static func group(_ name: String) -> gid_t? {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var line = [CChar](repeating: 0, count: lineOctets)
        return getgrnam_r(name, &entry, &line, line.count, &found) == 0 && found != nil ? entry.gr_gid : nil
    }
}
