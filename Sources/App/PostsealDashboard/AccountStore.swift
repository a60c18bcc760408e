internal import Glibc
internal import MailBytes
internal import PostsealState
internal import Synchronization

/// Where accounts are kept. On one machine that is a file; several nodes can share a store.
public protocol AccountStore: Sendable {
    /// All accounts, as they are now.
    func list() async throws(AccountError) -> AccountList

    /// Changes them: all of it, or nothing. Others wait meanwhile.
    func change(_ body: @Sendable (inout AccountList) throws(AccountError) -> Void) async throws(AccountError)
}

/// Why accounts can't be read or changed: one clause.
public struct AccountError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// Accounts in a file of its owner's alone (0600), which is put in the place of the old one as a whole.
///
/// The daemon and the command change it beside each other; each sees at once what the other did.
public final class AccountFile: AccountStore {
    /// Limit: octets of the file.
    static let octetsMax = 16 << 20

    private struct Known {
        var stamp: Stamp?
        var list = AccountList()
    }

    private let path: String
    private let known = Mutex(Known())

    public init(path: String) { self.path = path }

    /// All accounts, as they are now.
    public func list() async throws(AccountError) -> AccountList { try read() }

    /// Changes them: all of it, or nothing.
    public func change(
        _ body: @Sendable (inout AccountList) throws(AccountError) -> Void
    ) async throws(AccountError) {
        try makeFolder()
        let lock = try await lock()
        defer { close(lock) }
        var list = try read()
        try body(&list)
        guard list.accounts.count <= AccountList.countMax else { throw AccountError("there are too many accounts") }
        let octets = Array((list.json.indentedText + "\n").utf8)
        guard octets.count <= Self.octetsMax else { throw AccountError("the accounts are too large") }
        do throws(StateFileError) {
            try StateFiles.replace(path, with: octets)
        } catch {
            throw complaint(error)
        }
        known.withLock { $0 = Known(stamp: Stamp(path), list: list) }
    }

    /// Makes the folder of the file where there is none, for its owner alone; not the one that it is in.
    private func makeFolder() throws(AccountError) {
        guard let end = path.lastIndex(of: "/"), end > path.startIndex else { return }
        let folder = String(path[..<end])
        guard mkdir(folder, 0o700) != 0, errno != EEXIST else { return }
        let reason = String(cString: strerror(errno))
        var status = stat()
        // A folder that can't be made because it is there can still be of use.
        guard stat(folder, &status) != 0 else { return }
        throw AccountError(
            "the folder \(folder) is not there and can't be made (\(reason)): make it for the user that the daemon "
                + "runs as, with 'install -d -m 700 -o postseal -g postseal \(folder)'")
    }

    /// What the system said, with what to do where this user has no permission.
    private func complaint(_ error: StateFileError) -> AccountError {
        guard error.isDenied else { return AccountError(error.description) }
        return AccountError(
            "\(error.description): this user has no permission. What belongs to the daemon is used as it ('sudo -u "
                + "postseal postseal …'); what another user made is given to it by 'chown postseal: \(path)*'")
    }

    private static let tries = 100

    private func lock() async throws(AccountError) -> CInt {
        for _ in 0..<Self.tries {
            if let lock = try? StateFiles.lock(path + ".lock") { return lock }
            if (try? await Task.sleep(for: .milliseconds(20))) == nil { break }
        }
        do throws(StateFileError) {
            return try StateFiles.lock(path + ".lock")
        } catch {
            throw complaint(error)
        }
    }

    private func read() throws(AccountError) -> AccountList {
        let stamp = Stamp(path)
        let kept = known.withLock { $0.stamp == stamp && stamp != nil ? $0.list : nil }
        if let kept { return kept }
        let octets: [UInt8]?
        do throws(StateFileError) {
            octets = try StateFiles.content(of: path, octetsMax: Self.octetsMax)
        } catch {
            throw complaint(error)
        }
        guard let octets else { return AccountList() }
        guard let value = try? JSONValue(parsing: octets), let list = AccountList(value) else {
            throw AccountError("\(path) is no file of accounts")
        }
        known.withLock { $0 = Known(stamp: stamp, list: list) }
        return list
    }

    /// What changes when the file does.
    private struct Stamp: Equatable {
        var number: UInt64
        var size: Int64
        var seconds: Int
        var nanoseconds: Int

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            number = UInt64(status.st_ino)
            size = Int64(status.st_size)
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
        }
    }
}

/// Accounts in memory alone, as the demo and tests have them.
public final class AccountMemory: AccountStore {
    private let accounts: Mutex<AccountList>

    /// These, to begin with.
    public init(_ list: AccountList = AccountList()) { accounts = Mutex(list) }

    /// All accounts.
    public func list() async throws(AccountError) -> AccountList { accounts.withLock { $0 } }

    /// Changes them: all of it, or nothing.
    public func change(
        _ body: @Sendable (inout AccountList) throws(AccountError) -> Void
    ) async throws(AccountError) {
        try accounts.withLock { list throws(AccountError) in
            var new = list
            try body(&new)
            list = new
        }
    }
}
