internal import Glibc

/// Why a server can't listen on a socket: one clause that names it.
public struct ListenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Reason: Hashable, Sendable {
        /// Another program listens there.
        case inUse
        /// There is a file of this name that is no socket.
        case notASocket
        /// The process may not do it.
        case permission
        /// The socket's directory is not there.
        case noSuchDirectory
        /// The path is longer than the system allows, or empty.
        case badPath
        /// The machine does not have the address.
        case noSuchAddress
        case noSuchUser(String)
        case noSuchGroup(String)
        /// The process may not give the socket to this group, or, without one, to this user.
        case ownership(group: String?)
        /// Several sockets with this address are asked for.
        case twice
        /// The server stops.
        case stopping
        /// Anything else, by the number of the system's error.
        case system(Int32)
    }

    public var address: ListenAddress
    public var reason: Reason

    public init(_ address: ListenAddress, _ reason: Reason) {
        self.address = address
        self.reason = reason
    }

    public var description: String { "cannot listen on \(address): \(Self.text(reason))" }

    private static func text(_ reason: Reason) -> String {
        switch reason {
        case .inUse: "it is in use by another program"
        case .notASocket: "there is a file of this name that is no socket"
        case .permission: "permission denied"
        case .noSuchDirectory: "its directory is not there"
        case .badPath: "the path has none or more than \(ListenAddress.pathOctetsMax) octets"
        case .noSuchAddress: "this machine does not have the address"
        case .noSuchUser(let name): "there is no user '\(name)'"
        case .noSuchGroup(let name): "there is no group '\(name)'"
        case .ownership(let group?):
            "no permission to give it to the group \(group): its user has to belong to that group, "
                + "as after 'usermod -aG \(group) postseal' and a restart"
        case .ownership(nil): "no permission to give it to another user"
        case .twice: "it is named twice"
        case .stopping: "the server stops"
        case .system(let number): String(cString: strerror(number))
        }
    }

    /// What an error of the system means here.
    static func reason(errno number: Int32) -> Reason {
        switch number {
        case EADDRINUSE: .inUse
        case EACCES, EPERM, EROFS: .permission
        case ENOENT, ENOTDIR: .noSuchDirectory
        case EADDRNOTAVAIL, EAFNOSUPPORT: .noSuchAddress
        case ENAMETOOLONG: .badPath
        default: .system(number)
        }
    }
}
