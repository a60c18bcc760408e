/// A socket that a server listens on.
public struct ListenSocket: Hashable, Sendable, CustomStringConvertible {
    /// A user or a group of the system.
    public enum Account: Hashable, Sendable, CustomStringConvertible {
        case name(String)
        case number(UInt32)

        public var description: String {
            switch self {
            case .name(let name): name
            case .number(let number): String(number)
            }
        }

        /// A number, if it is one, and else a name.
        public init(_ text: String) { self = UInt32(text).map { .number($0) } ?? .name(text) }
    }

    public var address: ListenAddress
    /// The permissions of a socket in the file system; nil for 0660.
    public var mode: UInt32?
    /// Whose it is; nil for the process's own user.
    public var owner: Account?
    /// The group whose it is; nil for the process's own.
    public var group: Account?

    public init(_ address: ListenAddress, mode: UInt32? = nil, owner: Account? = nil, group: Account? = nil) {
        self.address = address
        self.mode = mode
        self.owner = owner
        self.group = group
    }
    /// The address.
    public var description: String { address.description }
}
